#pragma once
// SIGINT and SIGTERM become a function call on a loop.

#include <functional>

#include "engine/runtime/asio.h"

namespace engine {

/// While it lives, SIGINT and SIGTERM call `on_signal` with their number, on `executor`; again for each further signal
/// (a second one usually means: do not wait). One object a process. Belongs to the loop of `executor`.
class StopSignal {
 public:
  StopSignal(asio::any_io_executor executor, std::function<void(int)> on_signal);

 private:
  void wait();
  asio::signal_set signals_;
  std::function<void(int)> on_signal_;
};

}  // namespace engine
