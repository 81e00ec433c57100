#pragma once
// Replay jobs on disk.
//
//   family       key            value             read by
//   replay_jobs  'j' | id:u64   ReplayJob v1      lists, the runner at start
//   replay_jobs  'p' | id:u64   JobProgress v1    the runner, lists
//
// Integers are big-endian. Layouts are on disk: add a tag or a version, never reuse one. Pinned by replay_job_test.cpp.

#include <string>
#include <vector>

#include "engine/store/store.h"
#include "replay/replay_job.h"

namespace replay {

inline constexpr const char* kJobFamily = "replay_jobs";

std::string job_key(JobId id);
std::string progress_key(JobId id);

/// Blocking. Threads: any; whoever changes a job takes care of the order.
class JobStore {
 public:
  explicit JobStore(engine::store::Store& store) : store_(store), jobs_(store.family(kJobFamily)) {}

  /// kNotFound: no such job.
  engine::Result<ReplayJob> job(JobId id) const;
  /// Of a job that has none yet: that of the start.
  engine::Result<JobProgress> progress(JobId id) const;
  /// Newest first, below `below` (zero: from the newest), at most `limit`.
  engine::Result<std::vector<ReplayJob>> list(JobId below, std::size_t limit) const;
  /// Buffered: after a loss of power an older state repeats deliveries.
  engine::Result<void> save(JobId id, const JobProgress& progress);

  void put(engine::store::Batch& batch, const ReplayJob& job) const { batch.put(jobs_, job_key(job.id), encode(job)); }
  void put(engine::store::Batch& batch, JobId id, const JobProgress& progress) const { batch.put(jobs_, progress_key(id), encode(progress)); }
  void erase(engine::store::Batch& batch, JobId id) const;

 private:
  engine::store::Store& store_;
  engine::store::Family jobs_;
};

}  // namespace replay
