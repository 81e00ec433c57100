#pragma once
// The real OperatorServer: HTTP to the running server's administration listener.

#include <chrono>

#include "app/commands/operator_address.h"
#include "app/commands/operator_server.h"

namespace app::commands {

/// One connection per request. Blocking: up to `patience`. Errors are texts for the operator: nobody listens (and what to do), no answer in
/// time, no HTTP, an answer beyond 64 MB.
class OperatorClient final : public OperatorServer {
 public:
  explicit OperatorClient(OperatorAddress address, std::chrono::milliseconds patience = std::chrono::seconds(60));
  engine::Result<ServerAnswer> get(std::string_view target) override;
  engine::Result<ServerAnswer> post(std::string_view target, std::string_view json) override;
  void wait(std::chrono::milliseconds time) override;

 private:
  engine::Result<ServerAnswer> exchange(std::string_view target, const std::string_view* json);

  OperatorAddress address_;
  std::chrono::milliseconds patience_;
};

}  // namespace app::commands
