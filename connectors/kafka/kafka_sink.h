#pragma once
// The feed as a topic: every change that readers of the feed may see, in order, keyed by its resource.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "connectors/kafka/kafka_options.h"
#include "engine/base/clock.h"
#include "engine/telemetry/incidents.h"
#include "feed/change_log.h"

namespace connectors {

/// Where a sink keeps how far it is.
struct SinkProgress {
  std::function<engine::Result<std::optional<feed::Offset>>()> load;
  std::function<engine::Result<void>(feed::Offset next)> save;
};

struct KafkaSinkStats {
  std::uint64_t lag = 0;         ///< changes between the acknowledged ones and the high watermark
  std::chrono::microseconds oldest_age{0};  ///< since the oldest of them was appended
  std::uint64_t published = 0;   ///< acknowledged since start
  std::uint64_t failures = 0;    ///< times it had to begin again from its cursor
  std::size_t in_flight = 0;
  bool connected = false;        ///< the last record was acknowledged, or none was needed
  std::string last_error;        ///< of the present trouble
};

/// Key: "TYPE/ID". Value: JSON with offset, eventId, resourceType, resourceId, action, updatedAt, committedAt, origin, and snapshot unless deleted. Header
/// "offset": the change's, which lets a reader drop repeats.
///
/// An idempotent producer: repeats on the way to the broker write nothing twice, and the order of a key holds. The cursor moves behind what is acknowledged, without a gap; after
/// a crash, or where a record could not be placed, everything behind it is sent again.
///
/// Threads: run() on its own thread; stop(), wake(), stats() and oldest_needed() from any. Blocking: run(), until stop().
class KafkaSink {
 public:
  /// References outlive the sink.
  KafkaSink(KafkaSinkOptions options, const feed::ChangeLog& log, SinkProgress progress, const engine::Clock& clock, engine::telemetry::IncidentSink& incidents);
  ~KafkaSink();
  void run();
  void stop();
  void wake();  ///< something was appended
  KafkaSinkStats stats() const;  ///< reads the log where it is behind
  /// Retention must not pass this.
  feed::Offset oldest_needed() const { return feed::Offset{cursor_.load(std::memory_order_acquire)}; }

 private:
  struct Session;
  engine::Result<void> begin();
  engine::Result<void> publish_session();
  engine::Result<bool> send_some(Session& session);
  engine::Result<void> settle(Session& session, bool force);
  bool wait(std::chrono::milliseconds duration);
  void publish_stats(const std::function<void(KafkaSinkStats&)>& change);

  const KafkaSinkOptions options_;
  const feed::ChangeLog& log_;
  const SinkProgress progress_;
  const engine::Clock& clock_;
  engine::telemetry::IncidentSink& incidents_;
  std::atomic<std::uint64_t> cursor_{0};  // the first offset that is not acknowledged
  std::atomic<bool> stopped_{false};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool news_ = false;
  KafkaSinkStats stats_;
};

/// The value of a record. Exposed for tests.
std::string sink_value(const feed::StoredChange& stored, bool sensitive);

}  // namespace connectors
