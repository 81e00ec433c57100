#pragma once
// Signals become function calls on a loop.

#include <functional>
#include <initializer_list>

#include "engine/runtime/asio.h"

namespace engine {

/// While it lives, the signals it names call `on_signal` with their number, on `executor`; again for each further one.
/// One object a process for each signal. Belongs to the loop of `executor`.
class SignalCall {
 public:
  SignalCall(asio::any_io_executor executor, std::initializer_list<int> numbers, std::function<void(int)> on_signal);

 private:
  void wait();
  asio::signal_set signals_;
  std::function<void(int)> on_signal_;
};

}  // namespace engine
