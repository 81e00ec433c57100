#pragma once
// The running server as a command sees it.

#include <chrono>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace app::commands {

struct ServerAnswer {
  int status = 0;
  std::string body;
};

/// Blocking. Threads: one.
class OperatorServer {
 public:
  virtual ~OperatorServer() = default;
  /// `target`: path and query, percent-encoded. An error's detail is for the operator: what was tried, what is wrong and what to do.
  virtual engine::Result<ServerAnswer> get(std::string_view target) = 0;
  virtual engine::Result<ServerAnswer> post(std::string_view target, std::string_view json) = 0;
  /// Before looking again. Only the real one lets time pass.
  virtual void wait(std::chrono::milliseconds) {}
};

}  // namespace app::commands
