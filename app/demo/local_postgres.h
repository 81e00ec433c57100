#pragma once
// A real PostgreSQL of our own: own cluster, free port, ended with the object. Used by the demo and by server tests.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace app::demo {

/// A running PostgreSQL server with logical WAL, answering on 127.0.0.1 (SCRAM) and on a unix socket (no password) with the superuser "admin". Small
/// buffers, no fsync: for demos and tests. The server refuses to run as root, so root runs it as the user "postgres", who gets the directory.
///
/// Threads: one thread uses it, and that thread must outlive the server (the server is told to end when it dies).
/// Blocking: every method but the accessors.
class LocalPostgres {
 public:
  /// Makes a cluster below `directory` where there is none yet and starts the server in it, accepting connections when this returns.
  /// `extra`: further settings ("max_wal_size=64MB"), they win over ours.
  /// kNotFound: the PostgreSQL server package is not installed. kUnavailable: it ended at once or did not listen within 60 s;
  /// the detail ends with the last lines of its log.
  static engine::Result<std::unique_ptr<LocalPostgres>> start(std::filesystem::path directory, std::vector<std::string> extra = {});
  ~LocalPostgres();
  LocalPostgres(const LocalPostgres&) = delete;
  LocalPostgres& operator=(const LocalPostgres&) = delete;

  std::uint16_t port() const { return port_; }
  std::string socket_directory() const { return directory_.string(); }
  std::filesystem::path data_directory() const { return directory_ / "data"; }

  /// Ends it with its connections; data stays. Nothing where it is not running.
  void stop();
  /// Ends it as a crash does.
  void kill();
  /// Stops it where it runs and starts it again on the same port and data with `extra` in place of the former settings.
  engine::Result<void> restart(std::vector<std::string> extra);

 private:
  explicit LocalPostgres(std::filesystem::path directory) : directory_(std::move(directory)) {}
  engine::Result<void> prepare();
  engine::Result<void> install();
  engine::Result<void> launch(const std::vector<std::string>& extra);
  engine::Result<void> wait_until_listening();
  void end(int signal);

  std::filesystem::path directory_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace app::demo
