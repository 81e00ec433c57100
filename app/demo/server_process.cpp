#include "app/demo/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

namespace app::demo {
namespace fs = std::filesystem;

namespace {

constexpr int kStopMillis = 30000;
constexpr int kAskAgainMillis = 500;

}  // namespace

std::optional<ServerUser> server_user(const char* name) {
  const passwd* found = ::getpwnam(name);
  if (!found) return std::nullopt;
  return ServerUser{found->pw_uid, found->pw_gid};
}

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  std::uint16_t port = 0;
  if (fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port = ntohs(address.sin_port);
  }
  if (fd >= 0) ::close(fd);
  return port;
}

bool answers(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool connected = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return connected;
}

pid_t spawn(const std::vector<std::string>& arguments, const fs::path& log, std::optional<ServerUser> user) {
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const pid_t child = ::fork();
  if (child == 0) {  // only async-signal-safe calls from here
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::setpgid(0, 0);  // a Ctrl-C at the terminal is ours to handle, not the server's
    if (user && (::setgroups(0, nullptr) != 0 || ::setgid(user->group) != 0 || ::setuid(user->user) != 0 || ::chdir("/") != 0)) ::_exit(126);
    if (user) ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // another user's id has made it forgotten
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  if (out >= 0) ::close(out);
  if (nothing >= 0) ::close(nothing);
  return child;
}

bool ended_within(pid_t pid, int millis) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) return ::waitpid(pid, nullptr, WNOHANG) != 0;
  pollfd waited{fd, POLLIN, 0};
  const int ready = ::poll(&waited, 1, millis);
  ::close(fd);
  if (ready <= 0) return false;
  ::waitpid(pid, nullptr, 0);
  return true;
}

void end_process(pid_t pid, int signal) {
  bool ended = false;
  for (int waited = 0; waited < kStopMillis && !ended; waited += kAskAgainMillis) {
    ::kill(pid, signal);  // again and again: a server that has only just begun to listen loses the first
    ended = ended_within(pid, kAskAgainMillis);
  }
  if (ended) return;
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

std::string tail_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  constexpr std::size_t kTail = 1500;
  return text.size() > kTail ? text.substr(text.size() - kTail) : text;
}

}  // namespace app::demo
