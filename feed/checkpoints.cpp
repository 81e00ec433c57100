#include "feed/checkpoints.h"

#include <algorithm>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"
#include "feed/key_schema.h"

namespace feed {
namespace {

using engine::Errc;
using engine::WallTime;

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kCursorFlag = 1, kSinceFlag = 2;

void put(engine::ByteWriter& write, WallTime t) { write.big(static_cast<std::uint64_t>(t.time_since_epoch().count())); }
WallTime take_time(engine::ByteCursor& in) {
  return WallTime{std::chrono::microseconds{static_cast<std::int64_t>(in.big<std::uint64_t>())}};
}

}  // namespace

std::string encode_checkpoint(const Checkpoint& row) {
  std::string bytes;
  engine::ByteWriter write(bytes);
  write.big(kVersion).varint(row.id.value);
  write.big(static_cast<std::uint8_t>((row.cursor ? kCursorFlag : 0) | (row.since ? kSinceFlag : 0)));
  if (row.cursor) write.text(*row.cursor);
  if (row.since) put(write, *row.since);
  put(write, row.at);
  write.text(row.metadata);
  put(write, row.created);
  put(write, row.updated);
  return bytes;
}

engine::Result<Checkpoint> decode_checkpoint(std::string_view key, std::string_view value) {
  const auto malformed = [] { return engine::fail(Errc::kMalformed, "checkpoint: damaged row"); };
  auto names = decode_checkpoint_key(key);
  if (!names) return malformed();
  engine::ByteCursor in(value);
  const auto version = in.big<std::uint8_t>();
  if (version > kVersion) return engine::fail(Errc::kUnsupported, "checkpoint: version " + std::to_string(version));
  Checkpoint row;
  row.integration = std::move(names->integration);
  row.resource = std::move(names->resource);
  row.id = CheckpointId{in.varint()};
  const auto flags = in.big<std::uint8_t>();
  if (flags & kCursorFlag) row.cursor = std::string(in.text());
  if (flags & kSinceFlag) row.since = take_time(in);
  row.at = take_time(in);
  row.metadata = in.text();
  row.created = take_time(in);
  row.updated = take_time(in);
  if (version != kVersion || flags > (kCursorFlag | kSinceFlag) || !in.ok() || !in.at_end()) return malformed();
  return row;
}

Checkpoints::Checkpoints(engine::store::Store& store) : store_(store), rows_(store.family(kCheckpointsFamily)) {}

engine::Result<std::unique_ptr<Checkpoints>> Checkpoints::open(engine::store::Store& store) {
  std::unique_ptr<Checkpoints> checkpoints(new Checkpoints(store));
  auto walk = store.iterate(checkpoints->rows_);
  for (walk.seek({}); walk.valid(); walk.next()) {
    auto row = decode_checkpoint(walk.key(), walk.value());
    if (!row) return row.take_error();
    checkpoints->known_.emplace(walk.key(), Identity{row->id, row->created});
    checkpoints->next_id_ = std::max(checkpoints->next_id_, row->id.value + 1);
  }
  if (auto read = walk.status(); !read) return read.take_error();
  return checkpoints;
}

engine::Result<Checkpoints::Identity> Checkpoints::identify(const std::string& key, std::string_view integration, WallTime now) {
  const std::lock_guard lock(naming_);
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  const auto prefix = checkpoint_prefix(integration);
  const auto rows = std::distance(known_.lower_bound(prefix), known_.lower_bound(after_prefix(prefix)));
  if (static_cast<std::size_t>(rows) >= kResourcesPerIntegration) {
    return engine::fail(Errc::kConflict, "An integration keeps at most " + std::to_string(kResourcesPerIntegration) + " resource types.");
  }
  const Identity identity{CheckpointId{next_id_++}, now};
  known_.emplace(key, identity);
  return identity;
}

engine::Result<Checkpoint> Checkpoints::record(Checkpoint report, WallTime now) {
  now = engine::floor_seconds(now);
  const auto key = checkpoint_key(report.integration, report.resource);
  const auto identity = identify(key, report.integration, now);
  if (!identity) return tl::unexpected<engine::Error>(identity.error());
  report.id = identity->id;
  report.created = identity->created;
  report.updated = now;
  report.at = engine::floor_seconds(report.at);
  if (report.since) report.since = engine::floor_seconds(*report.since);
  engine::store::Batch batch;
  batch.put(rows_, key, encode_checkpoint(report));
  if (auto written = store_.write(batch, engine::store::Durability::kSynced); !written) return written.take_error();
  return report;
}

engine::Result<std::vector<Checkpoint>> Checkpoints::list(std::string_view integration, std::string_view resource) const {
  const auto prefix = integration.empty() ? std::string() : checkpoint_prefix(integration);
  std::vector<Checkpoint> rows;
  auto walk = store_.iterate(rows_, prefix, prefix.empty() ? prefix : after_prefix(prefix));
  for (walk.seek(prefix); walk.valid(); walk.next()) {
    auto row = decode_checkpoint(walk.key(), walk.value());
    if (!row) return row.take_error();
    if (resource.empty() || row->resource == resource) rows.push_back(std::move(*row));
  }
  if (auto read = walk.status(); !read) return read.take_error();
  return rows;
}

}  // namespace feed
