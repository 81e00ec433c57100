#include "replay/job_runner.h"

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "delivery/wake_signal.h"
#include "engine/runtime/on_pool.h"
#include "engine/telemetry/log.h"
#include "replay/pace.h"

namespace replay {
namespace {

using namespace std::chrono_literals;
using delivery::ReplayOutcome;
using engine::telemetry::Level;
using engine::telemetry::log_event;

constexpr auto kRound = 20ms;  // at least that long between two writes of a job's progress
constexpr auto kRetry = 1s;    // after the store failed, or a dispatcher went

/// One job being worked off. On the loop.
struct Course {
  explicit Course(const asio::any_io_executor& loop) : signal(loop) {}
  delivery::WakeSignal signal;
  std::vector<SettledItem> settled;     // not written down yet
  std::set<std::uint64_t> outstanding;  // handed over, no answer yet
  bool look = false;                    // its state was changed
  bool lost_touch = false;              // a dispatcher went: what it had is handed over again, after a while

  std::size_t room() const { return kJobWindow - std::min(kJobWindow, outstanding.size()); }
  void done(std::uint64_t number, const ReplayOutcome& outcome) {
    outstanding.erase(number);
    if (outcome.kind == ReplayOutcome::Kind::kAbandoned) {
      lost_touch = true;
    } else {
      settled.push_back({number, outcome});
    }
    signal.wake_all();
  }
};

}  // namespace

class JobRunner::Impl : public std::enable_shared_from_this<JobRunner::Impl> {
 public:
  Impl(Rooms rooms, Senders senders) : rooms_(std::move(rooms)), senders_(std::move(senders)), ended_(rooms_.loop) {}

  engine::Task<void> run();
  void wake(JobId id);
  void stop();
  const asio::any_io_executor& loop() const { return rooms_.loop; }

 private:
  using Shared = std::shared_ptr<Course>;
  void start(JobId id);
  engine::Task<void> work(JobId id, Shared course);
  engine::Task<std::optional<ReplayJobs::Step>> advance(JobId id, Course& course, std::size_t want);
  engine::Task<void> send(JobId id, Shared course, const ReplayJobs::Step& step);
  bool hand_over(const Shared& course, Source source, const ReplayJobs::Item& item);
  engine::Task<void> wait(Course& course, const ReplayJobs::Step& step, engine::MonoTime next);

