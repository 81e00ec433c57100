#include "replay/webhook_probe.h"

#include <algorithm>

#include "engine/runtime/on_pool.h"
#include "replay/desk_keys.h"

namespace replay {
namespace {

using engine::Errc;
using engine::Result;

// Gives the turn back however the coroutine ends.
class Turn {
 public:
  explicit Turn(std::atomic<bool>& taken) : taken_(taken), mine_(!taken.exchange(true)) {}
  ~Turn() {
    if (mine_) taken_ = false;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  bool mine() const { return mine_; }

 private:
  std::atomic<bool>& taken_;
  const bool mine_;
};

}  // namespace

WebhookProbe::WebhookProbe(ProbingRooms rooms, std::string environment, KeptRows rows) : rooms_(std::move(rooms)), environment_(std::move(environment)), rows_(std::move(rows)) {}

Result<std::unique_ptr<WebhookProbe>> WebhookProbe::open(ProbingRooms rooms, std::string environment) {
  auto rows = KeptRows::open(rooms.store, kDeskFamily, kProbePrefix, kKept);
  if (!rows) return rows.take_error();
  return std::unique_ptr<WebhookProbe>(new WebhookProbe(std::move(rooms), std::move(environment), std::move(*rows)));
}

Result<std::chrono::seconds> WebhookProbe::wait(const std::string& endpoint) const {
  auto rows = rows_.newest(kKept);
  if (!rows) return rows.take_error();
  for (const auto& [id, bytes] : *rows) {
    auto run = decode_probe_run(id, bytes);
    if (!run) return run.take_error();
    if (run->endpoint != endpoint) continue;
    const auto left = std::chrono::ceil<std::chrono::seconds>(run->created + kCooldown - rooms_.clock.wall_now());
    return std::clamp(left, std::chrono::seconds{0}, kCooldown);  // a clock that was set back does not lock the probe up
  }
  return std::chrono::seconds{0};
}

Result<Way> WebhookProbe::may_run(const std::string& endpoint) const {
  auto way = way_to(rooms_, endpoint);
  if (!way) return way;
  auto left = wait(endpoint);
  if (!left) return left.take_error();
  if (left->count() > 0) return engine::fail(Errc::kConflict, "The last probe is too recent: try again in " + std::to_string(left->count()) + " seconds.");
  return way;
}

engine::Task<Result<ProbeRun>> WebhookProbe::run(TriggeredBy by, trust::Actor actor, std::string endpoint) {
  const Turn turn(running_);
  if (!turn.mine()) co_return engine::fail(Errc::kConflict, "A probe is under way.");
  const auto ask = [this, &endpoint] { return may_run(endpoint); };
  const auto way = co_await engine::on_pool(rooms_.blocking, ask);
  if (!way) co_return engine::fail(way.error().code, way.error().detail);
  ProbeRun run;
  run.created = engine::floor_seconds(rooms_.clock.wall_now());
  run.probe_id = probe_name("probe_", run.created, static_cast<std::uint32_t>(rooms_.random.u64()));
  run.event_id = probe_name("evt_webhook_probe_", run.created, static_cast<std::uint32_t>(rooms_.random.u64()));
  run.user_id = by.id;
  run.user_label = by.label;
  run.endpoint = endpoint;
  run.target_url = (*way)->url().text();
  run.payload = probe_payload(run, by, environment_);
  const delivery::Telling telling{run.event_id, "system", "webhook-probe", "probe", run.created};
  const auto outcome = co_await (*way)->send(telling, run.payload);
  run.delivered = outcome.success();
  run.http_status = outcome.status;
  if (!run.delivered) run.error = delivery::describe(outcome);
  auto keep = [this, &run, &actor] { return record(run, actor); };
  co_return co_await engine::on_pool(rooms_.blocking, keep);
}

Result<ProbeRun> WebhookProbe::record(ProbeRun run, const trust::Actor& actor) {
  run.id = rows_.next();
  trust::AuditEvent event;
  event.category = "webhook";
  event.action = "probe";
  event.outcome = run.delivered ? trust::AuditOutcome::kSuccess : trust::AuditOutcome::kError;
  event.actor = actor;
  event.entity_type = "webhook-probe";
  event.entity_id = run.probe_id;
  const std::string where = run.endpoint.empty() ? "" : " of endpoint " + run.endpoint;
  event.summary = run.delivered ? "The probe" + where + " was accepted." : "The probe" + where + " failed: " + run.error;
  engine::store::Batch batch;
  rows_.put(batch, encode(run));
  if (auto row = rooms_.audit.commit(batch, std::move(event)); !row) return row.take_error();
  rows_.wrote();
  return run;
}

Result<ProbeSummary> WebhookProbe::summary(const std::string& endpoint) const {
  auto rows = rows_.newest(kKept);
  if (!rows) return rows.take_error();
  ProbeSummary summary;
  for (const auto& [id, bytes] : *rows) {
    auto run = decode_probe_run(id, bytes);
    if (!run) return run.take_error();
    if (run->endpoint != endpoint) continue;
    ++summary.total;
    ++(run->delivered ? summary.delivered : summary.failed);
    if (!summary.last_attempt) summary.last_attempt = run->created;
    auto& last = run->delivered ? summary.last_delivered : summary.last_failed;
    if (!last) last = run->created;
    if (summary.newest.size() < kShown) summary.newest.push_back(std::move(*run));
  }
  return summary;
}

}  // namespace replay
