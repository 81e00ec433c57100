#pragma once
// A program of our own run beside us, with its output in a file.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace app::demo {

/// Threads: one; that thread must outlive the child (it gets a SIGTERM when the thread dies).
class ChildProcess {
 public:
  /// `arguments[0]` is the program's path. Its stdout and stderr are appended to `log`; stdin is empty.
  static engine::Result<std::unique_ptr<ChildProcess>> start(std::vector<std::string> arguments, std::filesystem::path log);
  ~ChildProcess();  ///< stop()
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// The wait status once it has ended; nullopt: it runs.
  std::optional<int> ended();
  /// SIGTERM, and SIGKILL after `patience`. Nothing where it has ended.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(10));
  pid_t pid() const { return pid_; }
  const std::filesystem::path& log() const { return log_; }
  /// The last lines of the log, at most `max_bytes`.
  std::string log_tail(std::size_t max_bytes = 2000) const;

 private:
  ChildProcess(pid_t pid, std::filesystem::path log) : pid_(pid), log_(std::move(log)) {}
  pid_t pid_;
  std::filesystem::path log_;
  std::optional<int> status_;
};

/// Asks `condition` every 20 ms until it holds or the time is up. Blocking.
template <class Condition>
bool wait_until(std::chrono::milliseconds patience, Condition condition);
void pause_briefly();  ///< 20 ms
std::chrono::steady_clock::time_point machine_now();

template <class Condition>
bool wait_until(std::chrono::milliseconds patience, Condition condition) {
  const auto deadline = machine_now() + patience;
  while (!condition()) {
    if (machine_now() >= deadline) return false;
    pause_briefly();
  }
  return true;
}

}  // namespace app::demo
