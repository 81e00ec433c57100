#include "app/surfaces/admin/endpoint_json.h"

#include "app/surfaces/admin/json_parts.h"
#include "delivery/breaker.h"

namespace app::admin {

namespace {

using engine::JsonWriter;

void write_settings(JsonWriter& json, const delivery::EndpointRecord& record) {
  json.key("owner").string(record.owner);
  json.key("description").string(record.description);
  write_texts(json, "resourceTypes", record.wanted.types);
  write_texts(json, "actions", record.wanted.actions);
  json.key("where").begin_array();
  for (const auto& predicate : record.wanted.where) json.string(delivery::text(predicate));
  json.end_array();
  json.key("form").string(delivery::name(record.form));
  json.key("standardHeaders").boolean(record.standard_headers);
  json.key("publicKey");
  record.public_key.empty() ? json.null() : json.string(record.public_key);
  json.key("headers").begin_array();
  for (const auto& header : record.headers) json.string(header.name);  // values may be secret
  json.end_array();
  json.key("timeoutSeconds").number(std::int64_t{record.timeout.count() / 1000});
  json.key("concurrency").number(std::int64_t{record.concurrency});
  json.key("ratePerMinute").number(static_cast<std::int64_t>(record.rate * 60 + 0.5));
  json.key("burst").number(static_cast<std::int64_t>(record.burst));
  json.key("maxAttempts").number(std::int64_t{record.max_attempts});
  json.key("retrySchedule").begin_array();
  for (const auto wait : record.schedule) json.number(std::int64_t{wait.count() / 1000});
  json.end_array();
  json.key("maxAgeSeconds").number(std::int64_t{record.max_age.count() / 1000});
  json.key("state").string(delivery::name(record.state));
  json.key("stateReason").string(record.state_reason);
  json.key("secrets").begin_array();
  for (const auto& secret : record.secrets) {
    json.begin_object().key("number").number(std::int64_t{secret.number}).key("dateCreated").string(engine::rfc3339(secret.created));
    write_instant(json, "until", secret.until);
    json.end_object();
  }
  json.end_array();
  json.key("dateCreated").string(engine::rfc3339(record.created));
  json.key("dateUpdated").string(engine::rfc3339(record.updated));
}

void write_progress(JsonWriter& json, const delivery::DispatcherStats& stats) {
  json.begin_object();
  json.key("cursor").number_u64(stats.cursor.value);
  json.key("sequence").number_u64(stats.sequence);
  json.key("lag").number_u64(stats.lag);
  json.key("oldestAgeSeconds").number(std::int64_t{stats.oldest_age.count() / 1'000'000});
  json.key("inFlight").number_u64(stats.in_flight);
  json.key("parked").number_u64(stats.parked);
  json.key("delivered").number_u64(stats.delivered);
  json.key("failed").number_u64(stats.refused + stats.timed_out + stats.unreachable);
  json.key("deadLetters").number_u64(stats.dead_letters);
  json.key("concurrency").number_u64(stats.concurrency);
  json.key("circuit").string(delivery::name(stats.breaker));
  json.end_object();
}

}  // namespace

void write_endpoint(JsonWriter& json, const delivery::EndpointStatus& endpoint) {
  json.begin_object();
  json.key("name").string(endpoint.record.name);
  json.key("url").string(endpoint.record.url);
  json.key("standard").boolean(endpoint.standard);
  json.key("running").boolean(endpoint.running);
  json.key("ownerUsable").boolean(endpoint.owner_usable);
  if (!endpoint.standard) write_settings(json, endpoint.record);
  json.key("progress");
  write_progress(json, endpoint.stats);
  json.end_object();
}

std::string revealed_json(const delivery::EndpointStatus& endpoint, const engine::Secret& secret) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().key("endpoint");
  write_endpoint(json, endpoint);
  json.key("revealedSecret").begin_object();
  json.key("name").string(endpoint.record.name);
  json.key("secret").string(secret.reveal());
  json.end_object().end_object();
  return out;
}

std::string seek_json(const std::string& name, const delivery::SeekPlan& plan, bool done) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("name").string(name);
  json.key("from").number_u64(plan.from.value);
  json.key("to").number_u64(plan.to.value);
  json.key("changes").number_u64(plan.changes);
  json.key("deliveries").number_u64(plan.deliveries);
  json.key("exact").boolean(plan.exact);
  json.key("effect").string(plan.to == plan.from ? "none" : plan.forward() ? "left out" : "sent again");
  json.key("done").boolean(done);
  json.end_object();
  return out;
}

}  // namespace app::admin
