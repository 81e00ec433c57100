#include "app/demo/local_mariadb.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <fstream>
#include <initializer_list>

namespace app::demo {
namespace fs = std::filesystem;
using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

constexpr int kPollMillis = 20;
constexpr int kStartMillis = 60000;
constexpr int kStopMillis = 30000;
constexpr int kAskAgainMillis = 500;

std::string find_program(std::string_view name) {
  for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/"}) {
    auto path = std::string(folder).append(name);
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
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

/// Runs `arguments` with output appended to `log`; the child gets a SIGTERM when the calling thread dies. -1: no process.
pid_t spawn(const std::vector<std::string>& arguments, const fs::path& log) {
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const pid_t child = ::fork();
  if (child == 0) {  // only async-signal-safe calls from here
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::setpgid(0, 0);  // a Ctrl-C at the terminal is ours to handle, not the server's
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

/// True where `pid` ended within `millis`; reaps it then.
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

}  // namespace

Result<std::unique_ptr<LocalMariaDb>> LocalMariaDb::start(fs::path directory, std::vector<std::string> extra) {
  std::unique_ptr<LocalMariaDb> server(new LocalMariaDb(fs::absolute(directory)));
  std::error_code error;
  fs::create_directories(server->temporary_directory(), error);
  if (error) return fail(Errc::kUnavailable, "cannot create " + server->directory_.string() + ": " + error.message());
  if (auto installed = server->install(); !installed) return installed.take_error();
  Result<void> launched;
  for (int attempt = 0; attempt < 3; ++attempt) {  // another process may take the port between our look and mariadbd's
    server->port_ = free_port();
    launched = server->launch(extra);
    if (launched) return server;
  }
  return launched.take_error();
}

LocalMariaDb::~LocalMariaDb() { end(SIGTERM); }

std::string LocalMariaDb::socket() const { return (directory_ / "db.sock").string(); }
void LocalMariaDb::stop() { end(SIGTERM); }
void LocalMariaDb::kill() { end(SIGKILL); }

Result<void> LocalMariaDb::restart(std::vector<std::string> extra) {
  stop();
  return launch(extra);
}

Result<void> LocalMariaDb::install() {
  if (fs::exists(data_directory() / "mysql")) return engine::ok();
  const auto program = find_program("mariadb-install-db");
  if (program.empty()) return fail(Errc::kNotFound, "mariadb-install-db is missing: apt-get install mariadb-server");
  std::vector<std::string> arguments{program,          "--no-defaults",
                                     "--datadir=" + data_directory().string(), "--tmpdir=" + temporary_directory().string(),
                                     "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"};
  if (::geteuid() == 0) arguments.push_back("--user=root");
  const auto pid = spawn(arguments, directory_ / "install.log");
  int status = 0;
  if (pid < 0 || ::waitpid(pid, &status, 0) != pid || status != 0) {
    return fail(Errc::kUnavailable, "mariadb-install-db failed, see " + (directory_ / "install.log").string());
  }
  // The installer knows root@localhost only, and with skip-name-resolve TCP connections come from 127.0.0.1.
  std::ofstream(directory_ / "init.sql") << "SET SESSION sql_log_bin=0;\n"
                                         << "CREATE USER IF NOT EXISTS 'root'@'127.0.0.1';\n"
                                         << "GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;\n";
  return engine::ok();
}

Result<void> LocalMariaDb::launch(const std::vector<std::string>& extra) {
  const auto program = find_program("mariadbd");
  if (program.empty()) return fail(Errc::kNotFound, "mariadbd is missing: apt-get install mariadb-server");
  std::vector<std::string> arguments{program,
                                     "--no-defaults",
                                     "--datadir=" + data_directory().string(),
                                     "--tmpdir=" + temporary_directory().string(),
                                     "--socket=" + socket(),
                                     "--port=" + std::to_string(port_),
                                     "--bind-address=127.0.0.1",
                                     "--pid-file=" + (directory_ / "db.pid").string(),
                                     "--init-file=" + (directory_ / "init.sql").string(),
                                     "--server-id=1",
                                     "--log-bin=binlog",
                                     "--binlog-format=ROW",
                                     "--binlog-row-image=FULL",
                                     "--binlog-row-metadata=FULL",
                                     "--binlog-checksum=CRC32",
                                     "--sync-binlog=0",
                                     "--innodb-flush-log-at-trx-commit=2",
                                     "--innodb-buffer-pool-size=32M",
                                     "--innodb-log-file-size=16M",
                                     "--key-buffer-size=1M",
                                     "--aria-pagecache-buffer-size=8M",
                                     "--max-allowed-packet=256M",
                                     "--skip-name-resolve",
                                     "--character-set-server=utf8mb4",
                                     "--collation-server=utf8mb4_unicode_ci",
                                     "--default-time-zone=+00:00"};
  if (::geteuid() == 0) arguments.push_back("--user=root");
  arguments.insert(arguments.end(), extra.begin(), extra.end());
  std::error_code ignored;
  fs::remove(socket(), ignored);
  pid_ = spawn(arguments, directory_ / "error.log");
  if (pid_ < 0) return fail(Errc::kUnavailable, "cannot start a process");
  return wait_until_listening();
}

Result<void> LocalMariaDb::wait_until_listening() {
  for (int waited = 0; waited < kStartMillis; waited += kPollMillis) {
    if (answers(socket())) return engine::ok();
    if (ended_within(pid_, kPollMillis)) {
      pid_ = -1;
      return fail(Errc::kUnavailable, "mariadbd ended at once: " + log_tail());
    }
  }
  kill();
  return fail(Errc::kUnavailable, "mariadbd does not listen: " + log_tail());
}

void LocalMariaDb::end(int signal) {
  if (pid_ <= 0) return;
  bool ended = false;
  for (int waited = 0; waited < kStopMillis && !ended; waited += kAskAgainMillis) {
    ::kill(pid_, signal);  // again and again: a server that has only just begun to listen loses the first
    ended = ended_within(pid_, kAskAgainMillis);
  }
  if (!ended) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
}

std::string LocalMariaDb::log_tail() const {
  std::ifstream in(directory_ / "error.log", std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  constexpr std::size_t kTail = 1500;
  return text.size() > kTail ? text.substr(text.size() - kTail) : text;
}

}  // namespace app::demo
