#pragma once
// One page of an incremental list, from the log. Part of ListReader.

#include <string>
#include <vector>

#include "feed/list_filter.h"
#include "feed/log_window.h"
#include "feed/newest_records.h"

namespace feed {

struct IncrementalPart {
  std::vector<std::string> records;
  Offset next;  ///< everything below it has been looked at
};

/// Each resource once in a window, at its newest change in it. Where only facts of a resource have changed (a note), so that it has come to belong to a
/// filtered list, it is given at the note, unless the window gives it at a change.
class IncrementalList {
 public:
  /// All outlive this; lives for one page. `opened`: where the window begins.
  IncrementalList(const RocksChangeLog& log, const ListFilter& filter, const LogWindow& window, Offset opened, engine::store::ReadFrom read);
  /// Errors: the log's; kUnavailable as RecordLog::scan.
  engine::Result<IncrementalPart> read(const std::string& type, unsigned limit);

 private:
  struct Found;
  engine::Result<Offset> gather(Offset from, std::size_t most, std::vector<Found>& found);
  engine::Result<void> resolve_notes(std::vector<Found>& found) const;
  engine::Result<bool> resolve(Found& note) const;

  const RocksChangeLog& log_;
  const ListFilter& filter_;
  const LogWindow& window_;
  const Offset opened_;
  const engine::store::ReadFrom read_;
  const NewestRecords records_;
  std::string type_;
  std::size_t work_;
};

}  // namespace feed
