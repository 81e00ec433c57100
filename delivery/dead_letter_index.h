#pragma once
// What stands in dead_letter_index for a letter, written in the same batch as the letter itself.

#include <optional>

#include "delivery/dead_letters.h"

namespace delivery {

/// What decides which index entries a letter has.
struct DeadLetterState {
  DeadLetterStatus status = DeadLetterStatus::kFailed;
  engine::WallTime updated{};
};

/// Adds the entries of `letter`, and takes away those that the former state had and this one has not. `before`: nullopt for a new letter.
void put_index(engine::store::Batch& batch, engine::store::Family index, const DeadLetter& letter, const std::optional<DeadLetterState>& before);
/// Takes away all of them.
void erase_index(engine::store::Batch& batch, engine::store::Family index, const DeadLetter& letter);
/// Makes once what an index of an earlier version lacks, from the letters themselves; synced before it is called complete, so that a crash begins anew.
/// Reads one key where it is complete. Blocking. kUnsupported: the index is of a newer version; kMalformed: damage.
engine::Result<void> complete_index(engine::store::Store& store);

}  // namespace delivery
