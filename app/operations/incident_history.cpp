#include "app/operations/incident_history.h"

#include <algorithm>

#include "access/key_schema.h"
#include "app/operations/key_schema.h"
#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace app::operations {

namespace {

std::string key_of(const std::string& thing) { return std::string(keys::kSighting) + thing; }

std::string encode(engine::WallTime at) {
  std::string value;
  engine::ByteWriter(value).big(static_cast<std::uint64_t>(engine::unix_seconds(at)));
  return value;
}

}  // namespace

IncidentHistory::IncidentHistory(engine::store::Store& store) : store_(store), family_(store.family(trust::kOperationsFamily)) {}

engine::Result<Sightings> IncidentHistory::read() const {
  Sightings found;
  const auto after = std::string(1, static_cast<char>(keys::kSighting[0] + 1));
  auto at = store_.iterate(family_, keys::kSighting, after);
  for (at.seek(keys::kSighting); at.valid(); at.next()) {
    engine::ByteCursor in(at.value());
    const auto seconds = static_cast<std::int64_t>(in.big<std::uint64_t>() & 0xff'ffff'ffff);
    if (in.ok()) found[std::string(at.key().substr(keys::kSighting.size()))] = engine::WallTime(std::chrono::seconds(seconds));
  }
  if (auto good = at.status(); !good) return good.take_error();
  return found;
}

engine::Result<void> IncidentHistory::renew(std::vector<IncidentItem>& items) {
  const std::lock_guard lock(renewing_);
  auto known = read();
  if (!known) return known.take_error();
  engine::store::Batch batch;
  for (const auto& item : items) {
    if (!known->contains(item.thing)) batch.put(family_, key_of(item.thing), encode(item.first_seen));
  }
  for (const auto& [thing, at] : *known) {
    if (std::none_of(items.begin(), items.end(), [&thing](const IncidentItem& item) { return item.thing == thing; })) batch.erase(family_, key_of(thing));
  }
  if (!batch.empty()) {
    if (auto written = store_.write(batch, engine::store::Durability::kBuffered); !written) return written;
  }
  date_back(items, *known);
  return engine::ok();
}

}  // namespace app::operations
