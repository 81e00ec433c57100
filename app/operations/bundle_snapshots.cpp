#include <simdjson.h>

#include <algorithm>

#include "app/operations/bundle_parts.h"
#include "app/operations/report_json.h"

namespace app::operations {

using engine::JsonWriter;

namespace {

constexpr std::size_t kErrorBytes = 1024;

/// What an integration keeps beside its checkpoint is its own ([FIX] of 5.7); so is its cursor, which opens a place in the feed.
void write_consumers(JsonWriter& json, const Diagnostics& bundle) {
  const auto summary = feed::summarise_lag(bundle.checkpoints, bundle.at);
  json.begin_object();
  json.key("summary").begin_object();
  json.key("count").number_u64(summary.count);
  json.key("healthy").number_u64(summary.healthy);
  json.key("warning").number_u64(summary.warning);
  json.key("critical").number_u64(summary.critical);
  json.key("maxLagSeconds").number_u64(summary.max_seconds);
  json.end_object();
  json.key("rows").begin_array();
  for (const auto& row : bundle.checkpoints) {
    const auto lag = feed::lag_seconds(row, bundle.at);
    json.begin_object();
    json.key("id").number_u64(row.id.value);
    json.key("integrationKey").string(row.integration);
    json.key("resourceType").string(row.resource);
    json.key("cursor");
    row.cursor ? json.string(kRedacted) : json.null();
    json.key("updatedSince");
    time_or_null(json, row.since);
    json.key("checkpointAt").string(engine::rfc3339(row.at));
    json.key("lagSeconds").number(lag);
    json.key("lagBucket").string(feed::lag_bucket(lag));
    json.key("metadata").begin_object();
    if (!row.metadata.empty()) json.key("redacted").boolean(true);
    json.end_object();
    json.key("dateCreated").string(engine::rfc3339(row.created));
    json.key("dateUpdated").string(engine::rfc3339(row.updated));
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

/// The envelope of an event, without its snapshot; a member that is no text is null.
void write_payload_meta(JsonWriter& json, const std::string& payload) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  const bool readable = !parser.parse(payload).get(root);
  json.begin_object();
  for (const char* key : {"id", "occurredAt", "resourceType", "resourceId", "action", "updatedAt"}) {
    std::string_view text;
    json.key(key);
    readable && !root[key].get(text) ? json.string(text) : json.null();
  }
  json.end_object();
}

void write_webhooks(JsonWriter& json, const Diagnostics& bundle, const Redactor& redact) {
  const auto with = [&](delivery::DeadLetterStatus status) {
    return static_cast<std::uint64_t>(
        std::count_if(bundle.letters.begin(), bundle.letters.end(), [status](const delivery::DeadLetter& letter) { return letter.status == status; }));
  };
  const auto text = [&json](std::string_view key, std::string_view value) {
    json.key(key);
    value.empty() ? json.null() : json.string(value);
  };
  json.begin_object();
  json.key("total").number_u64(bundle.letters.size());
  json.key("failed").number_u64(with(delivery::DeadLetterStatus::kFailed));
  json.key("queued").number_u64(with(delivery::DeadLetterStatus::kQueued));
  json.key("events").begin_array();
  for (std::size_t i = 0; i < std::min(bundle.letters.size(), Diagnostics::kLettersShown); ++i) {
    const auto& letter = bundle.letters[i];
    json.begin_object();
    json.key("id").number_u64(letter.id.value);
    json.key("eventId").string(feed::text(letter.event_id));
    text("resourceType", letter.key.type);
    text("resourceId", letter.key.id);
    text("action", letter.action == feed::Action::kNone ? std::string_view{} : feed::name(letter.action));
    json.key("status").string(delivery::name(letter.status));
    json.key("attempts").number(letter.attempts);
    text("lastError", redact(letter.last_error).substr(0, kErrorBytes));
    json.key("dateCreated").string(engine::rfc3339(letter.created));
    json.key("dateUpdated").string(engine::rfc3339(letter.updated));
    json.key("payloadMeta");
    write_payload_meta(json, letter.payload);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace

void write_bundle_snapshots(JsonWriter& json, const Diagnostics& bundle, const Runtime& runtime, const CounterAges& ages, const Redactor& redact) {
  json.begin_object();
  json.key("security");
  write_posture(json, bundle.posture, runtime);
  json.key("readiness").begin_object();
  json.key("health").begin_object();
  write_health_members(json, bundle.readiness, runtime.version, runtime.settings, bundle.at);
  json.end_object();
  json.key("summary");
  write_readiness(json, bundle.readiness, runtime, bundle.at);
  json.key("diagnostics");
  write_readiness_details(json, bundle.readiness, runtime, bundle.at);
  json.end_object();
  json.key("consumers");
  write_consumers(json, bundle);
  json.key("webhooks");
  write_webhooks(json, bundle, redact);
  json.key("observability");
  write_metrics(json, metric_series(bundle.metrics), bundle.reliability, ages);
  json.key("reliability");
  write_reliability(json, bundle.reliability);
  json.key("lifecycle");
  write_lifecycle(json, bundle.lifecycle, runtime, &redact);
  json.key("adoption");
  write_adoption(json, bundle.metrics.adoption);
  json.end_object();
}

}  // namespace app::operations
