#include "replay/replay_jobs.h"

#include <algorithm>

#include "engine/base/cut_text.h"
#include "replay/job_audit.h"

namespace replay {
namespace {

using delivery::DeadLetterStatus;
using delivery::ReplayOutcome;
using engine::Errc;
using engine::Result;
using Kind = ReplayOutcome::Kind;

constexpr std::size_t kReasonBytes = 255;
constexpr std::size_t kErrorBytes = 500;
constexpr int kScansPerStep = 4;  // of stretches without an item

trust::Actor runner() { return {"system", "system:replay", {}, {}}; }

std::string no_endpoint(const std::string& name) { return "There is no endpoint " + name + " that delivers."; }

std::string_view verb(JobState to) {
  switch (to) {
    case JobState::kRunning: return "resume";
    case JobState::kPaused: return "pause";
    case JobState::kCancelled: return "cancel";
    case JobState::kFinished: return "finish";
    case JobState::kFailed: return "fail";
  }
  return "fail";
}

bool through(const Selection& selection, std::uint64_t cursor) {
  switch (selection.source) {
    case Source::kIds: return cursor >= selection.ids.size();
    case Source::kDeadLetters: return cursor >= selection.last.value;
    case Source::kHistory: return cursor >= selection.end.value;
  }
  return true;
}

void count_in(JobProgress& progress, const SettledItem& settled) {
  const auto place = std::find(progress.in_flight.begin(), progress.in_flight.end(), settled.item);
  if (place == progress.in_flight.end() || settled.outcome.kind == Kind::kAbandoned) return;
  progress.in_flight.erase(place);
  switch (settled.outcome.kind) {
    case Kind::kDelivered: ++progress.delivered; break;
    case Kind::kFailed:
      ++progress.failed;
      progress.last_error = engine::cut_text(settled.outcome.detail, kErrorBytes);
      break;
    case Kind::kNothing: ++progress.skipped; break;
    case Kind::kAbandoned: break;
  }
}

}  // namespace

ReplayJobs::ReplayJobs(Rooms rooms, History history) : rooms_(rooms), items_(rooms.letters, std::move(history)), store_(rooms.store) {}

Result<std::uint64_t> ReplayJobs::count(const Selection& selection, std::uint64_t place, std::uint64_t& into) const {
  auto taken = items_.next(selection, place, delivery::kSearchBudget);
  if (!taken) return taken.take_error();
  into += taken->items.size();
  return taken->through ? 0 : taken->cursor;
}

Result<void> ReplayJobs::write(const ReplayJob& job, const JobProgress& progress, std::string_view action, const trust::Actor& actor) {
  engine::store::Batch batch;
  store_.put(batch, job);
  store_.put(batch, job.id, progress);
  if (action == "create") {
    if (auto forgotten = forget_oldest(batch); !forgotten) return forgotten;
  }
  if (auto row = rooms_.audit.commit(batch, job_event({job, progress}, action, actor)); !row) return row.take_error();
  return {};
}

Result<void> ReplayJobs::forget_oldest(engine::store::Batch& batch) const {
  auto all = store_.list({}, 2 * kMaxKeptJobs);
  if (!all) return all.take_error();
  for (std::size_t i = kMaxKeptJobs - 1; i < all->size(); ++i) {
    if (ended((*all)[i].state)) store_.erase(batch, (*all)[i].id);
  }
  return {};
}

Result<JobView> ReplayJobs::create(Selection selection, const Wish& wish, const trust::Actor& actor) {
  if (wish.rate < 1 || wish.rate > kMaxRate) return engine::fail(Errc::kMalformed, "`rate`: 1 to " + std::to_string(kMaxRate) + " deliveries a second.");
  if (wish.counted != wish.expected) {
    return engine::fail(Errc::kConflict, "`expect`: " + std::to_string(wish.expected) + " were expected and " + std::to_string(wish.counted) +
                                             " match now. Nothing was started; look again and ask with that number.");
  }
  if (wish.counted == 0) return engine::fail(Errc::kConflict, "Nothing matches: there is nothing to send again.");
  std::unique_lock lock(changing_);
  auto newest = store_.list({}, 1);
  if (!newest) return newest.take_error();
  auto open = unfinished();
  if (!open) return open.take_error();
  if (open->size() >= kMaxUnfinishedJobs) {
    return engine::fail(Errc::kFull, std::to_string(open->size()) + " replay jobs have not ended; wait for one, or cancel one.");
  }
  ReplayJob job;
  job.id = JobId{newest->empty() ? 1 : newest->front().id.value + 1};
  job.selection = std::move(selection);
  job.rate = wish.rate;
  job.total = wish.counted;
  job.creator = actor.id;
  job.reason = engine::cut_text(wish.reason, kReasonBytes);
  job.created = job.updated = rooms_.clock.wall_now();
  if (auto written = write(job, {}, "create", actor); !written) return written.take_error();
  lock.unlock();
  if (changed_) changed_(job.id);
  return JobView{std::move(job), {}};
}

Result<JobView> ReplayJobs::change(JobId id, JobState to, const trust::Actor& actor) {
  std::unique_lock lock(changing_);
  auto view = show(id);
  if (!view) return view;
  auto& job = view->job;
  if (job.state == to) return view;
  const bool allowed = !ended(job.state) || (job.state == JobState::kFailed && to == JobState::kRunning);
  if (!allowed) return engine::fail(Errc::kConflict, "Replay job " + std::to_string(id.value) + " is " + std::string(name(job.state)) + " already.");
  job.state = to;
  job.problem.clear();
  job.updated = rooms_.clock.wall_now();
  if (auto written = write(job, view->progress, verb(to), actor); !written) return written.take_error();
  lock.unlock();
  if (changed_) changed_(id);
  return view;
}

Result<JobView> ReplayJobs::pause(JobId id, const trust::Actor& actor) { return change(id, JobState::kPaused, actor); }
Result<JobView> ReplayJobs::resume(JobId id, const trust::Actor& actor) { return change(id, JobState::kRunning, actor); }
Result<JobView> ReplayJobs::cancel(JobId id, const trust::Actor& actor) { return change(id, JobState::kCancelled, actor); }

Result<JobView> ReplayJobs::show(JobId id) const {
  auto job = store_.job(id);
  if (!job) return job.take_error();
  auto progress = store_.progress(id);
  if (!progress) return progress.take_error();
  return JobView{std::move(*job), std::move(*progress)};
}

Result<std::vector<JobView>> ReplayJobs::list(JobId below, std::size_t limit) const {
  auto jobs = store_.list(below, limit);
  if (!jobs) return jobs.take_error();
  std::vector<JobView> views;
  for (auto& job : *jobs) {
    auto progress = store_.progress(job.id);
    if (!progress) return progress.take_error();
    views.push_back({std::move(job), std::move(*progress)});
  }
  return views;
}

Result<std::vector<JobId>> ReplayJobs::unfinished() const {
  auto jobs = store_.list({}, 2 * kMaxKeptJobs);
  if (!jobs) return jobs.take_error();
  std::vector<JobId> ids;
  for (auto job = jobs->rbegin(); job != jobs->rend(); ++job) {
    if (!ended(job->state)) ids.push_back(job->id);
  }
  return ids;
}

Result<void> ReplayJobs::fail(JobId id, std::string problem) {
  const std::lock_guard lock(changing_);
  auto view = show(id);
  if (!view) return view.take_error();
  if (ended(view->job.state)) return {};
  view->job.state = JobState::kFailed;
  view->job.problem = std::move(problem);
  view->job.updated = rooms_.clock.wall_now();
  return write(view->job, view->progress, "fail", runner());
}

// False: the job was paused or ended meanwhile, and nothing was written.
Result<bool> ReplayJobs::save_if_running(JobId id, const JobProgress& progress) {
  const std::lock_guard lock(changing_);
  auto job = store_.job(id);
  if (!job) return job.take_error();
  if (job->state != JobState::kRunning) return false;
  if (auto saved = store_.save(id, progress); !saved) return saved.take_error();
  return true;
}

Result<void> ReplayJobs::take(const ReplayJob& job, JobProgress& progress, std::size_t want, std::vector<std::uint64_t>& fresh) const {
  for (int scan = 0; scan < kScansPerStep && fresh.size() < want && !through(job.selection, progress.cursor); ++scan) {
    auto taken = items_.next(job.selection, progress.cursor, want - fresh.size());
    if (!taken) return taken.take_error();
    progress.cursor = taken->cursor;
    for (const auto item : taken->items) {
      // A letter of an id that is still out cannot come twice: ids and offsets only grow.
      fresh.push_back(item);
      progress.in_flight.push_back(item);
    }
  }
  return {};
}

// Letters are queued before they are handed over, as every replay; without a sync, since the job says the same after a crash.
Result<void> ReplayJobs::hand_out(const ReplayJob& job, const std::vector<std::uint64_t>& items, bool again, Step& step) {
  const auto buffered = [this](engine::store::Batch& batch) { return rooms_.store.write(batch, engine::store::Durability::kBuffered); };
  for (const auto item : items) {
    if (job.selection.source == Source::kHistory) {
      step.items.push_back({item, job.selection.endpoint});
      continue;
    }
    auto letter = rooms_.letters.get(delivery::DeadLetterId{item});
    if (!letter && letter.error().code != Errc::kNotFound) return letter.take_error();
    if (!letter || letter->cause == delivery::Cause::kLost) {
      step.settled.push_back({item, {Kind::kNothing, {}}});
    } else if (again && letter->status == DeadLetterStatus::kDelivered) {
      step.settled.push_back({item, {Kind::kDelivered, {}}});
    } else if (!items_.history().knows(letter->endpoint)) {
      step.settled.push_back({item, {Kind::kFailed, no_endpoint(letter->endpoint)}});
    } else {
      if (auto queued = rooms_.letters.queue(letter->id, buffered); !queued) return queued.take_error();
      step.items.push_back({item, std::move(letter->endpoint)});
    }
  }
  return {};
}

Result<ReplayJobs::Step> ReplayJobs::advance(JobId id, const std::vector<SettledItem>& settled, const std::set<std::uint64_t>& outstanding, std::size_t want) {
  auto view = show(id);
  if (!view) return view.take_error();
  const JobProgress before = view->progress;
  for (const auto& one : settled) count_in(view->progress, one);
  const JobProgress counted = view->progress;
  auto step = go_on(*view, !settled.empty(), outstanding, want);
  if (!step) return step;  // nothing was written: it is told again
  delivered_ += counted.delivered - before.delivered;
  failed_ += counted.failed - before.failed;
  skipped_ += counted.skipped - before.skipped;
  return step;
}

Result<ReplayJobs::Tally> ReplayJobs::tally() const {
  auto jobs = store_.list({}, 2 * kMaxKeptJobs);
  if (!jobs) return jobs.take_error();
  Tally tally{{}, delivered_, failed_, skipped_};
  for (const auto state : {JobState::kRunning, JobState::kPaused, JobState::kCancelled, JobState::kFinished, JobState::kFailed}) tally.jobs[state] = 0;
  for (const auto& job : *jobs) ++tally.jobs[job.state];
  return tally;
}

Result<ReplayJobs::Step> ReplayJobs::go_on(JobView& view, bool counted, const std::set<std::uint64_t>& outstanding, std::size_t want) {
  auto& [job, progress] = view;
  const JobId id = job.id;
  Step step{job.state, job.selection.source, job.rate, {}, {}, through(job.selection, progress.cursor)};
  if (job.state != JobState::kRunning) {
    if (counted) {
      if (auto saved = store_.save(id, progress); !saved) return saved.take_error();
    }
    return step;
  }
  std::vector<std::uint64_t> again, fresh;
  std::size_t left_over = 0;
  for (const auto item : progress.in_flight) {
    if (outstanding.contains(item)) continue;
    if (++left_over <= want) again.push_back(item);
  }
  if (job.selection.source == Source::kHistory && !items_.history().knows(job.selection.endpoint)) {
    if (auto saved = store_.save(id, progress); !saved) return saved.take_error();
    if (auto failed = fail(id, no_endpoint(job.selection.endpoint)); !failed) return failed.take_error();
    step.state = JobState::kFailed;
    return step;
  }
  const JobProgress before = progress;
  const auto room = kJobWindow - std::min(kJobWindow, progress.in_flight.size());
  if (auto taken = take(job, progress, std::min(want - again.size(), room), fresh); !taken) return taken.take_error();
  step.through = through(job.selection, progress.cursor) && left_over == again.size();
  if (step.through && progress.in_flight.empty()) {
    const std::lock_guard lock(changing_);
    auto now = store_.job(id);
    if (!now) return now.take_error();
    step.state = now->state;
    if (now->state != JobState::kRunning) {
      if (auto saved = store_.save(id, progress); !saved) return saved.take_error();
      return step;
    }
    now->state = step.state = JobState::kFinished;
    now->updated = rooms_.clock.wall_now();
    if (auto written = write(*now, progress, "finish", runner()); !written) return written.take_error();
    return step;
  }
  auto saved = save_if_running(id, progress);
  if (!saved) return saved.take_error();
  if (!*saved) {
    step.state = JobState::kPaused;
    step.through = false;
    if (auto kept = store_.save(id, before); !kept) return kept.take_error();
    return step;
  }
  if (auto handed = hand_out(job, again, true, step); !handed) return handed.take_error();
  if (auto handed = hand_out(job, fresh, false, step); !handed) return handed.take_error();
  return step;
}

}  // namespace replay
