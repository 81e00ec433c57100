#include "replay/test_sink.h"

#include <algorithm>

#include "delivery/signing_keys.h"
#include "engine/base/cut_text.h"
#include "engine/base/json_writer.h"
#include "engine/runtime/on_pool.h"
#include "replay/desk_keys.h"
#include "replay/probe_run.h"

namespace replay {
namespace {

using delivery::Verification;
using engine::Errc;
using engine::Result;

void cut(std::string& text, std::size_t bytes) { text.resize(engine::cut_text(text, bytes).size()); }

std::string_view path_of(const engine::net::Url& url) { return std::string_view(url.target).substr(0, url.target.find('?')); }

std::string test_payload(std::string_view event_id, engine::WallTime at) {
  std::string body;
  engine::JsonWriter json(body);
  json.begin_object();
  json.key("id").string(event_id);
  json.key("occurredAt").instant(at);
  json.key("resourceType").string("entry");
  json.key("resourceId").string("webhook-test-sink-probe");
  json.key("action").string("updated");
  json.key("updatedAt").instant(at);
  json.key("snapshot").begin_object().key("title").string("Webhook test sink probe").key("updatedAt").instant(at).end_object();
  json.key("subscriptions").raw(R"({"mode":"firehose","credentialHandles":[]})");
  json.end_object();
  return body;
}

trust::AuditEvent told(std::string action, trust::Actor actor, std::string summary) {
  trust::AuditEvent event;
  event.category = "webhook";
  event.action = std::move(action);
  event.outcome = trust::AuditOutcome::kSuccess;
  event.actor = std::move(actor);
  event.entity_type = "webhook-test-sink";
  event.summary = std::move(summary);
  return event;
}

}  // namespace

bool leads_to(const engine::net::Url& hook, const std::string& sink_url) {
  const auto sink = engine::net::parse_url(sink_url);
  return sink && hook.scheme == sink->scheme && hook.host == sink->host && hook.port == sink->port && path_of(hook) == path_of(*sink);
}

TestSink::Keys::Keys(const delivery::EndpointConfig& endpoint) : secrets(endpoint.secrets) {
  for (const auto& secret : endpoint.secrets) {
    if (auto bytes = delivery::standard_secret(secret)) standard.secrets.push_back(std::move(*bytes));
  }
  for (const auto& text : endpoint.signing_keys) {
    if (const auto key = delivery::standard_signing_key(text)) standard.public_keys.emplace_back(engine::crypto::bytes_of(key->public_key()));
  }
}

TestSink::TestSink(ProbingRooms rooms, const delivery::EndpointConfig& endpoint, KeptRows rows) : rooms_(std::move(rooms)), keys_(endpoint), rows_(std::move(rows)) {}

Result<std::unique_ptr<TestSink>> TestSink::open(ProbingRooms rooms, const delivery::EndpointConfig& endpoint) {
  auto rows = KeptRows::open(rooms.store, kDeskFamily, kCapturePrefix, kKept);
  if (!rows) return rows.take_error();
  return std::unique_ptr<TestSink>(new TestSink(std::move(rooms), endpoint, std::move(*rows)));
}

Verification TestSink::verdict(const Keys& keys, const Capture& received) {
  const auto contract = delivery::verify_contract(keys.secrets, delivery::contract_proof(received.headers), received.body);
  return contract == Verification::kUnsigned ? delivery::verify_standard(keys.standard, delivery::standard_proof(received.headers), received.body) : contract;
}

// Valid where it is by anybody's keys who sends here.
Result<CaptureStatus> TestSink::judge(const Capture& received) const {
  std::vector<Keys> all;
  if (!keys_.empty()) all.push_back(keys_);
  if (rooms_.senders_to_sink) {
    auto others = rooms_.senders_to_sink();
    if (!others) return others.take_error();
    for (const auto& endpoint : *others) all.emplace_back(endpoint);
  }
  if (all.empty()) return CaptureStatus::kSecretMissing;
  auto status = CaptureStatus::kUnsigned;
  for (const auto& keys : all) {
    const auto found = verdict(keys, received);
    if (found == Verification::kValid) return CaptureStatus::kValid;
    if (found != Verification::kUnsigned) status = CaptureStatus::kInvalid;
  }
  return status;
}

Result<Capture> TestSink::capture(Capture received) {
  auto status = judge(received);
  if (!status) return status.take_error();
  received.status = *status;
  received.created = engine::floor_seconds(rooms_.clock.wall_now());
  if (received.event_id.empty()) received.event_id = delivery::contract_proof(received.headers).id;
  if (received.event_id.empty()) received.event_id = delivery::standard_proof(received.headers).id;
  cut(received.event_id, 64);
  cut(received.resource_type, 32);
  cut(received.resource_id, 64);
  cut(received.action, 16);
  cut(received.content_type, 128);
  cut(received.user_agent, 255);
  const std::lock_guard lock(writing_);
  received.id = rows_.next();
  engine::store::Batch batch;
  rows_.put(batch, encode(received));
  if (auto written = rooms_.store.write(batch, engine::store::Durability::kSynced); !written) return written.take_error();
  rows_.wrote();
  return received;
}

Result<SinkSummary> TestSink::summary() const {
  auto rows = rows_.newest(kKept);
  if (!rows) return rows.take_error();
  SinkSummary summary;
  for (const auto& [id, bytes] : *rows) {
    auto capture = decode_capture(id, bytes);
    if (!capture) return capture.take_error();
    ++summary.total;
    switch (capture->status) {
      case CaptureStatus::kValid: ++summary.valid; break;
      case CaptureStatus::kInvalid: ++summary.invalid; break;
      case CaptureStatus::kUnsigned: ++summary.unsigned_; break;
      case CaptureStatus::kSecretMissing: ++summary.secret_missing; break;
    }
    if (!summary.last_captured) summary.last_captured = capture->created;
    if (summary.newest.size() < kShown) summary.newest.push_back(std::move(*capture));
  }
  return summary;
}

Result<std::size_t> TestSink::clear(trust::Actor actor) {
  const std::lock_guard lock(writing_);
  auto cleared = rows_.clear();
  if (!cleared) return cleared.take_error();
  if (auto row = rooms_.audit.append(told("sink.clear", std::move(actor), std::to_string(*cleared) + " captures removed.")); !row) return row.take_error();
  return cleared;
}

bool TestSink::leads_to(const std::string& sink_url) const { return rooms_.direct && replay::leads_to(rooms_.direct->url(), sink_url); }

engine::Task<Result<Capture>> TestSink::send_test(std::string sink_url, trust::Actor actor, std::string endpoint) {
  const auto ask = [this, &endpoint] { return way_to(rooms_, endpoint); };
  const auto way = co_await engine::on_pool(rooms_.blocking, ask);
  if (!way) co_return engine::fail(way.error().code, way.error().detail);
  if (!replay::leads_to((*way)->url(), sink_url)) {
    co_return engine::fail(Errc::kConflict, std::string(endpoint.empty() ? "The webhook URL" : "The endpoint's URL") + " is not the test sink's: set it to " + sink_url);
  }
  const auto at = engine::floor_seconds(rooms_.clock.wall_now());
  const auto event_id = probe_name("evt_test_sink_probe_", at, static_cast<std::uint32_t>(rooms_.random.u64()));
  const delivery::Telling telling{event_id, "entry", "webhook-test-sink-probe", "updated", at};
  const auto outcome = co_await (*way)->send(telling, test_payload(event_id, at));
  auto look = [this, &event_id, &outcome, &actor] { return find(event_id, outcome, actor); };
  co_return co_await engine::on_pool(rooms_.blocking, look);
}

Result<Capture> TestSink::find(const std::string& event_id, const delivery::Outcome& outcome, const trust::Actor& actor) {
  auto event = told("sink.test", actor, outcome.success() ? "A test event was sent." : "A test event was sent: " + delivery::describe(outcome));
  if (!outcome.success()) event.outcome = trust::AuditOutcome::kError;
  event.entity_id = event_id;
  if (auto row = rooms_.audit.append(std::move(event)); !row) return row.take_error();
  auto rows = rows_.newest(kKept);
  if (!rows) return rows.take_error();
  for (const auto& [id, bytes] : *rows) {
    auto capture = decode_capture(id, bytes);
    if (capture && capture->event_id == event_id) return capture;
  }
  return engine::fail(Errc::kNotFound, outcome.success() ? "The test event was accepted, but not by this sink." : delivery::describe(outcome));
}

}  // namespace replay
