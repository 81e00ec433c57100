#include "connectors/snapshot.h"

#include <set>

namespace connectors {

using engine::Errc;
using engine::Result;

Result<void> Snapshot::apply(const Slice& slice) {
  for (const RowChange& change : slice.rows) {
    auto row = projection_.project(change);
    if (!row) return row.take_error();
    if (!*row) continue;
    auto derived = cascade_.expand(**row);
    if (!derived) return derived.take_error();
    for (const RowChange& step : *derived) {
      if (auto applied = mirror_.apply(step); !applied) return applied;
    }
  }
  if (slice.reshaped.empty() && slice.altered.empty()) return engine::ok();
  std::set<std::string> again(slice.reshaped.begin(), slice.reshaped.end());
  for (const Alteration& alteration : slice.altered) {
    const auto table = mirror_.table(alteration.table);
    if (table && touches(alteration, *table)) again.insert(alteration.table);
  }
  for (const std::string& table : again) {
    if (auto reset = mirror_.set_progress(table, {}); !reset) return reset;
  }
  auto position = slice.position;
  position.source = source_name_;
  if (auto set = mirror_.set_position(position); !set) return set;
  if (auto committed = mirror_.commit(); !committed) return committed;
  look_again_ = true;
  return engine::fail(Errc::kConflict, "a table changed its shape during the snapshot");
}

Result<void> Snapshot::follow(const std::function<bool()>& there, std::uint64_t* rows) {
  bool between = true;  // transactions; one that has begun is followed to its end
  while (!between || !there()) {
    auto slice = source_.next(std::chrono::milliseconds(500));
    if (!slice) return slice.take_error();
    if (!*slice) continue;
    between = (*slice)->last;
    if (rows) *rows += (*slice)->rows.size();
    if (auto applied = apply(**slice); !applied) return applied;
  }
  auto position = source_.position();
  position.source = source_name_;
  return mirror_.set_position(position);
}

Result<void> Snapshot::catch_up(std::uint64_t sequence) {
  if (auto begun = mirror_.begin(); !begun) return begun;
  if (auto followed = follow([&] { return source_.position().sequence >= sequence; }); !followed) return followed;
  return mirror_.commit();
}

Result<void> Snapshot::follow_to_end(const std::function<bool(const SnapshotProgress&)>& told) {
  SnapshotProgress progress;
  for (bool ended = false; !ended;) {
    if (auto begun = mirror_.begin(); !begun) return begun;
    const auto enough = progress.rows + chunk_rows_;
    const auto there = [&] { return source_.at_end() || progress.rows >= enough; };
    if (auto followed = follow(there, &progress.rows); !followed) return followed;
    ended = source_.at_end();
    if (auto committed = mirror_.commit(); !committed) return committed;
    if (!told(progress)) return engine::fail(Errc::kCancelled, "stopped during the snapshot");
  }
  return engine::ok();
}

Result<void> Snapshot::copy(const TablePtr& table, SnapshotProgress& progress, const std::function<bool(const SnapshotProgress&)>& told) {
  for (;;) {
    auto stored = mirror_.progress(table->name);
    if (!stored) return stored.take_error();
    const TableProgress at = stored->value_or(TableProgress{});
    if (at.done) return engine::ok();
    auto chunk = source_.read_chunk(*table, at.last_key, chunk_rows_);
    if (!chunk) return chunk.take_error();
    if (auto begun = mirror_.begin(); !begun) return begun;
    if (auto followed = follow([&] { return source_.reached(chunk->position); }); !followed) return followed;
    if (auto replaced = mirror_.replace_range(*table, at.last_key, chunk->rows, chunk->last); !replaced) return replaced;
    TableProgress next{at.last_key, chunk->last};
    if (!chunk->rows.empty()) next.last_key = Mirror::key_of(*table, chunk->rows.back());
    if (auto noted = mirror_.set_progress(table->name, next); !noted) return noted;
    if (auto committed = mirror_.commit(); !committed) return committed;
    progress.rows += chunk->rows.size();
    if (!told(progress)) return engine::fail(Errc::kCancelled, "stopped during the snapshot");
  }
}

Result<void> Snapshot::fill(const std::vector<TablePtr>& tables, const std::function<bool(const SnapshotProgress&)>& told) {
  SnapshotProgress progress;
  progress.tables = tables.size();
  for (const TablePtr& table : tables) {
    if (auto copied = copy(table, progress, told); !copied) return copied;
    ++progress.tables_done;
    if (!told(progress)) return engine::fail(Errc::kCancelled, "stopped during the snapshot");
  }
  return engine::ok();
}

}  // namespace connectors
