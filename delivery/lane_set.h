#pragma once
// Which delivery may go out next, and how far an endpoint has come. Pure bookkeeping: no clock, no store, no socket.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/key_index.h"
#include "delivery/key_schema.h"
#include "engine/base/utc.h"
#include "feed/ids.h"
#include "feed/change.h"

namespace delivery {

/// One delivery owed to the endpoint.
struct Job {
  feed::Offset offset;
  std::uint64_t sequence = 0;
  feed::EventId event;
  feed::Action action = feed::Action::kNone;
  std::size_t counted = 0;   ///< of body_bytes(); the lanes' own
  std::string body;          ///< empty: to be rendered from the log, or read from the dead letter, before it is sent
  unsigned attempts = 0;     ///< charged so far
  bool tried = false;        ///< at least once since start, charged or not
  engine::WallTime appended{};
  bool parked = false;       ///< the cursor does not wait for it
  bool arrived = false;      ///< the receiver has it; only our own record of that is missing
  DeadLetterId replay{};     ///< not zero: the dead letter it is sent again for
};

/// The lanes of one endpoint: per ordering key at most one job is out, the others wait behind it in log order.
///
/// The window holds the offsets that were read and are not settled; its first one is the cursor. Parking a job takes it and its followers out of
/// the window: they become rows (take_rows) and keep their place in their lane. Restart: restore() every row, then add() from the cursor on.
///
/// Threads: one.
class LaneSet {
 private:
  struct Lane;

 public:
  explicit LaneSet(const Progress& start) : ahead_(start.ahead.begin(), start.ahead.end()), next_offset_(start.cursor), next_sequence_(start.sequence + 1) {}

  /// A job out of its lane, to be given back by exactly one of settle, park and put_back, with the body of a window's job untouched.
  struct Ticket {
    Job job;
    Lane* lane = nullptr;
    const std::string& key() const;         ///< type, NUL, id
    feed::ResourceKey resource() const;
  };

  /// Where reading goes on.
  feed::Offset next_offset() const { return next_offset_; }
  /// Everything below `next` has been read; what was not added is nobody's business.
  void read_up_to(feed::Offset next);
  /// A change to deliver, in offset order. Gets its sequence here. One that an earlier life parked or delivered beyond its cursor is not added again.
  void add(std::string_view type, std::string_view id, Job&& job);
  /// A stored row, in offset order, before anything is added. `due`: when its lane's head may go.
  void restore(const ParkedRow& row, engine::MonoTime due);
  /// A dead letter to send again: a lane of its own. One that waits already is not added again; one that is out is, once it is settled: the
  /// request may be newer than what came of the one before.
  void add_replay(DeadLetterId id);

  bool has_ready() const { return !ready_.empty(); }
  std::size_t ready() const { return ready_.size(); }
  Ticket take();  ///< the longest ready lane's head; has_ready() must hold
  /// The same, but a head that was never tried goes first: what failed before says less of the endpoint.
  Ticket take_probe();
  /// Gives back the job's body: its memory may serve another.
  std::string settle(Ticket&& ticket);
  /// The job waits until `due`, its followers behind it.
  void park(Ticket ticket, engine::MonoTime due, engine::WallTime due_wall);
  /// To the end of the ready lanes, nothing changed: the endpoint, not the job, is to blame.
  void put_back(Ticket ticket);

  /// Forgets the bodies that wait in the window: they are rendered again when their turn comes.
  void drop_bodies();

  std::optional<engine::MonoTime> next_due() const;
  /// Lanes whose wait is over become ready.
  void ring(engine::MonoTime now);

  /// Everything below it is settled or parked; sequence: deliveries owed below it.
  Progress progress() const;
  /// The same with what is settled or parked above it, so that a delivery that takes long makes no others repeat.
  Progress progress_to_store() const;
  /// Parked rows to store (or to remove: nullopt) since the last call.
  using Rows = std::map<feed::Offset, std::optional<ParkedRow>>;
  Rows take_rows() { return std::exchange(rows_, {}); }
  /// The rows could not be stored.
  void return_rows(Rows rows) { rows_.merge(rows); }
  bool has_rows() const { return !rows_.empty(); }

  std::size_t parked() const { return parked_.size(); }
  /// Keys whose head waits for its next attempt.
  std::size_t waiting_keys() const { return alarms_.size(); }
  std::size_t window() const { return window_.size(); }
  std::size_t body_bytes() const { return body_bytes_; }  ///< of the window's jobs
  std::size_t replays() const { return replays_; }
  /// The first parked offset; nullopt: none is parked.
  std::optional<feed::Offset> oldest_parked() const;
  /// When the oldest delivery owed was appended; nullopt: none is known.
  std::optional<engine::WallTime> oldest_appended() const;

 private:
  using Alarms = std::multimap<engine::MonoTime, Lane*>;
  struct Lane {
    std::string key;
    std::size_t hash = 0;  // of the key
    std::vector<Job> waiting;
    bool out = false;                    // a ticket holds the head
    bool again = false;                  // its replay was asked for once more meanwhile
    std::optional<Alarms::iterator> alarm;
  };
  struct Slot {
    feed::Offset offset;
    std::uint64_t sequence = 0;
    engine::WallTime appended{};
    bool settled = false;
  };
  Lane& lane(std::string_view type, std::string_view id);
  void forget(Lane& lane);
  Ticket take(std::deque<Lane*>::iterator ready);
  void start_replay(Lane& lane, DeadLetterId id);
  void make_ready(Lane& lane);
  void leave_window(feed::Offset offset);
  void store_parked(const Lane& lane, Job& job, engine::WallTime due_wall);

  KeyIndex<Lane> lanes_;
  std::vector<std::unique_ptr<Lane>> spare_;  // lanes that ended, for the next ones
  std::string key_;                           // being looked up
  std::deque<Lane*> ready_;
  Alarms alarms_;
  std::deque<Slot> window_;
  std::map<feed::Offset, engine::WallTime> parked_;  // and when it was appended
  Rows rows_;
  std::deque<feed::Offset> ahead_;  // an earlier life's, as far as not read again
  feed::Offset next_offset_;
  std::uint64_t next_sequence_;
  std::size_t replays_ = 0;
  std::size_t body_bytes_ = 0;
};

}  // namespace delivery
