#include "access/audit/audit_log.h"

#include "app/surfaces/admin/handlers.h"
#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "engine/base/text_codec.h"
#include "engine/runtime/on_pool.h"

namespace app::admin {

namespace {

using craft_agents::refused;
using craft_agents::success;
using trust::AuditId;
using trust::Reason;

std::uint64_t number(const CallContext& call, std::string_view name, std::uint64_t otherwise) {
  const auto value = call.arguments.integer(name);
  return value ? static_cast<std::uint64_t>(*value) : otherwise;
}

}  // namespace

Task<Reply> list_audit(const AdminRooms& rooms, CallContext& call) {
  const auto text = [&call](std::string_view name) { return std::string(call.arguments.text(name).value_or("")); };
  const trust::AuditFilter filter{text("category"), text("actorId"), text("entityType"), text("entityId"), AuditId{number(call, "before", 0)}};
  const auto limit = static_cast<std::size_t>(number(call, "limit", 100));
  auto read = [&] { return rooms.audit.list(filter, limit); };
  const auto rows = co_await engine::on_pool(rooms.pool, read);
  if (!rows) co_return refused(Reason::kInternal);
  std::string data = "[";
  for (const auto& row : *rows) data.append(data.size() > 1 ? "," : "").append(trust::audit_json(row));
  data += ']';
  co_return trust::Answer{success(data, call.request_id, R"({"count":)" + std::to_string(rows->size()) + "}")};
}

Task<Reply> verify_audit(const AdminRooms& rooms, CallContext& call) {
  auto check = [&rooms] { return rooms.audit.verify(); };
  const auto verdict = co_await engine::on_pool(rooms.pool, check);
  if (!verdict) co_return refused(Reason::kInternal);
  std::string data;
  engine::JsonWriter json(data);
  json.begin_object();
  json.key("holds").boolean(verdict->holds());
  json.key("rows").number_u64(verdict->rows);
  json.key("head").string(engine::to_hex(engine::crypto::bytes_of(verdict->head)));
  json.key("brokenAt");
  verdict->broken ? json.number_u64(verdict->broken->value) : json.null();
  json.key("problem");
  verdict->holds() ? json.null() : json.string(verdict->problem);
  json.end_object();
  co_return trust::Answer{success(data, call.request_id)};
}

Task<Reply> export_audit(const AdminRooms& rooms, CallContext& call) {
  const AuditId from{number(call, "from", 1)};
  const auto limit = number(call, "limit", 10'000);
  auto collect = [&]() -> engine::Result<std::string> {
    std::string lines;
    std::uint64_t taken = 0;
    const auto take = [&](const trust::AuditRow& row) {
      lines.append(trust::audit_json(row)).append("\n");
      return ++taken < limit;
    };
    if (auto read = rooms.audit.read(from, take); !read) return read.take_error();
    return lines;
  };
  auto lines = co_await engine::on_pool(rooms.pool, collect);
  if (!lines) co_return refused(Reason::kInternal);
  trust::Answer answer{std::move(*lines)};
  answer.headers.push_back({"Content-Type", "application/x-ndjson"});
  co_return answer;
}

}  // namespace app::admin
