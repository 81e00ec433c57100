#include "replay/desk_retention.h"

#include "engine/base/utc.h"

namespace replay {
namespace {

constexpr std::size_t kLettersAtOnce = 500;  // of one write
constexpr std::size_t kWrites = 4;
constexpr std::size_t kEndpoints = 200;

trust::AuditEvent erased_event(std::uint64_t erased, engine::WallTime before) {
  trust::AuditEvent event;
  event.category = "delivery.retention";
  event.action = "dead_letters_erased";
  event.outcome = trust::AuditOutcome::kSuccess;
  event.actor = {"system", "system:retention", "", ""};
  event.entity_type = "dead_letter";
  event.summary = std::to_string(erased) + " dead letters that arrived before " + engine::rfc3339(before) + " were erased";
  event.metadata = "{\"erased\":" + std::to_string(erased) + "}";
  return event;
}

}  // namespace

engine::Result<std::uint64_t> DeskRetention::sweep() {
  auto swept = rooms_.attempts.sweep(swept_, kEndpoints);
  if (!swept) return swept.take_error();
  swept_ = std::move(*swept);
  if (keep_delivered_.count() == 0) return std::uint64_t{0};
  const auto before = rooms_.clock.wall_now() - keep_delivered_;
  const auto commit = [&](engine::store::Batch& batch, std::uint64_t erased) -> engine::Result<void> {
    if (auto row = rooms_.audit.commit(batch, erased_event(erased, before)); !row) return row.take_error();
    return engine::ok();
  };
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < kWrites; ++i) {
    auto erased = rooms_.letters.erase_delivered(before, kLettersAtOnce, commit);
    if (!erased) return erased.take_error();
    all += *erased;
    if (*erased < kLettersAtOnce) break;
  }
  return all;
}

}  // namespace replay
