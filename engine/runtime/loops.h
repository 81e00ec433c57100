#pragma once
// The network threads: N loops, one thread each. An object belongs to one loop for life.

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/runtime/asio.h"

namespace engine {

/// Owns N io_contexts and, between run() and join(), one thread for each, named "<name>-<i>".
/// A handler that throws ends the process: exceptions do not cross a loop.
/// Threads: executor(), context(), next() and stop() from any; run() and join() from the owner.
class Loops {
 public:
  explicit Loops(std::size_t count, std::string name = "loop");
  /// Stops and joins where that has not happened; unfinished coroutines are destroyed.
  ~Loops();
  Loops(const Loops&) = delete;
  Loops& operator=(const Loops&) = delete;

  std::size_t size() const { return contexts_.size(); }
  asio::any_io_executor executor(std::size_t i) { return contexts_[i]->get_executor(); }
  /// For tests that drive a loop themselves (never call run() then).
  asio::io_context& context(std::size_t i) { return *contexts_[i]; }
  /// The loops in turn.
  asio::any_io_executor next();

  /// Starts the threads. They run, also without work, until stop().
  void run();
  /// Makes every loop return after its current handler.
  void stop();
  /// Waits for the threads. Blocking; never from a loop.
  void join();

 private:
  using Work = asio::executor_work_guard<asio::io_context::executor_type>;
  std::string name_;
  std::vector<std::unique_ptr<asio::io_context>> contexts_;
  std::vector<Work> work_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> turn_{0};
};

}  // namespace engine
