#pragma once
// Brings an endpoint what the log holds for it.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "delivery/attempt_log.h"
#include "delivery/breaker.h"
#include "delivery/dead_letters.h"
#include "delivery/endpoint.h"
#include "delivery/live_secrets.h"
#include "delivery/replay_ledger.h"
#include "delivery/selector.h"
#include "engine/net/transport.h"
#include "engine/runtime/timers.h"
#include "engine/store/store.h"
#include "engine/telemetry/incidents.h"
#include "feed/record_log.h"

namespace delivery {

class ChangeRouter;
class EndpointInterests;

/// Everything an operator asks first. One consistent-enough look; counters since this life began.
struct DispatcherStats {
  feed::Offset cursor;
  std::uint64_t lag = 0;                        ///< changes between cursor and high watermark
  std::chrono::microseconds oldest_age{0};      ///< of the oldest delivery that is known to be owed
  std::uint64_t in_flight = 0;
  std::uint64_t parked = 0;                     ///< waiting for a retry, or behind one
  std::uint64_t parked_keys = 0;                ///< what waits for its next attempt: one for each resource or replay
  std::uint64_t replays_waiting = 0;
  std::uint64_t delivered = 0;                  ///< 2xx
  std::uint64_t refused = 0;                    ///< another status
  std::uint64_t timed_out = 0;
  std::uint64_t unreachable = 0;                ///< every other failure
  std::uint64_t dead_letters = 0;
  std::uint64_t skipped = 0;                    ///< changes nobody is to be told of
  std::uint64_t storage_errors = 0;             ///< reads or writes that failed and were tried again
  Breaker::State breaker = Breaker::State::kClosed;
  bool gone = false;                            ///< the receiver has answered 410
  std::uint64_t sequence = 0;                   ///< of the last delivery below `cursor`
  std::size_t concurrency = 0;                  ///< attempts that may be in flight at once, as things are
  bool follows = false;                         ///< caught up: told by the router, reads only what it is told of
};

/// Adds the counters of `other`, and nothing of where it stands.
void add_counters(DispatcherStats& stats, const DispatcherStats& other);

/// One endpoint's deliveries. Reads the log from its durable cursor; changes of one ordering key (feed::Change::webhook_key) never overtake each
/// other, different keys go out in parallel up to `concurrency`, fewer while the receiver
/// says that it is too much (concurrency.h). A failing key parks and its followers park behind it.
/// What retention took before it was read leaves one dead letter for the range (lost_range.h) and an incident; the versions that are left are sent.
/// At least once: a crash repeats what was in flight or settled in the last instants, with the same event ids and bytes.
///
/// Threads: run() and everything it does live on one loop; wake(), replay(), resend(), stop(), stats() and oldest_needed() from any thread.
/// Destroyed on the loop or when the loop no longer runs; before run() has ended only if the loop never runs again.
class Dispatcher {
 public:
  /// What the dispatcher works with; all outlive it. `blocking` runs calls that touch disk: a pool in the program, the loop itself in tests.
  struct Rooms {
    asio::any_io_executor loop;
    asio::any_io_executor blocking;
    engine::Timers& timers;
    engine::net::Transport& transport;
    engine::store::Store& store;
    const feed::RecordLog& log;
    const Selector& selector;
    DeadLetters& dead_letters;
    std::uint64_t seed = 0;  ///< of the retry jitter
    engine::telemetry::IncidentSink* incidents = nullptr;  ///< told what a person has to know; may be absent
    AttemptLog* attempts = nullptr;                        ///< keeps what was sent and answered; may be absent
    /// Both or neither: once caught up, the endpoint follows the router instead of reading the log itself. `interests` is the selector.
    ChangeRouter* router = nullptr;
    const EndpointInterests* interests = nullptr;
    LiveSecrets* live_secrets = nullptr;                   ///< told what this life signs with and shows, as long as it lasts; may be absent
    std::function<void()> gone{};  ///< told once, on the loop, where a 410 ended the endpoint (EndpointConfig::ends_when_gone)
  };

  /// Reads the stored progress; an endpoint never seen before starts at the high watermark, and that is stored (synced).
  /// Blocking. kMalformed: configuration (every problem named) or stored bytes; otherwise the Store's errors.
  static engine::Result<std::unique_ptr<Dispatcher>> open(Rooms rooms, EndpointConfig config);
  ~Dispatcher();

  /// Delivers until stop(); returns when nothing is in flight and the cursor is stored. Spawn it once.
  engine::Task<void> run();
  /// Stores how far a quiet endpoint has come, where that has moved since: it need not read again what was not for it. Any thread.
  void keep_place();
  /// Drain: what is in flight ends, nothing new starts.
  void stop();
  /// The high watermark has moved.
  void wake();
  /// A dead letter of this endpoint has been queued for replay (durably). It goes through the same breaker and concurrency, in no lane's order.
  void replay(DeadLetterId id, ReplayDone done = {});
  /// The stored change of that offset once more, the same way: the same event id and body, attempts from one, a dead letter where they are exhausted.
  /// Not durable: whoever asks does so again after a restart.
  void resend(feed::Offset offset, ReplayDone done);

  DispatcherStats stats() const;
  /// The smallest offset that may still be read: retention stays below it.
  feed::Offset oldest_needed() const;

 private:
  class Impl;
  explicit Dispatcher(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;  // shared with wake-ups posted from other threads
};

}  // namespace delivery
