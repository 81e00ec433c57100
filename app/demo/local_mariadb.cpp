#include "app/demo/local_mariadb.h"

#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "app/demo/server_process.h"

namespace app::demo {
namespace fs = std::filesystem;
using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

constexpr int kPollMillis = 20;
constexpr int kStartMillis = 60000;

std::string find_program(std::string_view name) {
  for (const char* folder : {"/usr/sbin/", "/usr/bin/", "/usr/local/sbin/", "/usr/local/bin/"}) {
    auto path = std::string(folder).append(name);
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
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
  if (pid_ > 0) end_process(pid_, signal);
  pid_ = -1;
}

std::string LocalMariaDb::log_tail() const { return tail_of(directory_ / "error.log"); }

}  // namespace app::demo
