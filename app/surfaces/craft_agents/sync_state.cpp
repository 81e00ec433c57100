#include <simdjson.h>

#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "engine/runtime/on_pool.h"
#include "feed/checkpoint_lag.h"
#include "feed/feed_reader.h"

namespace app::craft_agents {

namespace {

using engine::JsonWriter;
using engine::WallTime;

constexpr std::size_t kKeyBytes = 64;
constexpr std::size_t kResourceBytes = 32;
constexpr std::size_t kCursorBytes = 16 * 1024;
constexpr std::size_t kMetadataBytes = 16 * 1024;
constexpr std::string_view kLegacyCredential = "default";
constexpr std::int64_t kRetryWhenFullSeconds = 60;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ':' || c == '_' || c == '-' || c == '.';
}

/// Contract 15.4.
std::string normal_key(std::string_view text) { return trust::normal_handle(text).substr(0, kKeyBytes); }

/// Contract 15.3: lower case, other characters dropped.
std::string normal_resource(std::string_view text) {
  std::string resource = engine::net::ascii_lower(text);
  std::erase_if(resource, [](char c) { return !is_name_character(c); });
  return resource.substr(0, kResourceBytes);
}

/// RFC 3339 in either case, "YYYY-MM-DD" and "YYYY-MM-DD HH:MM:SS" (UTC); nullopt for anything else.
std::optional<WallTime> lenient_instant(std::optional<std::string_view> text) {
  if (!text) return std::nullopt;
  std::string upper(*text);
  for (char& c : upper) c = c == 't' ? 'T' : c == 'z' ? 'Z' : c;
  if (auto instant = engine::parse_rfc3339(upper)) return instant;
  if (upper.size() == 10) upper += " 00:00:00";
  return engine::parse_sql_datetime(upper);
}

/// The body's `metadata` as JSON; empty for an empty one and for what is neither object nor array.
std::string metadata_of(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::element metadata;
  if (parser.parse(body.data(), body.size())["metadata"].get(metadata)) return {};
  simdjson::dom::object object;
  simdjson::dom::array array;
  if (!metadata.get(object)) return object.size() == 0 ? std::string() : simdjson::minify(metadata);
  if (!metadata.get(array)) return array.size() == 0 ? std::string() : simdjson::minify(metadata);
  return {};
}

struct Binding {
  std::string key;
  std::string problem;  ///< empty: `key` is the caller's
};

/// Contract 15.4.
Binding bind(const trust::Principal& principal, std::size_t live_credentials, std::string_view sent) {
  auto key = normal_key(sent);
  if (principal.anonymous()) {
    if (key.empty()) return {{}, "`integrationKey` is required while token authentication is disabled."};
    return {std::move(key), {}};
  }
  auto own = normal_key(principal.id());
  if (own == kLegacyCredential) {
    if (live_credentials > 1) return {{}, "The legacy token cannot record checkpoints beside other credentials; use a dedicated credential."};
    if (key.empty()) return {{}, "`integrationKey` is required for the legacy token."};
    return {std::move(key), {}};
  }
  if (!key.empty() && key != own) return {{}, "`integrationKey` must match the authenticated credential id `" + own + "`."};
  return {std::move(own), {}};
}

void write_row(JsonWriter& json, const feed::Checkpoint& row, const feed::FeedReader& reader, WallTime now) {
  const auto text_or_null = [&json](const std::optional<std::string>& text) { text ? json.string(*text) : json.null(); };
  const auto lag = feed::lag_seconds(row, now);
  json.begin_object();
  json.key("id").number_u64(row.id.value);
  json.key("integrationKey").string(row.integration);
  json.key("resourceType").string(row.resource);
  json.key("cursor");
  text_or_null(row.cursor);
  json.key("updatedSince");
  text_or_null(row.since ? std::optional(engine::rfc3339(*row.since)) : std::nullopt);
  json.key("checkpointAt").string(engine::rfc3339(row.at));
  json.key("lagSeconds").number(lag);
  json.key("lagBucket").string(feed::lag_bucket(lag));
  json.key("metadata").raw(row.metadata.empty() ? std::string_view("{}") : std::string_view(row.metadata));
  json.key("dateCreated").string(engine::rfc3339(row.created));
  json.key("dateUpdated").string(engine::rfc3339(row.updated));
  json.key("changesBehind");
  const auto behind = row.cursor ? reader.changes_behind(*row.cursor) : engine::fail(engine::Errc::kNotFound);
  behind ? json.number_u64(*behind) : json.null();
  json.end_object();
}

trust::Refusal explain(const engine::Error& error) {
  if (error.code == engine::Errc::kConflict) return refused(trust::Reason::kInvalid, error.detail);
  if (error.code != engine::Errc::kFull) return refused(trust::Reason::kInternal);
  auto refusal = refused(trust::Reason::kNotReady, "The disk is full; the checkpoint was not recorded. Retry later.");
  refusal.retry_after_seconds = kRetryWhenFullSeconds;
  return refusal;
}

}  // namespace

