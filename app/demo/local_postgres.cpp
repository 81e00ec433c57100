#include "app/demo/local_postgres.h"

#include <libpq-fe.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "app/demo/server_process.h"

namespace app::demo {
namespace fs = std::filesystem;
using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

constexpr int kPollMillis = 50;
constexpr int kStartMillis = 60000;
constexpr const char* kMissing = "the PostgreSQL server is missing: apt-get install postgresql-15";

/// Debian keeps the programs by version, off the PATH; the newest is taken.
std::string find_program(std::string_view name) {
  std::pair<int, std::string> newest;
  std::error_code failed;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", failed)) {
    const auto path = version.path() / "bin" / name;
    if (::access(path.c_str(), X_OK) == 0) newest = std::max(newest, {std::atoi(version.path().filename().c_str()), path.string()});
  }
  return newest.second;
}

std::optional<ServerUser> whom_to_run_as() { return ::geteuid() == 0 ? server_user("postgres") : std::nullopt; }

}  // namespace

Result<std::unique_ptr<LocalPostgres>> LocalPostgres::start(fs::path directory, std::vector<std::string> extra) {
  std::unique_ptr<LocalPostgres> server(new LocalPostgres(fs::absolute(directory)));
  if (auto prepared = server->prepare(); !prepared) return prepared.take_error();
  if (auto installed = server->install(); !installed) return installed.take_error();
  Result<void> launched;
  for (int attempt = 0; attempt < 3; ++attempt) {  // another process may take the port between our look and the server's
    server->port_ = free_port();
    launched = server->launch(extra);
    if (launched) return server;
  }
  return launched.take_error();
}

LocalPostgres::~LocalPostgres() { end(SIGINT); }

void LocalPostgres::stop() { end(SIGINT); }
void LocalPostgres::kill() { end(SIGQUIT); }  // -9 would leave its shared memory, and children that hold the port

Result<void> LocalPostgres::restart(std::vector<std::string> extra) {
  stop();
  return launch(extra);
}

/// A directory that the server's user owns, below one that it may pass through.
Result<void> LocalPostgres::prepare() {
  std::error_code error;
  fs::create_directories(directory_, error);
  if (error) return fail(Errc::kUnavailable, "cannot create " + directory_.string() + ": " + error.message());
  if (::geteuid() != 0) return engine::ok();
  const auto user = whom_to_run_as();
  if (!user) return fail(Errc::kNotFound, kMissing);
  if (::chown(directory_.c_str(), user->user, user->group) != 0) return fail(Errc::kUnavailable, "cannot give " + directory_.string() + " to postgres");
  fs::permissions(directory_.parent_path(), fs::perms::others_exec | fs::perms::group_exec, fs::perm_options::add, error);
  return engine::ok();
}

Result<void> LocalPostgres::install() {
  std::error_code ignored;
  if (fs::exists(data_directory() / "PG_VERSION", ignored)) return engine::ok();
  const auto program = find_program("initdb");
  if (program.empty()) return fail(Errc::kNotFound, kMissing);
  const auto pid = spawn({program, "-D", data_directory().string(), "-U", "admin", "-E", "UTF8", "--locale=C.UTF-8", "--auth-local=trust",
                          "--auth-host=scram-sha-256", "--no-sync"},
                         directory_ / "install.log", whom_to_run_as());
  int status = 0;
  if (pid < 0 || ::waitpid(pid, &status, 0) != pid || status != 0) {
    return fail(Errc::kUnavailable, "initdb failed: " + tail_of(directory_ / "install.log"));
  }
  return engine::ok();
}

Result<void> LocalPostgres::launch(const std::vector<std::string>& extra) {
  const auto program = find_program("postgres");
  if (program.empty()) return fail(Errc::kNotFound, kMissing);
  std::vector<std::string> arguments{program, "-D", data_directory().string()};
  for (const auto& setting : {"port=" + std::to_string(port_), "unix_socket_directories=" + socket_directory(), std::string("listen_addresses=127.0.0.1"),
                              std::string("wal_level=logical"), std::string("max_replication_slots=10"), std::string("max_wal_senders=10"),
                              std::string("fsync=off"), std::string("full_page_writes=off"),
                              std::string("shared_buffers=32MB"), std::string("timezone=UTC"), std::string("log_timezone=UTC"),
                              std::string("password_encryption=scram-sha-256")}) {
    arguments.insert(arguments.end(), {"-c", setting});
  }
  for (const auto& setting : extra) arguments.insert(arguments.end(), {"-c", setting});
  pid_ = spawn(arguments, directory_ / "error.log", whom_to_run_as());
  if (pid_ < 0) return fail(Errc::kUnavailable, "cannot start a process");
  return wait_until_listening();
}

Result<void> LocalPostgres::wait_until_listening() {
  const auto where = "host='" + socket_directory() + "' port=" + std::to_string(port_);
  for (int waited = 0; waited < kStartMillis; waited += kPollMillis) {
    if (PQping(where.c_str()) == PQPING_OK) return engine::ok();
    if (ended_within(pid_, kPollMillis)) {
      pid_ = -1;
      return fail(Errc::kUnavailable, "postgres ended at once: " + tail_of(directory_ / "error.log"));
    }
  }
  kill();
  return fail(Errc::kUnavailable, "postgres does not listen: " + tail_of(directory_ / "error.log"));
}

void LocalPostgres::end(int signal) {
  if (pid_ > 0) end_process(pid_, signal);
  pid_ = -1;
}

}  // namespace app::demo
