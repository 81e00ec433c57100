#pragma once
// Numbered rows of which only the newest are kept.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/store/store.h"

namespace replay {

/// Threads: one writer at a time, told by the owner; readers any. Blocking: everything but next().
class KeptRows {
 public:
  using Row = std::pair<std::uint64_t, std::string>;  ///< id and value

  /// Goes on behind the newest row there is.
  static engine::Result<KeptRows> open(engine::store::Store& store, std::string_view family, std::string_view prefix, std::uint64_t kept);

  /// The next row's id, dense from 1; used up by wrote().
  std::uint64_t next() const { return next_; }
  /// Puts row next() into `batch`, and the end of the row that is too old then.
  void put(engine::store::Batch& batch, std::string_view value) const;
  void wrote() { ++next_; }
  /// Newest first.
  engine::Result<std::vector<Row>> newest(std::size_t limit) const;
  /// Erases every row, synced; gives how many there were. Ids go on, until a restart finds none.
  engine::Result<std::size_t> clear();

 private:
  KeptRows(engine::store::Store& store, engine::store::Family family, std::string prefix, std::uint64_t kept)
      : store_(&store), family_(family), prefix_(std::move(prefix)), kept_(kept) {}
  std::string end() const;

  engine::store::Store* store_;
  engine::store::Family family_;
  std::string prefix_;
  std::uint64_t kept_;
  std::uint64_t next_ = 1;
};

}  // namespace replay