  const Rooms rooms_;
  const Senders senders_;
  std::map<JobId, Shared> courses_;
  delivery::WakeSignal ended_;
  bool running_ = false;
  bool stopping_ = false;
};

engine::Task<void> JobRunner::Impl::run() {
  const auto self = shared_from_this();
  running_ = true;
  const auto read = [this] { return rooms_.jobs.unfinished(); };
  while (!stopping_) {
    auto ids = co_await engine::on_pool(rooms_.blocking, read);
    if (ids) {
      for (const JobId id : *ids) start(id);
      break;
    }
    log_event(Level::kError, "replay_jobs_unreadable", {{"error", ids.error().detail}});
    co_await ended_.wait_until(rooms_.timers, rooms_.timers.now() + kRetry);
  }
  while (!stopping_ || !courses_.empty()) co_await ended_.wait();
  running_ = false;
}

void JobRunner::Impl::start(JobId id) {
  if (stopping_ || !running_ || courses_.contains(id)) return;
  auto course = std::make_shared<Course>(rooms_.loop);
  courses_.emplace(id, course);
  asio::co_spawn(rooms_.loop, work(id, course), [self = shared_from_this(), id, course](std::exception_ptr) {
    self->courses_.erase(id);
    if (course->look) self->start(id);  // it was changed while it ended
    self->ended_.wake_all();
  });
}

void JobRunner::Impl::wake(JobId id) {
  const auto found = courses_.find(id);
  if (found == courses_.end()) return start(id);
  found->second->look = true;
  found->second->signal.wake_all();
}

void JobRunner::Impl::stop() {
  stopping_ = true;
  for (auto& [id, course] : courses_) course->signal.wake_all();
  ended_.wake_all();
}

// Until the job has ended, or is paused and nothing of it is out.
engine::Task<void> JobRunner::Impl::work(JobId id, Shared course) {
  std::optional<Pace> pace;
  while (!stopping_) {
    course->look = false;
    const auto now = rooms_.timers.now();
    const auto want = pace ? std::min(course->room(), pace->allowance(now)) : 0;  // the first step only tells the rate
    auto step = co_await advance(id, *course, want);
    if (!step) {
      co_await course->signal.wait_until(rooms_.timers, rooms_.timers.now() + kRetry);
      continue;
    }
    if (!pace) pace.emplace(step->rate);
    pace->spend(now, step->items.size());
    co_await send(id, course, *step);
    const bool idle = course->outstanding.empty() && course->settled.empty() && !course->look;
    if (step->state != JobState::kRunning && idle) co_return;
    co_await rooms_.timers.sleep_until(now + kRound);
    co_await wait(*course, *step, pace->next());
  }
  if (!course->settled.empty()) co_await advance(id, *course, 0);
}

// nullopt: the store failed; what was settled is told again, and the second time counts for nothing.
engine::Task<std::optional<ReplayJobs::Step>> JobRunner::Impl::advance(JobId id, Course& course, std::size_t want) {
  const auto settled = std::exchange(course.settled, {});
  const auto outstanding = course.outstanding;
  const auto work = [&, this] { return rooms_.jobs.advance(id, settled, outstanding, want); };
  auto step = co_await engine::on_pool(rooms_.blocking, work);
  if (step) {
    course.settled.insert(course.settled.end(), step->settled.begin(), step->settled.end());
    co_return std::move(*step);
  }
  if (step.error().code == engine::Errc::kNotFound) {  // it was cancelled and forgotten while something of it was out
    course.outstanding.clear();
    ReplayJobs::Step over;
    over.state = JobState::kCancelled;
    co_return over;
  }
  log_event(Level::kError, "replay_job_stuck", {{"job", id.value}, {"error", step.error().detail}});
  course.settled.insert(course.settled.begin(), settled.begin(), settled.end());
  co_return std::nullopt;
}

engine::Task<void> JobRunner::Impl::send(JobId id, Shared course, const ReplayJobs::Step& step) {
  for (const auto& item : step.items) {
    if (hand_over(course, step.source, item)) continue;
    const std::string problem = "There is no endpoint " + item.endpoint + " that delivers.";
    if (step.source != Source::kHistory) {
      course->settled.push_back({item.number, {ReplayOutcome::Kind::kFailed, problem}});
      continue;
    }
    const auto give_up = [this, id, &problem] { return rooms_.jobs.fail(id, problem); };
    auto failed = co_await engine::on_pool(rooms_.blocking, give_up);
    if (!failed) log_event(Level::kError, "replay_job_stuck", {{"job", id.value}, {"error", failed.error().detail}});
    course->look = true;
    co_return;
  }
}

bool JobRunner::Impl::hand_over(const Shared& course, Source source, const ReplayJobs::Item& item) {
  auto done = [loop = rooms_.loop, weak = std::weak_ptr<Course>(course), number = item.number](const ReplayOutcome& outcome) {
    asio::post(loop, [weak, number, outcome] {
      if (auto course = weak.lock()) course->done(number, outcome);
    });
  };
  course->outstanding.insert(item.number);
  const bool known = source == Source::kHistory ? senders_.change(item.endpoint, feed::Offset{item.number}, std::move(done))
                                                : senders_.letter(item.endpoint, delivery::DeadLetterId{item.number}, std::move(done));
  if (!known) course->outstanding.erase(item.number);
  return known;
}

engine::Task<void> JobRunner::Impl::wait(Course& course, const ReplayJobs::Step& step, engine::MonoTime next) {
  if (stopping_ || course.look || !course.settled.empty()) co_return;
  if (std::exchange(course.lost_touch, false)) {
    co_await course.signal.wait_until(rooms_.timers, rooms_.timers.now() + kRetry);
  } else if (step.state != JobState::kRunning || step.through || course.room() == 0) {
    co_await course.signal.wait();
  } else if (next > rooms_.timers.now()) {
    co_await course.signal.wait_until(rooms_.timers, next);
  }
}

JobRunner::JobRunner(Rooms rooms, Senders senders) : impl_(std::make_shared<Impl>(std::move(rooms), std::move(senders))) {}
JobRunner::~JobRunner() = default;
engine::Task<void> JobRunner::run() { return impl_->run(); }

void JobRunner::wake(JobId id) {
  asio::post(impl_->loop(), [weak = std::weak_ptr<Impl>(impl_), id] {
    if (auto self = weak.lock()) self->wake(id);
  });
}

void JobRunner::stop() {
  asio::post(impl_->loop(), [weak = std::weak_ptr<Impl>(impl_)] {
    if (auto self = weak.lock()) self->stop();
  });
}

}  // namespace replay
