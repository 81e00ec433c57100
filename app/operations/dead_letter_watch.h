#pragma once
// Tells of deliveries that were given up since it last looked (contract craft-agents-governance 6.5).

#include <memory>

#include "app/operations/notifications.h"
#include "delivery/dead_letters.h"

namespace app::operations {

/// Where it stands is written together with what it queues, so each new dead letter is told once, also over a crash.
/// Threads: one at a time. Blocking.
class DeadLetterWatch {
 public:
  static constexpr std::size_t kAtOnce = 100;

  /// The first time ever it starts behind what is there. All outlive this.
  static engine::Result<std::unique_ptr<DeadLetterWatch>> open(engine::store::Store& store, const delivery::DeadLetters& letters, Notifications& notifications);

  /// Looks at up to kAtOnce new ones; gives how many messages were queued. kFull: too many wait; it goes on from there the next time.
  engine::Result<std::size_t> look();

 private:
  DeadLetterWatch(engine::store::Store& store, const delivery::DeadLetters& letters, Notifications& notifications);
  engine::Result<void> stand_behind_all();
  void remember(engine::store::Batch& batch, delivery::DeadLetterId id) const;

  engine::store::Store& store_;
  engine::store::Family family_;
  const delivery::DeadLetters& letters_;
  Notifications& notifications_;
  delivery::DeadLetterId last_{0};
};

}  // namespace app::operations
