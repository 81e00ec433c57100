#include "app/operations/traffic_keeper.h"

#include "access/key_schema.h"
#include "app/operations/key_schema.h"
#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace app::operations {

namespace {
constexpr std::uint8_t kVersion = 1;
}  // namespace

TrafficKeeper::TrafficKeeper(engine::store::Store& store, trust::Traffic& traffic, engine::WallTime now)
    : store_(store), family_(store.family(trust::kOperationsFamily)), traffic_(traffic), ages_{now, now} {}

engine::Result<std::unique_ptr<TrafficKeeper>> TrafficKeeper::open(engine::store::Store& store, trust::Traffic& traffic, const engine::Clock& clock) {
  auto keeper = std::unique_ptr<TrafficKeeper>(new TrafficKeeper(store, traffic, engine::floor_seconds(clock.wall_now())));
  auto stored = store.get(keeper->family_, keys::kTraffic);
  if (!stored) return stored.take_error();
  if (!*stored) return keeper;
  engine::ByteCursor in(**stored);
  const auto version = in.big<std::uint8_t>();
  const auto since = in.big<std::uint64_t>();
  trust::TrafficCounts counts;
  for (auto& count : counts.of) count = in.varint();
  if (!in.ok() || !in.at_end() || version != kVersion) return engine::fail(in.blame(engine::Errc::kMalformed), "the stored traffic counters are damaged");
  keeper->ages_.counting_since = engine::WallTime(std::chrono::seconds(static_cast<std::int64_t>(since & 0xff'ffff'ffff)));
  traffic.restore(counts);
  return keeper;
}

engine::Result<void> TrafficKeeper::save() {
  std::string value;
  engine::ByteWriter write(value);
  write.big(kVersion).big(static_cast<std::uint64_t>(engine::unix_seconds(ages_.counting_since)));
  for (const auto count : traffic_.totals().of) write.varint(count);
  engine::store::Batch batch;
  batch.put(family_, keys::kTraffic, value);
  return store_.write(batch, engine::store::Durability::kBuffered);
}

}  // namespace app::operations
