#include "replay/kept_rows.h"

#include "access/key_schema.h"

namespace replay {

using engine::Result;

std::string KeptRows::end() const { return std::string(1, static_cast<char>(prefix_[0] + 1)); }

Result<KeptRows> KeptRows::open(engine::store::Store& store, std::string_view family, std::string_view prefix, std::uint64_t kept) {
  KeptRows rows(store, store.family(family), std::string(prefix), kept);
  auto newest = rows.newest(1);
  if (!newest) return newest.take_error();
  if (!newest->empty()) rows.next_ = newest->front().first + 1;
  return rows;
}

void KeptRows::put(engine::store::Batch& batch, std::string_view value) const {
  batch.put(family_, trust::numbered_key(prefix_, next_), value);
  if (next_ > kept_) batch.erase(family_, trust::numbered_key(prefix_, next_ - kept_));
}

Result<std::vector<KeptRows::Row>> KeptRows::newest(std::size_t limit) const {
  std::vector<Row> rows;
  auto at = store_->iterate(family_, prefix_, end());
  for (at.seek_for_prev(end()); at.valid() && rows.size() < limit; at.prev()) {
    const auto id = trust::number_of_key(prefix_, at.key());
    if (!id) return engine::fail(engine::Errc::kMalformed, "webhook desk: a key that is none");
    rows.emplace_back(*id, at.value());
  }
  if (auto read = at.status(); !read) return read.take_error();
  return rows;
}

Result<std::size_t> KeptRows::clear() {
  auto rows = newest(kept_);
  if (!rows) return rows.take_error();
  engine::store::Batch batch;
  for (const auto& [id, value] : *rows) batch.erase(family_, trust::numbered_key(prefix_, id));
  if (batch.empty()) return 0;
  if (auto written = store_->write(batch, engine::store::Durability::kSynced); !written) return written.take_error();
  return rows->size();
}

}  // namespace replay
