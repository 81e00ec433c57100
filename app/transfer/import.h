#pragma once
// `millrace import`: JSON lines into a data directory.

#include <istream>
#include <ostream>
#include <string>

#include "app/config.h"
#include "engine/runtime/timers.h"

namespace app::transfer {

enum class LineKind : std::uint8_t { kGuess, kDocuments, kDebezium };

struct ImportOptions {
  std::string input = "-";  ///< a file; "-": standard input
  LineKind kind = LineKind::kGuess;  ///< kGuess: the first line shows it
  bool json = false;        ///< the summary as one JSON document
};

struct ImportSummary {
  std::uint64_t lines = 0;     ///< of the input that are in the log, from earlier runs too
  std::uint64_t skipped = 0;   ///< that were already there
  std::uint64_t changes = 0;   ///< appended by this run
};

/// Documents (change_line.h) are appended as they are, some thousands at once, each batch with the number of its last line: an import that was interrupted goes on behind
/// it, and one that is repeated appends nothing. Envelopes go through mirror and mapping like the changes of a running source.
/// At a line that is refused everything before it is in the log and nothing of it or behind it; the reason names the line.
/// The server must not run on the directory. Gives the exit status: 0, or 1 with the reason on `err`. Blocking.
int run_import(const Config& config, const ImportOptions& options, std::istream& standard_input, std::ostream& out, std::ostream& err, const engine::Clock& clock);

}  // namespace app::transfer
