#include "app/operations/dead_letter_watch.h"

#include "access/key_schema.h"
#include "app/operations/key_schema.h"
#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace app::operations {

using delivery::DeadLetterId;
using engine::Result;

DeadLetterWatch::DeadLetterWatch(engine::store::Store& store, const delivery::DeadLetters& letters, Notifications& notifications)
    : store_(store), family_(store.family(trust::kOperationsFamily)), letters_(letters), notifications_(notifications) {}

Result<std::unique_ptr<DeadLetterWatch>> DeadLetterWatch::open(engine::store::Store& store, const delivery::DeadLetters& letters,
                                                               Notifications& notifications) {
  auto watch = std::unique_ptr<DeadLetterWatch>(new DeadLetterWatch(store, letters, notifications));
  auto stored = store.get(watch->family_, keys::kDeadLetter);
  if (!stored) return stored.take_error();
  if (*stored) {
    watch->last_ = DeadLetterId{engine::ByteCursor(**stored).big<std::uint64_t>()};
  } else if (auto behind = watch->stand_behind_all(); !behind) {
    return behind.take_error();
  }
  return watch;
}

void DeadLetterWatch::remember(engine::store::Batch& batch, DeadLetterId id) const {
  std::string value;
  engine::ByteWriter(value).big(id.value);
  batch.put(family_, keys::kDeadLetter, value);
}

Result<void> DeadLetterWatch::stand_behind_all() {
  auto newest = letters_.list(std::nullopt, 1);
  if (!newest) return newest.take_error();
  if (!newest->empty()) last_ = newest->front().id;
  engine::store::Batch batch;
  remember(batch, last_);
  return store_.write(batch, engine::store::Durability::kSynced);
}

Result<std::size_t> DeadLetterWatch::look() {
  auto ids = letters_.ids(delivery::DeadLetterStatus::kFailed, last_, kAtOnce);
  if (!ids) return ids.take_error();
  std::size_t queued = 0;
  for (const auto id : *ids) {
    const auto letter = letters_.get(id);
    engine::store::Batch along;
    remember(along, id);
    if (!letter && letter.error().code != engine::Errc::kNotFound) return engine::fail(letter.error().code, letter.error().detail);
    if (letter) {
      auto told = notifications_.queue(webhook_dead_letter(*letter), along);
      if (!told) return told.take_error();
      queued += *told;
    }
    last_ = id;
  }
  return queued;
}

}  // namespace app::operations
