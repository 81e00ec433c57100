#include "delivery/dead_letter_index.h"

#include "delivery/dead_letter_note.h"
#include "delivery/key_schema.h"

namespace delivery {
namespace {

constexpr std::uint8_t kComplete = 1;  // notes of all letters, 'q' of the queued, 'd' of the delivered
constexpr std::size_t kBatchBytes = 1u << 20;

std::optional<std::string> state_key(const DeadLetter& letter, const DeadLetterState& state) {
  if (state.status == DeadLetterStatus::kQueued) return queued_key(letter.endpoint, letter.id);
  if (state.status == DeadLetterStatus::kDelivered) return delivered_key(state.updated, letter.id);
  return std::nullopt;
}

void put_state(engine::store::Batch& batch, engine::store::Family index, const DeadLetter& letter) {
  batch.put(index, status_key(letter.status, letter.id), {});
  if (const auto key = state_key(letter, {letter.status, letter.updated})) batch.put(index, *key, {});
}

void erase_state(engine::store::Batch& batch, engine::store::Family index, const DeadLetter& letter, const DeadLetterState& state) {
  batch.erase(index, status_key(state.status, letter.id));
  if (const auto key = state_key(letter, state)) batch.erase(index, *key);
}

void put_notes(engine::store::Batch& batch, engine::store::Family index, const DeadLetter& letter) {
  const auto note = encode(note_of(letter));
  batch.put(index, note_key(letter.id), note);
  batch.put(index, endpoint_note_key(letter.endpoint, letter.id), note);
}

}  // namespace

void put_index(engine::store::Batch& batch, engine::store::Family index, const DeadLetter& letter, const std::optional<DeadLetterState>& before) {
  if (!before) batch.put(index, event_key(letter.endpoint, letter.event_id), dead_letter_key(letter.id));
  if (before) erase_state(batch, index, letter, *before);  // of two writes to one key the later one counts
  put_state(batch, index, letter);
  put_notes(batch, index, letter);
}

void erase_index(engine::store::Batch& batch, engine::store::Family index, const DeadLetter& letter) {
  batch.erase(index, event_key(letter.endpoint, letter.event_id));
  erase_state(batch, index, letter, {letter.status, letter.updated});
  batch.erase(index, note_key(letter.id));
  batch.erase(index, endpoint_note_key(letter.endpoint, letter.id));
}

engine::Result<void> complete_index(engine::store::Store& store) {
  const auto letters = store.family(kDeadLetterFamily);
  const auto index = store.family(kDeadLetterIndexFamily);
  auto version = store.get(index, index_version_key());
  if (!version) return version.take_error();
  if (*version && (**version).size() != 1) return engine::fail(engine::Errc::kMalformed, "dead letter index: version");
  const std::uint8_t found = *version ? static_cast<std::uint8_t>((**version)[0]) : 0;
  if (found > kComplete) return engine::fail(engine::Errc::kUnsupported, "dead letter index: version " + std::to_string(found) + " is of a newer program");
  if (found == kComplete) return {};
  engine::store::Batch batch;
  auto walk = store.iterate(letters);
  for (walk.seek({}); walk.valid(); walk.next()) {
    auto letter = decode_dead_letter(DeadLetterId{trailing_number(walk.key()).value_or(0)}, walk.value());
    if (!letter) return letter.take_error();
    put_state(batch, index, *letter);
    put_notes(batch, index, *letter);
    if (batch.bytes() < kBatchBytes) continue;
    if (auto written = store.write(batch, engine::store::Durability::kBuffered); !written) return written;
    batch.clear();
  }
  if (auto read = walk.status(); !read) return read;
  batch.put(index, index_version_key(), std::string(1, static_cast<char>(kComplete)));
  return store.write(batch, engine::store::Durability::kSynced);
}

}  // namespace delivery
