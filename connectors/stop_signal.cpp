#include "connectors/stop_signal.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace connectors {

StopSignal::StopSignal() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
StopSignal::~StopSignal() { ::close(event_); }

void StopSignal::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  ::eventfd_write(event_, 1);
  for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);  // wakes a thread that reads from it
}
bool StopSignal::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}
void StopSignal::watch(int socket) {
  const std::lock_guard lock(mutex_);
  sockets_.insert(socket);
}
void StopSignal::forget(int socket) {
  const std::lock_guard lock(mutex_);
  sockets_.erase(socket);
}

}  // namespace connectors
