#pragma once
// Who waits for which replay of an endpoint, and what it is about.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "delivery/dead_letters.h"

namespace delivery {

/// What became of one replay.
struct ReplayOutcome {
  enum class Kind : std::uint8_t {
    kDelivered,
    kFailed,     ///< its attempts are exhausted: it is a failed dead letter (again); `detail` says why
    kNothing,    ///< there was nothing to send: met before its turn, or no longer in the log
    kAbandoned,  ///< the dispatcher ended first
  };
  Kind kind = Kind::kDelivered;
  std::string detail{};
};
/// Called once, on the dispatcher's loop; must not block.
using ReplayDone = std::function<void(const ReplayOutcome&)>;

/// Replays of dead letters and of stored changes share the lanes of replays, which know them by one number: ids of dead letters are below 2^63 for
/// good, the numbers above stand for offsets.
DeadLetterId resend_number(feed::Offset offset);
/// The offset of such a number; nullopt: a dead letter's id.
std::optional<feed::Offset> resent_offset(DeadLetterId number);

/// Threads: one loop.
class ReplayLedger {
 public:
  /// `done` may be empty: nobody waits.
  void expect(DeadLetterId number, ReplayDone done);
  /// Known when its payload is read.
  void about(DeadLetterId number, feed::ResourceKey resource);
  /// Of the last about(); empty where there was none.
  const feed::ResourceKey& resource(DeadLetterId number) const;
  /// Tells everybody who waits for it and forgets it.
  void settle(DeadLetterId number, const ReplayOutcome& outcome);
  /// Tells whoever still waits kAbandoned.
  void abandon();

 private:
  struct Entry {
    std::vector<ReplayDone> waiting;
    feed::ResourceKey resource;
  };
  std::map<DeadLetterId, Entry> entries_;
};

}  // namespace delivery
