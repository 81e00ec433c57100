#include "delivery/dead_letters.h"

#include <algorithm>

#include "delivery/dead_letter_index.h"
#include "delivery/dead_letter_note.h"
#include "delivery/key_schema.h"
#include "engine/base/byte_writer.h"

namespace delivery {
namespace {

constexpr std::size_t kErrorBytes = 65'535;  // contract 16.8

// Beyond every key that begins with `prefix` and a number.
std::string after(std::string prefix) { return prefix.append(9, '\xff'); }

}  // namespace

std::string_view name(DeadLetterStatus status) {
  switch (status) {
    case DeadLetterStatus::kFailed: return "failed";
    case DeadLetterStatus::kQueued: return "queued";
    case DeadLetterStatus::kDelivered: return "delivered";
  }
  return "failed";
}

std::optional<DeadLetterStatus> parse_status(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (auto status : {DeadLetterStatus::kFailed, DeadLetterStatus::kQueued, DeadLetterStatus::kDelivered}) {
    if (lower == name(status)) return status;
  }
  return std::nullopt;
}

DeadLetters::DeadLetters(engine::store::Store& store, const engine::Clock& clock)
    : store_(store), clock_(clock), letters_(store.family(kDeadLetterFamily)), index_(store.family(kDeadLetterIndexFamily)) {}

engine::Result<std::unique_ptr<DeadLetters>> DeadLetters::open(engine::store::Store& store, const engine::Clock& clock) {
  std::unique_ptr<DeadLetters> letters(new DeadLetters(store, clock));
  auto newest = store.iterate(letters->letters_);
  newest.seek_for_prev(after({}));
  if (newest.valid()) letters->next_id_ = trailing_number(newest.key()).value_or(0) + 1;
  if (auto read = newest.status(); !read) return read.take_error();
  if (auto made = complete_index(store); !made) return made.take_error();
  if (letters->newest() == DeadLetterId{}) return letters;
  auto last = letters->note(letters->newest());
  if (!last) return last.take_error();
  letters->newest_created_ = last->created;
  return letters;
}

DeadLetterId DeadLetters::newest() const { return DeadLetterId{next_id_.load(std::memory_order_acquire) - 1}; }

engine::Result<DeadLetterNote> DeadLetters::note(DeadLetterId id) const {
  auto bytes = store_.get(index_, note_key(id));
  if (!bytes) return bytes.take_error();
  if (!*bytes) return engine::fail(engine::Errc::kMalformed, "dead letter " + std::to_string(id.value) + " has no note");
  return decode_note(id, **bytes);
}

engine::Result<void> DeadLetters::visit(const Range& range, const std::function<bool(const DeadLetterNote&)>& visit) const {
  const auto key = [&range](DeadLetterId id) { return range.endpoint.empty() ? note_key(id) : endpoint_note_key(range.endpoint, id); };
  if (range.below.value <= range.above.value + 1) return {};
  auto walk = store_.iterate(index_, key(DeadLetterId{range.above.value + 1}), key(range.below));
  if (range.newest_first) {
    walk.seek_for_prev(key(DeadLetterId{range.below.value - 1}));
  } else {
    walk.seek(key(DeadLetterId{range.above.value + 1}));
  }
  while (walk.valid()) {
    auto note = decode_note(DeadLetterId{trailing_number(walk.key()).value_or(0)}, walk.value());
    if (!note) return note.take_error();
    if (!visit(*note)) break;
    range.newest_first ? walk.prev() : walk.next();
  }
  return walk.status();
}

engine::Result<DeadLetterId> DeadLetters::first_since(engine::WallTime t) const {
  std::uint64_t low = 1, high = newest().value + 1;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    std::optional<DeadLetterNote> there;  // or the next one: some are erased
    const auto take = [&there](const DeadLetterNote& note) {
      there = note;
      return false;
    };
    if (auto read = visit({.above = DeadLetterId{middle - 1}, .below = DeadLetterId{high}, .newest_first = false}, take); !read) return read.take_error();
    if (there && there->created < t) low = there->id.value + 1;
    else high = middle;
  }
  return DeadLetterId{low};
}

engine::Result<std::optional<DeadLetterId>> DeadLetters::find(const std::string& endpoint, feed::EventId event) const {
  auto found = store_.get(index_, event_key(endpoint, event));
  if (!found) return found.take_error();
  if (!*found) return std::optional<DeadLetterId>{};
  const auto id = trailing_number(**found);
  if (!id) return engine::fail(engine::Errc::kMalformed, "dead letter index: event");
  return std::optional<DeadLetterId>{DeadLetterId{*id}};
}

engine::Result<void> DeadLetters::write(const DeadLetter& letter, const std::optional<DeadLetterState>& before, const Commit& commit) {
  engine::store::Batch batch;
  batch.put(letters_, dead_letter_key(letter.id), encode(letter));
  put_index(batch, index_, letter, before);
  return commit ? commit(batch) : store_.write(batch, engine::store::Durability::kSynced);
}

