#pragma once
// The demo: a real MariaDB or PostgreSQL with the sample site, Millrace, a receiver, and a story that plays between them.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace app::demo {

struct DemoOptions {
  std::string source = "mariadb"; ///< the database server: "mariadb" or "postgres"
  bool once = false;              ///< play the story to its end, check it, print one JSON line
  std::filesystem::path program;  ///< the millrace binary; empty: this process's own
  std::uint64_t seed = 1;
  unsigned steps = 120;                ///< of the story's everyday part with `once`
  std::chrono::seconds deadline{120};  ///< of the whole story with `once`
  std::filesystem::path directory;     ///< where everything is kept; empty: a temporary one, removed at the end
  bool keep = false;                   ///< keep the temporary directory (it is kept when the story fails)
};

/// Runs until the story ends (once), a part fails, or SIGINT/SIGTERM. Ends every child it started, whatever happens.
/// Exit status: 0 all held (or ended by a signal without `once`); 1 a condition did not hold or a part could not start, named on stderr
/// together with the log to look into.
int run_demo(const DemoOptions& options);

}  // namespace app::demo
