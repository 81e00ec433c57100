#include "access/audit/audit_row.h"

#include <algorithm>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"
#include "engine/base/json_writer.h"
#include "engine/base/text_codec.h"

namespace trust {
namespace {

constexpr std::uint8_t kVersion = 1;

}  // namespace

std::string_view name(AuditOutcome outcome) {
  switch (outcome) {
    case AuditOutcome::kInfo: return "info";
    case AuditOutcome::kSuccess: return "success";
    case AuditOutcome::kWarning: return "warning";
    case AuditOutcome::kError: return "error";
  }
  return "info";
}

std::string encode_audit_row(const AuditRow& row) {
  std::string bytes;
  engine::ByteWriter write(bytes);
  const auto& event = row.event;
  write.big(kVersion).big(row.id.value).big(static_cast<std::uint64_t>(engine::unix_seconds(row.at)));
  write.text(event.category).text(event.action).big(static_cast<std::uint8_t>(event.outcome));
  write.text(event.actor.type).text(event.actor.id).text(event.actor.request_id).text(event.actor.address);
  write.text(event.entity_type).text(event.entity_id).text(event.summary).text(event.metadata);
  return bytes;
}

std::string encode_stored(const AuditRow& row) { return encode_audit_row(row).append(engine::crypto::bytes_of(row.mac)); }

engine::Result<AuditRow> decode_stored(AuditId id, std::string_view value) {
  engine::ByteCursor in(value);
  const auto version = in.big<std::uint8_t>();
  if (in.ok() && version > kVersion) return engine::fail(engine::Errc::kUnsupported, "audit row: version " + std::to_string(version));
  AuditRow row;
  row.id = AuditId{in.big<std::uint64_t>()};
  const auto seconds = in.big<std::uint64_t>();
  const bool far = seconds >> 40 != 0;  // beyond what a wall clock holds
  row.at = engine::WallTime{std::chrono::seconds{far ? 0 : static_cast<std::int64_t>(seconds)}};
  auto& event = row.event;
  event.category = in.text();
  event.action = in.text();
  const auto outcome = in.big<std::uint8_t>();
  event.outcome = static_cast<AuditOutcome>(outcome);
  for (auto* text : {&event.actor.type, &event.actor.id, &event.actor.request_id, &event.actor.address, &event.entity_type, &event.entity_id, &event.summary, &event.metadata}) {
    *text = in.text();
  }
  const auto mac = in.take(row.mac.size());
  if (!in.ok() || !in.at_end() || version != kVersion || outcome > 3 || far || row.id != id) return engine::fail(in.blame(engine::Errc::kMalformed), "audit row: damaged");
  std::copy(mac.begin(), mac.end(), row.mac.begin());
  return row;
}

std::string audit_json(const AuditRow& row) {
  std::string out;
  engine::JsonWriter json(out);
  const auto& event = row.event;
  json.begin_object();
  json.key("id").number_u64(row.id.value);
  json.key("at").string(engine::rfc3339(row.at));
  json.key("category").string(event.category);
  json.key("action").string(event.action);
  json.key("outcome").string(name(event.outcome));
  json.key("actorType").string(event.actor.type);
  json.key("actorId").string(event.actor.id);
  json.key("requestId").string(event.actor.request_id);
  json.key("ipAddress").string(event.actor.address);
  json.key("entityType").string(event.entity_type);
  json.key("entityId").string(event.entity_id);
  json.key("summary").string(event.summary);
  json.key("metadata").raw(event.metadata.empty() ? std::string_view("{}") : std::string_view(event.metadata));
  json.key("mac").string(engine::to_hex(engine::crypto::bytes_of(row.mac)));
  json.end_object();
  return out;
}

}  // namespace trust
