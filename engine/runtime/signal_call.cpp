#include "engine/runtime/signal_call.h"

namespace engine {

SignalCall::SignalCall(asio::any_io_executor executor, std::initializer_list<int> numbers, std::function<void(int)> on_signal)
    : signals_(std::move(executor)), on_signal_(std::move(on_signal)) {
  for (const int number : numbers) signals_.add(number);
  wait();
}

void SignalCall::wait() {
  signals_.async_wait([this](const asio::error_code& failed, int number) {
    if (failed) return;  // cancelled: the object is gone or going
    wait();
    on_signal_(number);
  });
}

}  // namespace engine
