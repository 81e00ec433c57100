#pragma once
// Replay jobs as operators and the runner see them: made, counted, paused, cancelled, worked off; every decision with its audit row in the same write.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "access/audit/audit_log.h"
#include "delivery/replay_ledger.h"
#include "engine/base/clock.h"
#include "replay/job_items.h"
#include "replay/job_store.h"
#include "replay/selection_request.h"

namespace replay {

inline constexpr std::size_t kMaxUnfinishedJobs = 20;
inline constexpr std::size_t kMaxKeptJobs = 200;  ///< beyond, the oldest that have ended are forgotten

/// What was handed over and came to an end.
struct SettledItem {
  std::uint64_t item = 0;
  delivery::ReplayOutcome outcome;
};

/// Threads: any. Blocking: everything but on_change(). Errors: the store's, where not said otherwise.
class ReplayJobs {
 public:
  /// All outlive it.
  struct Rooms {
    engine::store::Store& store;
    delivery::DeadLetters& letters;
    trust::AuditLog& audit;
    const engine::Clock& clock;
  };
  ReplayJobs(Rooms rooms, History history);

  engine::Result<Selection> resolve(const SelectionRequest& request) const { return replay::resolve(request, rooms_.letters, items_.history()); }
  /// Adds a bounded piece of the count to `into`. Returns where the next call goes on; zero: it is through.
  engine::Result<std::uint64_t> count(const Selection& selection, std::uint64_t place, std::uint64_t& into) const;

  struct Wish {
    std::uint32_t rate = kDefaultRate;  ///< 1..kMaxRate
    std::string reason{};               ///< at most 255 bytes are kept
    std::uint64_t expected = 0;         ///< what the caller believes the selection holds
    std::uint64_t counted = 0;          ///< what it holds
  };
  /// A running job, durable on return. kConflict: counted is not what was expected, or zero; kFull: too many jobs have not ended; kMalformed: the rate.
  engine::Result<JobView> create(Selection selection, const Wish& wish, const trust::Actor& actor);
  /// kNotFound; kConflict: the job has ended. A job that is in the wanted state already stays as it is.
  engine::Result<JobView> pause(JobId id, const trust::Actor& actor);
  /// Also of a failed job, which goes on where it stopped.
  engine::Result<JobView> resume(JobId id, const trust::Actor& actor);
  /// Nothing more is taken; what was handed over already may still arrive.
  engine::Result<JobView> cancel(JobId id, const trust::Actor& actor);
  engine::Result<JobView> show(JobId id) const;
  engine::Result<std::vector<JobView>> list(JobId below, std::size_t limit) const;

  /// How many jobs are kept, by state, and what became of what they sent, counted since start. Reads every kept job.
  struct Tally {
    std::map<JobState, std::uint64_t> jobs{};  ///< of every state
    std::uint64_t delivered = 0, failed = 0, skipped = 0;
  };
  engine::Result<Tally> tally() const;

  /// Told of each job that was made or whose state was changed by a call, after the write. Set before the first call; must not block.
  void on_change(std::function<void(JobId)> listener) { changed_ = std::move(listener); }

  // For the runner.

  struct Item {
    std::uint64_t number = 0;  ///< a dead letter's id, or an offset
    std::string endpoint;
  };
  struct Step {
    JobState state = JobState::kRunning;
    Source source = Source::kIds;
    std::uint32_t rate = kDefaultRate;
    std::vector<Item> items;            ///< to be handed over now; they are in flight from here on
    std::vector<SettledItem> settled;   ///< nothing to hand over: for the next step
    bool through = false;               ///< there is no more to hand over
  };
  /// Counts what was settled, takes up to `want` items and writes both down; with nothing left and nothing in flight the job is finished.
  /// `outstanding`: what the caller has handed over and not heard of. What is in flight on disk and neither outstanding nor settled comes first:
  /// it was handed over in an earlier life. One call per job at a time.
  engine::Result<Step> advance(JobId id, const std::vector<SettledItem>& settled, const std::set<std::uint64_t>& outstanding, std::size_t want);
  /// The job cannot go on. An ended job stays as it is.
  engine::Result<void> fail(JobId id, std::string problem);
  /// Ids of jobs that have not ended, oldest first.
  engine::Result<std::vector<JobId>> unfinished() const;

 private:
  engine::Result<Step> go_on(JobView& view, bool counted, const std::set<std::uint64_t>& outstanding, std::size_t want);
  engine::Result<JobView> change(JobId id, JobState to, const trust::Actor& actor);
  engine::Result<void> write(const ReplayJob& job, const JobProgress& progress, std::string_view action, const trust::Actor& actor);
  engine::Result<bool> save_if_running(JobId id, const JobProgress& progress);
  engine::Result<void> take(const ReplayJob& job, JobProgress& progress, std::size_t want, std::vector<std::uint64_t>& fresh) const;
  engine::Result<void> hand_out(const ReplayJob& job, const std::vector<std::uint64_t>& items, bool again, Step& step);
  engine::Result<void> forget_oldest(engine::store::Batch& batch) const;

  Rooms rooms_;
  JobItems items_;
  JobStore store_;
  std::atomic<std::uint64_t> delivered_{0}, failed_{0}, skipped_{0};
  std::mutex changing_;  // states of jobs: a job that was paused takes nothing more
  std::function<void(JobId)> changed_;
};

}  // namespace replay
