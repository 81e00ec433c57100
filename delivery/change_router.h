#pragma once
// Reads the log once for all endpoints that have caught up, and tells each only of what it wants.

#include <atomic>
#include <functional>
#include <vector>

#include "delivery/matcher.h"
#include "delivery/wake_signal.h"
#include "engine/runtime/timers.h"
#include "feed/record_log.h"

namespace delivery {

/// Threads: everything on one loop, but wake(), stop() and position() from any.
class ChangeRouter {
 public:
  using Slot = Matcher::Slot;
  struct Rooms {
    asio::any_io_executor loop;
    asio::any_io_executor blocking;  ///< for what the block cache does not hold
    engine::Timers& timers;
    const feed::RecordLog& log;
  };
  /// An endpoint that follows. Calls come on the loop, ascending.
  class Follower {
   public:
    virtual ~Follower() = default;
    /// A change that it wants. False: no room; it follows no longer, and reads from `offset` on for itself.
    virtual bool offer(feed::Offset offset) = 0;
  };

  explicit ChangeRouter(Rooms rooms);

  /// Routes until stop().
  engine::Task<void> run();
  void stop();
  /// The high watermark has moved.
  void wake();

  /// Everything below has been offered to those who follow. Never above what an offer under way leaves out.
  feed::Offset position() const { return feed::Offset{position_.load(std::memory_order_acquire)}; }
  /// From `from` on `follower` is offered what `wanted` names, until leave() or until it has no room. nullopt: the router is past `from`.
  std::optional<Slot> follow(Follower& follower, const Subscription& wanted, feed::Offset from);
  void leave(Slot slot);
  std::size_t followers() const { return following_; }

 private:
  struct Place {
    Follower* follower = nullptr;
    feed::Offset from;
  };
  engine::Task<void> advance();
  bool route(const feed::ChangeView& change, feed::Offset offset);

  const Rooms rooms_;
  Matcher matcher_;
  std::vector<Place> places_;
  std::vector<Slot> free_, matched_;
  std::size_t following_ = 0;
  std::atomic<std::uint64_t> position_{0};
  std::atomic<bool> stop_asked_{false}, woken_{false};
  WakeSignal work_;
};

}  // namespace delivery
