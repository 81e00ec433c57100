#pragma once
// SIGINT and SIGTERM become a function call on a loop.

#include <csignal>

#include "engine/runtime/signal_call.h"

namespace engine {

/// While it lives, SIGINT and SIGTERM call `on_signal` with their number, on `executor`; again for each further signal
/// (a second one usually means: do not wait). One object a process. Belongs to the loop of `executor`.
class StopSignal : public SignalCall {
 public:
  StopSignal(asio::any_io_executor executor, std::function<void(int)> on_signal)
      : SignalCall(std::move(executor), {SIGINT, SIGTERM}, std::move(on_signal)) {}
};

}  // namespace engine
