#pragma once
// A real mariadbd of our own: own data directory, free port, ended with the object. Used by the demo and by server tests.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace app::demo {

/// A running MariaDB server with row-based binary log, answering on 127.0.0.1 and on a unix socket as root without a password
/// (socket and TCP). Small buffers, no fsync per commit: for demos and tests.
///
/// Threads: one thread uses it, and that thread must outlive the server (the server is told to end when it dies).
/// Blocking: every method but the accessors.
class LocalMariaDb {
 public:
  /// Installs a data directory below `directory` where there is none yet and starts the server in it, listening when this returns.
  /// `extra`: further mariadbd options ("--log-bin-compress=ON"), they win over ours.
  /// kNotFound: the MariaDB server package is not installed. kUnavailable: it ended at once or did not listen within 60 s;
  /// the detail ends with the last lines of its error log.
  static engine::Result<std::unique_ptr<LocalMariaDb>> start(std::filesystem::path directory, std::vector<std::string> extra = {});
  ~LocalMariaDb();
  LocalMariaDb(const LocalMariaDb&) = delete;
  LocalMariaDb& operator=(const LocalMariaDb&) = delete;

  std::uint16_t port() const { return port_; }
  std::string socket() const;
  std::filesystem::path data_directory() const { return directory_ / "data"; }
  pid_t pid() const { return pid_; }

  /// Graceful end; data stays. Nothing where it is not running.
  void stop();
  /// Ends it with -9.
  void kill();
  /// Stops it where it runs and starts it again on the same port and data with `extra` in place of the former options.
  engine::Result<void> restart(std::vector<std::string> extra);

 private:
  /// Of its own: a server that starts deletes the temporary tables it finds in its tmpdir, also those of another running server.
  std::filesystem::path temporary_directory() const { return directory_ / "tmp"; }
  explicit LocalMariaDb(std::filesystem::path directory) : directory_(std::move(directory)) {}
  engine::Result<void> install();
  engine::Result<void> launch(const std::vector<std::string>& extra);
  engine::Result<void> wait_until_listening();
  void end(int signal);
  std::string log_tail() const;

  std::filesystem::path directory_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace app::demo
