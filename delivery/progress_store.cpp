#include "delivery/progress_store.h"

#include <algorithm>

namespace delivery {

ProgressStore::ProgressStore(engine::store::Store& store, std::string endpoint)
    : store_(store), family_(store.family(kStateFamily)), endpoint_(std::move(endpoint)) {}

engine::Result<ProgressStore::State> ProgressStore::load(feed::Offset otherwise) {
  State state;
  auto stored = store_.get(family_, progress_key(endpoint_));
  if (!stored) return stored.take_error();
  if (!*stored) {
    state.progress.cursor = otherwise;
    engine::store::Batch batch;
    batch.put(family_, progress_key(endpoint_), encode(state.progress));
    if (auto written = store_.write(batch, engine::store::Durability::kSynced); !written) return written.take_error();
    return state;
  }
  auto progress = decode_progress(**stored);
  if (!progress) return progress.take_error();
  state.progress = *progress;
  if (auto sought = seek(state.progress); !sought) return sought.take_error();

  const std::string prefix = parked_prefix(endpoint_);
  auto rows = store_.iterate(family_, prefix, prefix + std::string(9, '\xff'));
  for (rows.seek(prefix); rows.valid(); rows.next()) {
    auto row = decode_parked(feed::Offset{trailing_number(rows.key()).value_or(0)}, rows.value());
    if (!row) return row.take_error();
    state.parked.push_back(std::move(*row));
  }
  if (auto read = rows.status(); !read) return read.take_error();
  return state;
}

// An operator's wish of an earlier life. The deliveries' numbers go on: what was left out on purpose is no gap.
engine::Result<void> ProgressStore::seek(Progress& progress) {
  auto wish = store_.get(family_, seek_key(endpoint_));
  if (!wish) return wish.take_error();
  if (!*wish) return {};
  progress.cursor = feed::Offset{trailing_number(**wish).value_or(progress.cursor.value)};
  progress.ahead.clear();
  engine::store::Batch batch;
  const std::string prefix = parked_prefix(endpoint_);
  batch.erase_range(family_, prefix, prefix + std::string(9, '\xff'));
  batch.erase(family_, seek_key(endpoint_));
  batch.put(family_, progress_key(endpoint_), encode(progress));
  return store_.write(batch, engine::store::Durability::kSynced);
}

engine::Result<void> ProgressStore::save(const Progress& progress, const LaneSet::Rows& rows, const std::function<void(engine::store::Batch&)>& also) {
  engine::store::Batch batch;
  bool sync = false;
  for (const auto& [offset, row] : rows) {
    const std::string key = parked_key(endpoint_, offset);
    if (row) {
      batch.put(family_, key, encode(*row));
      sync = true;
    } else {
      batch.erase(family_, key);
    }
  }
  batch.put(family_, progress_key(endpoint_), encode(progress));
  if (also) also(batch);
  return store_.write(batch, sync ? engine::store::Durability::kSynced : engine::store::Durability::kBuffered);
}

}  // namespace delivery
