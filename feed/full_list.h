#pragma once
// One page of a full list, by the indexes. Part of ListReader.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "feed/index_walk.h"
#include "feed/list_filter.h"
#include "feed/list_reader.h"
#include "feed/newest_records.h"

namespace feed {

struct FullPart {
  std::vector<std::string> records;
  std::optional<std::string> onward;  ///< the suffix (index_walk.h) to continue behind; nullopt: this was the end
};

/// How a page is found:
///   kUpdated with indexed conditions     the ranges of by_key together, which all have the order of the list
///   few resources have what is asked     those of the rarest words and values, put in order
///   some have                            by_sort, looking only at ids that the rare ranges name
///   else                                 by_sort, looking at every resource
/// Each entry is only a hint; what counts is on the record. A page that costs too much ends early.
class FullList {
 public:
  /// All outlive this; lives for one page. `opened`: high watermark when the first page was read. In the order of updates, what changed since is left
  /// out: it may have been given already.
  FullList(const engine::store::Store& store, const RocksChangeLog& log, const ListFilter& filter, const ListRequest& request, Offset opened,
           engine::store::ReadFrom read);

  /// Behind `position`, without the next `skip` resources of the list.
  /// kUnavailable: kCacheOnly, and a block is not in memory or the page is more work than a loop should do.
  engine::Result<FullPart> read(const std::optional<std::string>& position, std::uint64_t skip);

 private:
  using Ids = std::vector<std::string>;
  std::vector<IndexRange> ranges() const;
  bool leaps() const;
  engine::Result<std::optional<Ids>> narrowed() const;
  engine::Result<FullPart> walk(const std::optional<std::string>& position, std::uint64_t skip, const std::optional<Ids>& ids);
  engine::Result<FullPart> pick(const std::optional<std::string>& position, std::uint64_t skip, const Ids& ids);
  struct Candidate;
  engine::Result<std::optional<Candidate>> candidate(const std::string& id_bytes) const;
  engine::Result<std::optional<LatestEntry>> entry(const std::string& id) const;
  engine::Result<std::optional<std::string>> match(std::string_view suffix) const;
  engine::Result<void> spent() const;

  const engine::store::Store& store_;
  const RocksChangeLog& log_;
  const ListFilter& filter_;
  const ListRequest& request_;
  const Offset opened_;
  const engine::store::ReadFrom read_;
  const NewestRecords records_;
  WorkLeft work_;
};

}  // namespace feed
