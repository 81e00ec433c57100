#pragma once
// What the local database servers need of the machine: a free port, a process, its end.

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace app::demo {

/// Nobody listens on it now; another process may take it before we do. 0: none to be had.
std::uint16_t free_port();
/// Somebody accepts connections at this unix socket.
bool answers(const std::string& path);

struct ServerUser {
  uid_t user;
  gid_t group;
};
/// nullopt: the machine has no such user.
std::optional<ServerUser> server_user(const char* name);

/// Runs `arguments` with output appended to `log`, as `user` (in the root directory) where one is given, which takes root; the child gets a SIGTERM when
/// the calling thread dies. -1: no process.
pid_t spawn(const std::vector<std::string>& arguments, const std::filesystem::path& log, std::optional<ServerUser> user = {});
/// True where `pid` ended within `millis`; reaps it then.
bool ended_within(pid_t pid, int millis);
/// Sends the signal until it ends, at most 30 s, then SIGKILL. Blocking.
void end_process(pid_t pid, int signal);
/// The last bytes of a log.
std::string tail_of(const std::filesystem::path& file);

}  // namespace app::demo
