#include "bench/harness.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

namespace bench {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double cpu_seconds_of(int pid) {
  double nanoseconds = 0;
  std::error_code ignored;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", ignored)) {
    double ran = 0;
    std::ifstream(thread.path() / "schedstat") >> ran;  // /proc/PID/stat counts in steps of 10 ms
    nanoseconds += ran;
  }
  return nanoseconds / 1e9;
}

void settle() {
  for (int calm = 0, i = 0; calm < 3 && i < 200; ++i) {
    const double before = cpu_seconds();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    calm = cpu_seconds() - before < 0.001 ? calm + 1 : 0;
  }
}

double anonymous_memory() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("RssAnon:")) return std::stod(line.substr(8)) * 1024;
  }
  return 0;
}

double now_seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void pin_to_core(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(core), &set);
  (void)sched_setaffinity(0, sizeof set, &set);
}

void pin_to_any_core() {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (std::size_t core = 0; core < CPU_SETSIZE; ++core) CPU_SET(core, &set);
  (void)sched_setaffinity(0, sizeof set, &set);
}

Peer::Peer(const std::function<void()>& body) {
  std::fflush(nullptr);
  pid_ = fork();
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pin_to_core(1);
  body();
  _exit(0);
}

Peer::~Peer() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool Peer::running() const {
  siginfo_t ended{};
  return waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0;
}

bool Peer::join() {
  int status = 0;
  const bool ended = waitpid(pid_, &status, 0) == pid_;
  pid_ = -1;
  return ended && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

engine::Result<double> in_own_process(const std::string& what, const std::function<double()>& figure) {
  int ends[2];
  if (pipe(ends) != 0) return engine::fail(engine::Errc::kUnavailable, "no pipe");
  Peer child([&] {
    pin_to_core(0);
    const double value = figure();
    if (write(ends[1], &value, sizeof value) != sizeof value) _exit(1);
  });
  close(ends[1]);
  double value = -1;
  const bool told = read(ends[0], &value, sizeof value) == sizeof value;
  close(ends[0]);
  if (!told || value < 0) return engine::fail(engine::Errc::kUnavailable, what + ": its process failed, or was not in the state that is measured");
  return value;
}

}  // namespace bench
