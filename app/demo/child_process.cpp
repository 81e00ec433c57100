#include "app/demo/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <fstream>

namespace app::demo {
using engine::Errc;
using engine::fail;
using engine::Result;

std::chrono::steady_clock::time_point machine_now() { return std::chrono::steady_clock::now(); }

void pause_briefly() {
  const timespec span{0, 20'000'000};
  ::nanosleep(&span, nullptr);
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(std::vector<std::string> arguments, std::filesystem::path log) {
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const pid_t child = out < 0 || nothing < 0 ? -1 : ::fork();
  if (child == 0) {  // only async-signal-safe calls from here
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::setpgid(0, 0);  // a Ctrl-C at the terminal is the parent's to handle
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  if (out >= 0) ::close(out);
  if (nothing >= 0) ::close(nothing);
  if (child < 0) return fail(Errc::kUnavailable, "cannot start " + arguments.front() + " with its log " + log.string());
  return std::unique_ptr<ChildProcess>(new ChildProcess(child, std::move(log)));
}

ChildProcess::~ChildProcess() { stop(); }

std::optional<int> ChildProcess::ended() {
  int status = 0;
  if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_;
}

void ChildProcess::stop(std::chrono::milliseconds patience) {
  if (ended()) return;
  ::kill(pid_, SIGTERM);
  if (wait_until(patience, [this] { return ended().has_value(); })) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  if (::waitpid(pid_, &status, 0) == pid_) status_ = status;
}

std::string ChildProcess::log_tail(std::size_t max_bytes) const {
  std::ifstream in(log_, std::ios::binary | std::ios::ate);
  if (!in) return {};
  const auto size = static_cast<std::size_t>(in.tellg());
  const auto start = size > max_bytes ? size - max_bytes : 0;
  in.seekg(static_cast<std::streamoff>(start));
  std::string tail(size - start, '\0');
  in.read(tail.data(), static_cast<std::streamsize>(tail.size()));
  return tail;
}

}  // namespace app::demo
