#pragma once
// From stored changes to jobs with finished payloads.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "delivery/lane_set.h"
#include "delivery/payload_form.h"
#include "delivery/selector.h"
#include "engine/store/store.h"
#include "feed/record_log.h"

namespace delivery {

struct NewJob {
  std::string type, id;  ///< of its lane
  Job job;
};
struct ReadJobs {
  std::vector<NewJob> jobs;
  feed::Offset next;          ///< where reading goes on
  std::uint64_t skipped = 0;  ///< changes without a webhook action, not visible to webhooks, or that nobody asked for
};
struct ReadBounds {
  std::size_t changes = 256;
  std::size_t bytes = 256 * 1024;  ///< of payloads; one more job than that at most
  bool bodies = true;              ///< false: they stay empty, for jobs that will wait
};

/// Bodies of settled jobs whose memory the next payloads take.
using SpareBodies = std::vector<std::string>;

/// Reads from `from` to the watermark or a bound. kUnavailable with kCacheOnly: ask again with kAnywhere, on a pool.
engine::Result<ReadJobs> read_jobs(const feed::RecordLog& log, const Selector& selector, feed::Offset from, ReadBounds bounds,
                                   engine::store::ReadFrom where, SpareBodies& spare, PayloadForm form = PayloadForm::kContract);
/// Reads these offsets, ascending and below the watermark, and no others; `next` is behind the last one that was read. The same bounds, the same errors.
engine::Result<ReadJobs> read_jobs_at(const feed::RecordLog& log, const Selector& selector, std::span<const feed::Offset> offsets, ReadBounds bounds,
                                      engine::store::ReadFrom where, SpareBodies& spare, PayloadForm form = PayloadForm::kContract);
/// One job again, without lane or sequence. nullopt: retention has removed the change. Blocking.
engine::Result<std::optional<NewJob>> read_job(const feed::RecordLog& log, const Selector& selector, feed::Offset offset, PayloadForm form = PayloadForm::kContract);

}  // namespace delivery