engine::Result<DeadLetterId> DeadLetters::record_failure(const DeadLetter& failure) {
  const std::lock_guard lock(writing_);
  auto known = find(failure.endpoint, failure.event_id);
  if (!known) return known.take_error();
  DeadLetter letter = failure;
  std::optional<DeadLetterState> before;
  letter.created = std::max(clock_.wall_now(), newest_created_);  // a clock that was set back does not mix up the order
  letter.id = DeadLetterId{next_id_};
  if (*known) {
    auto old = get(**known);
    if (!old) return old.take_error();
    letter.id = old->id;
    letter.key = std::move(old->key);
    letter.action = old->action;
    letter.offset = old->offset;
    letter.created = old->created;
    letter.attempts = std::max(letter.attempts, old->attempts);
    before = DeadLetterState{old->status, old->updated};
  }
  letter.status = DeadLetterStatus::kFailed;
  letter.updated = clock_.wall_now();
  if (letter.last_error.size() > kErrorBytes) letter.last_error.resize(kErrorBytes);
  if (auto written = write(letter, before); !written) return written.take_error();
  if (!before) {
    newest_created_ = letter.created;
    next_id_.fetch_add(1, std::memory_order_release);
  }
  return letter.id;
}

engine::Result<DeadLetters::Queued> DeadLetters::queue(DeadLetterId id, const Commit& commit) {
  const std::lock_guard lock(writing_);
  auto letter = get(id);
  if (!letter) return letter.take_error();
  if (letter->status == DeadLetterStatus::kQueued) return Queued{std::move(*letter), true};
  const DeadLetterState before{letter->status, letter->updated};
  letter->status = DeadLetterStatus::kQueued;
  letter->last_error.clear();
  letter->updated = clock_.wall_now();
  if (auto written = write(*letter, before, commit); !written) return written.take_error();
  return Queued{std::move(*letter), false};
}

engine::Result<void> DeadLetters::mark_delivered(DeadLetterId id) {
  const std::lock_guard lock(writing_);
  auto letter = get(id);
  if (!letter) return letter.take_error();
  const DeadLetterState before{letter->status, letter->updated};
  letter->status = DeadLetterStatus::kDelivered;
  letter->updated = clock_.wall_now();
  return write(*letter, before);
}

engine::Result<std::uint64_t> DeadLetters::erase_delivered(engine::WallTime before, std::size_t limit, const CommitErased& commit) {
  const std::lock_guard lock(writing_);
  engine::store::Batch batch;
  std::uint64_t erased = 0;
  {  // no reader is open while the batch is written
    auto walk = store_.iterate(index_, delivered_tag(), delivered_key(before, DeadLetterId{}));
    for (walk.seek(delivered_tag()); walk.valid() && erased < limit; walk.next()) {
      const DeadLetterId id{trailing_number(walk.key()).value_or(0)};
      if (id == newest()) continue;
      auto letter = get(id);
      if (!letter) return letter.take_error();
      erase_index(batch, index_, *letter);
      batch.erase(letters_, dead_letter_key(id));
      ++erased;
    }
    if (auto read = walk.status(); !read) return read.take_error();
  }
  if (erased == 0) return erased;
  if (auto written = commit(batch, erased); !written) return written.take_error();
  return erased;
}

engine::Result<DeadLetter> DeadLetters::get(DeadLetterId id) const {
  auto bytes = store_.get(letters_, dead_letter_key(id));
  if (!bytes) return bytes.take_error();
  if (!*bytes) return engine::fail(engine::Errc::kNotFound, "no dead letter " + std::to_string(id.value));
  return decode_dead_letter(id, **bytes);
}

engine::Result<std::vector<DeadLetter>> DeadLetters::list(std::optional<DeadLetterStatus> status, std::size_t limit) const {
  const std::string prefix = status ? status_prefix(*status) : std::string();
  std::vector<DeadLetter> found;
  auto walk = store_.iterate(status ? index_ : letters_, prefix, status ? after(prefix) : std::string());
  for (walk.seek_for_prev(after(prefix)); walk.valid() && found.size() < limit; walk.prev()) {
    const DeadLetterId id{trailing_number(walk.key()).value_or(0)};
    auto letter = status ? get(id) : decode_dead_letter(id, walk.value());
    if (!letter && letter.error().code == engine::Errc::kNotFound) continue;  // erased beside this walk
    if (!letter) return letter.take_error();
    if (!status || letter->status == *status) found.push_back(std::move(*letter));  // it may have moved on beside this walk
  }
  if (auto read = walk.status(); !read) return read.take_error();
  return found;
}

engine::Result<std::vector<DeadLetterId>> DeadLetters::ids(DeadLetterStatus status, DeadLetterId after_id, std::size_t limit) const {
  return ids_in(status_prefix(status), status_key(status, DeadLetterId{after_id.value + 1}), limit);
}

engine::Result<std::vector<DeadLetterId>> DeadLetters::queued(std::string_view endpoint, DeadLetterId after_id, std::size_t limit) const {
  return ids_in(queued_prefix(endpoint), queued_key(endpoint, DeadLetterId{after_id.value + 1}), limit);
}

engine::Result<std::vector<DeadLetterId>> DeadLetters::ids_in(const std::string& prefix, const std::string& from, std::size_t limit) const {
  std::vector<DeadLetterId> found;
  auto walk = store_.iterate(index_, prefix, after(prefix));
  for (walk.seek(from); walk.valid() && found.size() < limit; walk.next()) {
    found.push_back(DeadLetterId{trailing_number(walk.key()).value_or(0)});
  }
  if (auto read = walk.status(); !read) return read.take_error();
  return found;
}

}  // namespace delivery
