#include "delivery/log_reader.h"

#include <algorithm>

#include "delivery/payload.h"
#include "delivery/told.h"
#include "feed/change_codec.h"

namespace delivery {
namespace {

constexpr std::size_t kJobsAtOnce = 256;  // of a read: more of them grow as they come

// nullopt: no delivery comes of it. Without `spare` the body stays empty.
std::optional<NewJob> make_job(const feed::ChangeView& change, feed::Offset offset, const Selector& selector, SpareBodies* spare, PayloadForm form) {
  const auto told = told_of(change);
  if (!told) return std::nullopt;
  const Routing& routing = selector.route(change, offset);
  if (!routing.deliver) return std::nullopt;
  NewJob made{std::string(told->type), std::string(told->id), {}};
  made.job.offset = offset;
  made.job.event = change.event_id;
  made.job.action = told->action;
  made.job.appended = change.appended_at;
  if (!spare) return made;
  if (!spare->empty()) {
    made.job.body = std::move(spare->back());
    spare->pop_back();
  }
  write_payload(made.job.body, change, routing, form);
  return made;
}

}  // namespace

engine::Result<ReadJobs> read_jobs(const feed::RecordLog& log, const Selector& selector, feed::Offset from, ReadBounds bounds,
                                   engine::store::ReadFrom where, SpareBodies& spare, PayloadForm form) {
  ReadJobs read;
  read.next = from;
  const feed::Offset end = std::min(log.high_watermark(), feed::Offset{from.value + bounds.changes});
  if (end > from) read.jobs.reserve(std::min<std::size_t>(end.value - from.value, kJobsAtOnce));
  std::size_t bytes = 0;
  std::optional<engine::Error> damage;
  const auto visit = [&](const feed::RecordRef& record) {
    auto change = feed::view_change(record.bytes);
    if (!change) {
      damage = change.error();
      return false;
    }
    if (bytes >= bounds.bytes) return false;
    auto made = make_job(*change, record.offset, selector, bounds.bodies ? &spare : nullptr, form);
    if (made) {
      bytes += made->job.body.size();
      read.jobs.push_back(std::move(*made));
    } else {
      ++read.skipped;
    }
    return true;
  };
  feed::ScanRange range;
  range.from = from;
  range.end = end;
  auto stopped = log.scan(range, where, visit);
  if (!stopped) return stopped.take_error();
  if (damage) return engine::fail(damage->code, damage->detail);
  read.next = std::max(from, *stopped);
  return read;
}

engine::Result<ReadJobs> read_jobs_at(const feed::RecordLog& log, const Selector& selector, std::span<const feed::Offset> offsets, ReadBounds bounds,
                                      engine::store::ReadFrom where, SpareBodies& spare, PayloadForm form) {
  ReadJobs read;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < offsets.size() && read.jobs.size() < bounds.changes && bytes < bounds.bytes;) {
    // A run of neighbours is one scan.
    std::size_t end = i + 1;
    while (end < offsets.size() && offsets[end].value == offsets[end - 1].value + 1) ++end;
    auto run = read_jobs(log, selector, offsets[i], {std::min(end - i, bounds.changes - read.jobs.size()), bounds.bytes - bytes, bounds.bodies}, where, spare, form);
    if (!run) return run.take_error();
    for (NewJob& made : run->jobs) {
      bytes += made.job.body.size();
      read.jobs.push_back(std::move(made));
    }
    read.skipped += run->skipped;
    read.next = run->next;
    while (i < end && offsets[i] < read.next) ++i;
    if (i < end) break;  // a bound
  }
  return read;
}

engine::Result<std::optional<NewJob>> read_job(const feed::RecordLog& log, const Selector& selector, feed::Offset offset, PayloadForm form) {
  SpareBodies none;
  auto read = read_jobs(log, selector, offset, {.changes = 1, .bytes = 1}, engine::store::ReadFrom::kAnywhere, none, form);
  if (!read) return read.take_error();
  if (read->jobs.empty()) return std::optional<NewJob>{};
  return std::optional<NewJob>{std::move(read->jobs.front())};
}

}  // namespace delivery
