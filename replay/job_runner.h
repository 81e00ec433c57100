#pragma once
// Works replay jobs off: takes what is next, at the job's rate, and hands it to the dispatchers.

#include <functional>
#include <memory>
#include <string>

#include "engine/runtime/timers.h"
#include "replay/replay_jobs.h"

namespace replay {

/// How things reach a dispatcher. Called on the runner's loop; never block. False: there is no such endpoint (now), and `done` is not called.
/// `done` may be called from any loop.
struct Senders {
  std::function<bool(const std::string& endpoint, delivery::DeadLetterId id, delivery::ReplayDone done)> letter;
  std::function<bool(const std::string& endpoint, feed::Offset offset, delivery::ReplayDone done)> change;
};

/// All unfinished jobs at once, each with its own rate and at most kJobWindow things out. A dead endpoint holds its job up and nothing else: the
/// dispatcher's breaker decides when there is an attempt.
///
/// A crash repeats what was in flight, with the same event ids and bytes; nothing is skipped.
///
/// Threads: run() lives on one loop; wake() and stop() from any thread. The jobs, timers and executors outlive it.
class JobRunner {
 public:
  struct Rooms {
    asio::any_io_executor loop;
    asio::any_io_executor blocking;
    engine::Timers& timers;
    ReplayJobs& jobs;
  };
  JobRunner(Rooms rooms, Senders senders);
  ~JobRunner();

  /// Works until stop(). Spawn it once; jobs of an earlier life go on then.
  engine::Task<void> run();
  /// A job was made or its state was changed.
  void wake(JobId id);
  /// Hands nothing more over; run() returns soon, whatever is still out.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with what dispatchers still owe an answer to
};

}  // namespace replay
