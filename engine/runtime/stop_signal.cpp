#include "engine/runtime/stop_signal.h"

#include <csignal>

namespace engine {

StopSignal::StopSignal(asio::any_io_executor executor, std::function<void(int)> on_signal)
    : signals_(std::move(executor), SIGINT, SIGTERM), on_signal_(std::move(on_signal)) {
  wait();
}

void StopSignal::wait() {
  signals_.async_wait([this](const asio::error_code& failed, int number) {
    if (failed) return;  // cancelled: the object is gone or going
    wait();
    on_signal_(number);
  });
}

}  // namespace engine
