#include "delivery/replay_ledger.h"

#include <utility>

namespace delivery {
namespace {

constexpr std::uint64_t kOffsetMark = 1ull << 63;

}  // namespace

DeadLetterId resend_number(feed::Offset offset) { return DeadLetterId{offset.value | kOffsetMark}; }

std::optional<feed::Offset> resent_offset(DeadLetterId number) {
  if (!(number.value & kOffsetMark)) return std::nullopt;
  return feed::Offset{number.value & ~kOffsetMark};
}

void ReplayLedger::expect(DeadLetterId number, ReplayDone done) {
  if (done) entries_[number].waiting.push_back(std::move(done));
}

void ReplayLedger::about(DeadLetterId number, feed::ResourceKey resource) { entries_[number].resource = std::move(resource); }

const feed::ResourceKey& ReplayLedger::resource(DeadLetterId number) const {
  static const feed::ResourceKey kUnknown;
  const auto found = entries_.find(number);
  return found == entries_.end() ? kUnknown : found->second.resource;
}

void ReplayLedger::settle(DeadLetterId number, const ReplayOutcome& outcome) {
  auto entry = entries_.extract(number);
  if (entry.empty()) return;
  for (const ReplayDone& done : entry.mapped().waiting) done(outcome);
}

void ReplayLedger::abandon() {
  const ReplayOutcome outcome{ReplayOutcome::Kind::kAbandoned, "the dispatcher has ended"};
  while (!entries_.empty()) settle(entries_.begin()->first, outcome);
}

}  // namespace delivery
