#pragma once
// `millrace export`: the feed of a data directory as JSON lines.

#include <ostream>
#include <string>

#include "app/config.h"

namespace app::transfer {

struct ExportOptions {
  std::uint64_t from = 0;   ///< first offset; 0: the oldest there is
  bool newest = false;      ///< of each resource only its newest version
  std::string output = "-"; ///< a file, made readable for its owner only; "-": standard output
  bool json = false;        ///< the summary as one JSON document
};

/// Writes changes in commit order, tombstones included, and a summary to `err`. The server must not run on the directory. Gives the exit status: 0, or 1 with the
/// reason on `err`. Blocking.
int run_export(const Config& config, const ExportOptions& options, std::ostream& out, std::ostream& err);

}  // namespace app::transfer
