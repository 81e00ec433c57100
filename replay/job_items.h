#pragma once
// From a selection to the things to be sent, piece by piece.

#include <functional>
#include <string>
#include <vector>

#include "delivery/dead_letter_search.h"
#include "delivery/history.h"
#include "replay/replay_job.h"

namespace replay {

/// How the desk sees the endpoints' history. Both block.
struct History {
  /// delivery::read_history for that endpoint. kNotFound: there is no such endpoint.
  std::function<engine::Result<delivery::HistorySlice>(const std::string& endpoint, feed::Offset from, feed::Offset end, std::size_t changes)> read;
  /// delivery::first_appended_since.
  std::function<engine::Result<feed::Offset>(engine::WallTime)> first_since;
  std::function<feed::Offset()> high_watermark;
  std::function<bool(const std::string& endpoint)> knows;  ///< is there such an endpoint?
};

struct Taken {
  std::vector<std::uint64_t> items;  ///< dead letter ids or offsets
  std::uint64_t cursor = 0;          ///< JobProgress::cursor behind them
  bool through = false;              ///< the selection has no more
};

/// Blocking. Threads: any.
class JobItems {
 public:
  /// The letters outlive it.
  JobItems(const delivery::DeadLetters& letters, History history) : search_(letters), history_(std::move(history)) {}

  /// At most `limit` (at least one) items behind `cursor`. Reads a bounded piece: few items, or none, do not mean that it is through.
  engine::Result<Taken> next(const Selection& selection, std::uint64_t cursor, std::size_t limit) const;
  const History& history() const { return history_; }

 private:
  engine::Result<Taken> letters(const Selection& selection, std::uint64_t cursor, std::size_t limit) const;
  engine::Result<Taken> changes(const Selection& selection, std::uint64_t cursor, std::size_t limit) const;
  delivery::DeadLetterSearch search_;
  History history_;
};

}  // namespace replay
