#pragma once
// A source at work: one thread that keeps mirror and log behind it, whatever happens to the source.

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "connectors/ingest.h"
#include "connectors/snapshot.h"
#include "connectors/source.h"
#include "engine/telemetry/incidents.h"

namespace connectors {

struct PipelineOptions {
  std::string source = "cms";             ///< the source's id: key of its position, part of event ids
  std::filesystem::path mirror_file;
  MappingSettings settings;               ///< of the mapping: site, base URL
  std::size_t chunk_rows = 5000;
  std::chrono::milliseconds patience{100};        ///< one wait for the source; how soon a due instant is seen
  std::chrono::milliseconds group_age{5};         ///< a group that holds something is closed after twice what storing the last one took, and after this at the latest
  std::chrono::milliseconds catch_up_age{100};    ///< the same while the source is further ahead than `behind`: who waits for seconds gains more by fewer syncs
  std::chrono::milliseconds behind{2000};         ///< between a commit and now; commit times of some sources are whole seconds
  std::chrono::milliseconds idle_position{1000};  ///< how often a position without changes is stored
  std::chrono::milliseconds acknowledge_every{5000};  ///< how often a source that waits for it is told what is durable
  std::chrono::milliseconds backoff_base{200};
  std::chrono::milliseconds backoff_cap{15'000};
  IngestLimits limits;
};

struct PipelineStatus {
  enum class Phase : std::uint8_t { kConnecting, kSnapshot, kRendering, kStreaming, kWaiting, kStopped };
  Phase phase = Phase::kConnecting;
  bool serving = false;          ///< the first snapshot is in the log: readers may be answered
  SnapshotProgress snapshot;
  feed::SourcePosition position;  ///< behind the last transaction stored
  engine::WallTime last_commit{};
  std::uint64_t changes = 0;     ///< appended since start
  std::uint64_t sessions = 0;    ///< connections made
  StageTimes stages;             ///< of the present session's stream
  std::string last_error;        ///< of the present trouble; empty when all is well
};
std::string_view name(PipelineStatus::Phase phase);

/// Threads: run() on its own thread; stop() and status() from any. Blocking: run(), until stop().
///
/// Trouble is never silent: kUnavailable is retried with back-off; kConflict (another server, purged log) leads to a new snapshot with
/// diff and an incident; kUnsupported and kMalformed stop the stream with an incident that names the fix, and are retried slowly.
class Pipeline {
 public:
  /// Makes a source that captures these tables (as mappings know them).
  using SourceFactory = std::function<std::unique_ptr<Source>(const std::set<std::string>& tables)>;

  /// All references outlive the pipeline.
  Pipeline(SourceFactory factory, const Mapping& mapping, feed::ChangeLog& log, const engine::Clock& clock,
           engine::telemetry::IncidentSink& incidents, PipelineOptions options);
  ~Pipeline();

  void run();
  void stop();
  PipelineStatus status() const;
  /// status().serving alone; any thread, an atomic read.
  bool serving() const { return serving_.load(std::memory_order_acquire); }
  /// Does the source have the tables of this type? True for every type until the source has been seen. Any thread, never waits.
  bool has_type(std::string_view type) const;

 private:
  struct Session;
  engine::Result<void> open_mirror();
  void remove_mirror(const std::string& why);
  engine::Result<void> session();
  engine::Result<void> prepare(Session& session);
  engine::Result<void> choose_start(Session& session);
  engine::Result<void> complete_mirror(Session& session);
  engine::Result<void> stream(Session& session);
  engine::Result<void> stream_once(Session& session, Ingest& ingest);
  std::chrono::milliseconds group_age(const Ingest& ingest) const;
  std::chrono::nanoseconds stored_in_{};  // the last group that brought something
  engine::Result<void> close_group(Ingest& ingest);
  engine::Result<void> acknowledge(Source& source);
  engine::Result<void> mark_for_reading(const std::set<std::string>& tables);
  void judge(const engine::Error& error);
  bool wait(std::chrono::milliseconds duration);
  bool stopped() const;
  std::unique_ptr<Source> make_source(const std::set<std::string>& tables);
  void publish(const std::function<void(PipelineStatus&)>& change);

  SourceFactory factory_;
  const Mapping& mapping_;
  feed::ChangeLog& log_;
  const engine::Clock& clock_;
  engine::telemetry::IncidentSink& incidents_;
  PipelineOptions options_;
  std::unique_ptr<Mirror> mirror_;
  std::atomic<bool> serving_{false};
  std::atomic<std::shared_ptr<const std::set<std::string, std::less<>>>> types_;  // in service; nullptr: not known yet
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  Source* current_ = nullptr;  // under mutex_, for stop()
  PipelineStatus status_;
  unsigned failures_ = 0;
  bool start_over_ = false;    // the next session takes a new snapshot
  std::chrono::nanoseconds read_time_{0};    // of the stream: waiting for the first bytes of a group not included
  engine::MonoTime stored_at_{};
  engine::MonoTime acknowledged_at_{};
  std::string acknowledged_;   // token of the position last told
};

}  // namespace connectors
