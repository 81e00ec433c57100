#include "replay/replay_desk.h"

#include <algorithm>

#include "replay/desk_keys.h"
#include "replay/job_store.h"

namespace replay {
namespace {

constexpr const char* kNotConfigured = "Webhook delivery is not configured.";
constexpr const char* kLost = "The dead letter has no payload to replay: the change was no longer in the log.";

std::size_t clamp_limit(long long limit) { return static_cast<std::size_t>(limit <= 0 ? 100 : std::min(limit, 500ll)); }

trust::AuditEvent replay_event(const delivery::DeadLetter& letter, const trust::Actor& actor) {
  trust::AuditEvent event;
  event.category = "delivery.replay";
  event.action = "dead_letter";
  event.outcome = trust::AuditOutcome::kSuccess;
  event.actor = actor;
  event.entity_type = "dead_letter";
  event.entity_id = std::to_string(letter.id.value);
  event.summary = "Dead letter " + event.entity_id + " goes to " + letter.endpoint + " again: " + feed::text(letter.event_id);
  return event;
}

}  // namespace

std::vector<std::string> families() { return {kJobFamily, std::string(kDeskFamily)}; }

ReplayDesk::ReplayDesk(delivery::DeadLetters& letters, bool configured, Send send, trust::AuditLog* audit)
    : ReplayDesk(letters, [configured](const std::string&) { return configured; }, std::move(send), audit) {}

ReplayDesk::ReplayDesk(delivery::DeadLetters& letters, Configured configured, Send send, trust::AuditLog* audit)
    : letters_(letters), configured_(std::move(configured)), send_(std::move(send)), audit_(audit) {}

engine::Result<ReplayDesk::One> ReplayDesk::queue(const delivery::DeadLetter& letter, const trust::Actor& actor) {
  if (!configured_(letter.endpoint)) return engine::fail(engine::Errc::kUnavailable, kNotConfigured);
  if (letter.cause == delivery::Cause::kLost) return engine::fail(engine::Errc::kConflict, kLost);
  delivery::DeadLetters::Commit commit;
  if (audit_) {
    commit = [this, &letter, &actor](engine::store::Batch& batch) -> engine::Result<void> {
      if (auto row = audit_->commit(batch, replay_event(letter, actor)); !row) return row.take_error();
      return {};
    };
  }
  auto queued = letters_.queue(letter.id, commit);
  if (!queued) return queued.take_error();
  // Without a dispatcher for the endpoint the request waits, durably, for one: the dispatcher asks for queued letters when it starts.
  if (!queued->already) send_(queued->letter.endpoint, letter.id);
  return One{std::move(queued->letter), queued->already};
}

engine::Result<ReplayDesk::One> ReplayDesk::replay_one(delivery::DeadLetterId id, const trust::Actor& actor) {
  auto letter = letters_.get(id);
  if (!letter) return letter.take_error();
  return queue(*letter, actor);
}

engine::Result<ReplayDesk::All> ReplayDesk::replay_all(long long limit, const trust::Actor& actor) {
  auto failed = letters_.list(delivery::DeadLetterStatus::kFailed, clamp_limit(limit));
  if (!failed) return failed.take_error();
  All all;
  all.attempted = failed->size();
  for (const delivery::DeadLetter& letter : *failed) {
    auto one = queue(letter, actor);
    if (one && !one->already) all.replayed.push_back(letter.id);
    if (!one) all.errors.push_back("ID " + std::to_string(letter.id.value) + ": " + one.error().detail);
  }
  return all;
}

}  // namespace replay
