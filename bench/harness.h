#pragma once
// How an end-to-end benchmark is run: product and ceiling in turns, in one run, medians of the rounds (design.md section 9).

#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace bench {

/// One round: the same work by the product and by the bare program beside it.
struct Round {
  double product = 0;
  double ceiling = 0;
};

struct Report {
  std::vector<Round> rounds;
  std::string unit;                ///< of both figures
  bool difference = false;         ///< what counts is product - ceiling (latency, memory), not ceiling / product
  std::vector<std::string> notes;  ///< further key=value texts for the line
};

struct Settings {
  int rounds = 5;
  double scale = 1.0;  ///< multiplies the amount of work
};

struct Benchmark {
  std::string name;
  std::string question;
  std::function<engine::Result<std::vector<std::pair<std::string, Report>>>(const Settings&)> run;  ///< lines: suffix (maybe empty) and figures
  bool only_named = false;  ///< too long to run with all others
};

/// Every benchmark of this folder.
std::vector<Benchmark> benchmarks();

/// CPU seconds of this process so far, all threads, user and system.
double cpu_seconds();
/// CPU seconds of another process so far.
double cpu_seconds_of(int pid);
/// Waits until this process's background work (flushes, compactions of what was prepared) is over; at most 4 s.
void settle();
/// Anonymous resident memory of this process in bytes.
double anonymous_memory();
/// Seconds on a steady clock, for latencies.
double now_seconds();
/// Binds the calling thread (and those it starts) to one core; nothing where there is only one.
void pin_to_core(int core);
/// Undoes it.
void pin_to_any_core();

/// A child process that runs `body` on core 1 and ends with it; killed and reaped by the destructor.
class Peer {
 public:
  explicit Peer(const std::function<void()>& body);
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  int pid() const { return pid_; }
  bool running() const;
  /// Waits for its end. True: it ended with status 0.
  bool join();

 private:
  int pid_ = -1;
};

/// What `figure` gives in a process of its own, on core 0. kUnavailable where that is negative or the process ended early; the detail begins with `what`.
engine::Result<double> in_own_process(const std::string& what, const std::function<double()>& figure);

}  // namespace bench
