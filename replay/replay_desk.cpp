#include "replay/replay_desk.h"

#include <algorithm>

#include "replay/desk_keys.h"

namespace replay {
namespace {

constexpr const char* kNotConfigured = "Webhook delivery is not configured.";
constexpr const char* kLost = "The dead letter has no payload to replay: the change was no longer in the log.";

std::size_t clamp_limit(long long limit) { return static_cast<std::size_t>(limit <= 0 ? 100 : std::min(limit, 500ll)); }

}  // namespace

std::vector<std::string> families() { return {std::string(kDeskFamily)}; }

ReplayDesk::ReplayDesk(delivery::DeadLetters& letters, bool configured, Send send)
    : letters_(letters), configured_(configured), send_(std::move(send)) {}

engine::Result<ReplayDesk::One> ReplayDesk::queue(const delivery::DeadLetter& letter) {
  if (!configured_) return engine::fail(engine::Errc::kUnavailable, kNotConfigured);
  if (letter.cause == delivery::Cause::kLost) return engine::fail(engine::Errc::kConflict, kLost);
  auto queued = letters_.queue(letter.id);
  if (!queued) return queued.take_error();
  // Without a dispatcher for the endpoint the request waits, durably, for one: the dispatcher asks for queued letters when it starts.
  if (!queued->already) send_(queued->letter.endpoint, letter.id);
  return One{std::move(queued->letter), queued->already};
}

engine::Result<ReplayDesk::One> ReplayDesk::replay_one(delivery::DeadLetterId id) {
  auto letter = letters_.get(id);
  if (!letter) return letter.take_error();
  return queue(*letter);
}

engine::Result<ReplayDesk::All> ReplayDesk::replay_all(long long limit) {
  auto failed = letters_.list(delivery::DeadLetterStatus::kFailed, clamp_limit(limit));
  if (!failed) return failed.take_error();
  All all;
  all.attempted = failed->size();
  for (const delivery::DeadLetter& letter : *failed) {
    auto one = queue(letter);
    if (one && !one->already) all.replayed.push_back(letter.id);
    if (!one) all.errors.push_back("ID " + std::to_string(letter.id.value) + ": " + one.error().detail);
  }
  return all;
}

}  // namespace replay
