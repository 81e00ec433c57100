#include "app/operations/dead_letter_counts.h"

namespace app::operations {

using engine::Result;

namespace {

constexpr std::size_t kIdsAtOnce = 10'000;
constexpr std::size_t kLettersForRetries = 1'000;  // payloads are read along, so the sum of retries covers the newest only

Result<std::uint64_t> count_with(const delivery::DeadLetters& letters, delivery::DeadLetterStatus status) {
  std::uint64_t count = 0;
  delivery::DeadLetterId after{0};
  for (;;) {
    auto ids = letters.ids(status, after, kIdsAtOnce);
    if (!ids) return ids.take_error();
    count += ids->size();
    if (ids->size() < kIdsAtOnce) return count;
    after = ids->back();
  }
}

}  // namespace

Result<DeadLetterCounts> count_dead_letters(const delivery::DeadLetters& letters) {
  auto failed = count_with(letters, delivery::DeadLetterStatus::kFailed);
  if (!failed) return failed.take_error();
  auto queued = count_with(letters, delivery::DeadLetterStatus::kQueued);
  if (!queued) return queued.take_error();
  auto newest = letters.list(std::nullopt, kLettersForRetries);
  if (!newest) return newest.take_error();
  DeadLetterCounts counts{*failed, *queued, 0};
  for (const auto& letter : *newest) counts.retries += letter.attempts > 1 ? letter.attempts - 1 : 0;
  return counts;
}

}  // namespace app::operations