Task<Reply> sync_lag(const Service& service, CallContext& call) {
  const auto& checkpoints = service.rooms.checkpoints;
  const auto integration = normal_key(call.arguments.text("integrationKey").value_or(""));
  const auto resource = normal_resource(call.arguments.text("resourceType").value_or(""));
  auto read = [&checkpoints, &integration, &resource] { return checkpoints.list(integration, resource); };
  auto rows = co_await engine::on_pool(service.rooms.pool, read);
  if (!rows) co_return refused(trust::Reason::kInternal);

  feed::keep_longest_lag(*rows, static_cast<std::size_t>(call.arguments.integer("limit").value_or(200)), call.now);
  std::string data;
  JsonWriter json(data);
  json.begin_array();
  for (const auto& row : *rows) write_row(json, row, service.rooms.feed, call.now);
  json.end_array();
  trust::Answer answer;
  answer.body = success(data, call.request_id, R"({"count":)" + std::to_string(rows->size()) + "}");
  co_return answer;
}

Task<Reply> record_checkpoint(const Service& service, CallContext& call) {
  const auto live = service.gate->credentials();
  auto binding = bind(call.principal, live ? live->size() : 0, call.arguments.text("integrationKey").value_or(""));
  if (!binding.problem.empty()) co_return refused(trust::Reason::kInvalid, std::move(binding.problem));
  feed::Checkpoint report;
  report.integration = std::move(binding.key);
  report.resource = normal_resource(call.arguments.text("resourceType").value_or(""));
  if (report.resource.empty()) co_return refused(trust::Reason::kInvalid, "`resourceType` is required.");
  if (const auto cursor = call.arguments.text("cursor")) report.cursor = std::string(*cursor);
  if (report.cursor && report.cursor->size() > kCursorBytes) {
    co_return refused(trust::Reason::kInvalid, "`cursor` is too long; at most " + std::to_string(kCursorBytes) + " bytes are kept.");
  }
  report.metadata = metadata_of(call.request.body);
  if (report.metadata.size() > kMetadataBytes) {
    co_return refused(trust::Reason::kInvalid, "`metadata` is too large; at most " + std::to_string(kMetadataBytes) + " bytes of JSON are kept.");
  }
  report.since = lenient_instant(call.arguments.text("updatedSince"));
  report.at = lenient_instant(call.arguments.text("checkpointAt")).value_or(call.now);

  auto& checkpoints = service.rooms.checkpoints;
  auto work = [&checkpoints, &report, now = call.now] { return checkpoints.record(std::move(report), now); };
  const auto row = co_await engine::on_pool(service.rooms.pool, work);
  if (!row) co_return explain(row.error());
  std::string data;
  JsonWriter json(data);
  write_row(json, *row, service.rooms.feed, call.now);
  trust::Answer answer;
  answer.body = success(data, call.request_id);
  co_return answer;
}

}  // namespace app::craft_agents
