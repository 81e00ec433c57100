// One delivery from taking it to knowing what became of it.

#include <algorithm>
#include <utility>

#include "delivery/dispatcher_core.h"
#include "delivery/outcome_of.h"
#include "delivery/payload.h"
#include "engine/runtime/on_pool.h"
#include "engine/telemetry/log.h"

namespace delivery {
namespace {

using namespace std::chrono_literals;
using engine::telemetry::Level;
using engine::telemetry::log_event;

constexpr auto kStorageRetry = 1s;
constexpr std::size_t kSpareBodies = 256;
constexpr std::size_t kSpareBodyBytes = 4096;

// "Too much", or no answer in time.
bool overloads(const Outcome& outcome) {
  return outcome.status == 429 || outcome.status == 503 || outcome.status == 504 || (outcome.status == 0 && outcome.error == engine::Errc::kTimedOut);
}

}  // namespace

// What a worker uses again and again.
struct Dispatcher::Impl::Sender {
  SignedHeaders headers;
  std::string event;
};

// The clocks are asked once a round: when an attempt has ended the next one starts.
engine::Task<void> Dispatcher::Impl::worker() {
  Sender sender{SignedHeaders(signer_), {}};
  Moment now = moment();
  while (!stopping_) {
    if (!may_start(now.mono)) {
      ++idle_;
      co_await work_.wait();
      --idle_;
      now = moment();
      continue;
    }
    LaneSet::Ticket ticket = breaker_.blames_endpoint() ? lanes_.take_probe() : lanes_.take();
    breaker_.started(now.mono);
    if (bucket_) bucket_->take(now.mono);
    ++in_flight_;
    Loaded loaded = Loaded::kReady;
    if (ticket.job.body.empty()) {
      loaded = co_await load(ticket.job);
      now = moment();
    }
    if (loaded != Loaded::kReady) {
      --in_flight_;
      breaker_.abandoned(now.mono);
      if (loaded == Loaded::kLater) {
        later(std::move(ticket), kStorageRetry);
      } else if (loaded == Loaded::kNotNeeded) {
        settle(std::move(ticket));
      } else {
        co_await give_up(std::move(ticket), Cause::kLost, "The change is no longer in the log.");
        now = moment();
      }
    } else if (ticket.job.arrived) {
      --in_flight_;
      breaker_.abandoned(now.mono);
      co_await arrived(std::move(ticket));
      now = moment();
    } else {
      auto answer = co_await rooms_.transport.post(request(ticket.job, sender, now));
      --in_flight_;
      const Moment started = std::exchange(now, moment());
      Outcome outcome = outcome_of(std::move(answer), now.wall);
      if (recorder_) record(ticket, outcome, started, now);
      if (outcome.success() && ticket.job.replay.value == 0) {  // nearly all of them: spared two coroutines
        succeeded(outcome);
        settle(std::move(ticket));
      } else {
        co_await conclude(std::move(ticket), std::move(outcome));
        now = moment();
      }
    }
    wake_workers(now.mono);
  }
}

engine::Task<Dispatcher::Impl::Loaded> Dispatcher::Impl::load(Job& job) {
  if (job.replay.value != 0) co_return co_await load_replay(job);
  const auto read = [this, &job] { return read_job(rooms_.log, rooms_.selector, job.offset, config_.form); };
  auto made = co_await engine::on_pool(rooms_.blocking, read);
  if (!made) {
    bump(storage_errors_);
    log_event(Level::kError, "log_unreadable", {{"endpoint", config_.name}, {"offset", job.offset.value}, {"error", made.error().detail}});
    co_return Loaded::kLater;
  }
  if (!*made) co_return Loaded::kLost;
  job.body = std::move((*made)->job.body);
  co_return Loaded::kReady;
}

engine::Task<Dispatcher::Impl::Loaded> Dispatcher::Impl::load_replay(Job& job) {
  if (const auto offset = resent_offset(job.replay)) co_return co_await load_resend(job, *offset);
  const auto read = [this, &job] { return rooms_.dead_letters.get(job.replay); };
  auto letter = co_await engine::on_pool(rooms_.blocking, read);
  if (!letter && letter.error().code == engine::Errc::kNotFound) {  // it arrived, and retention erased it
    ledger_.settle(job.replay, {ReplayOutcome::Kind::kNothing, {}});
    co_return Loaded::kNotNeeded;
  }
  if (!letter) {
    bump(storage_errors_);
    log_event(Level::kError, "dead_letter_unreadable",
              {{"endpoint", config_.name}, {"id", job.replay.value}, {"error", letter.error().detail}});
    co_return Loaded::kLater;
  }
  if (letter->endpoint != config_.name) co_return Loaded::kNotNeeded;
  if (letter->status != DeadLetterStatus::kQueued) {  // the request was met before its turn came
    ledger_.settle(job.replay, {letter->status == DeadLetterStatus::kDelivered ? ReplayOutcome::Kind::kDelivered : ReplayOutcome::Kind::kNothing, {}});
    co_return Loaded::kNotNeeded;
  }
  ledger_.about(job.replay, letter->key);
  job.body = std::move(letter->payload);
  job.event = letter->event_id;
  job.action = letter->action;
  job.offset = letter->offset;
  job.sequence = letter->sequence;
  job.appended = letter->updated;
  co_return Loaded::kReady;
}

engine::Task<Dispatcher::Impl::Loaded> Dispatcher::Impl::load_resend(Job& job, feed::Offset offset) {
  const auto read = [this, offset] { return read_job(rooms_.log, rooms_.selector, offset, config_.form); };
  auto made = co_await engine::on_pool(rooms_.blocking, read);
  if (!made) {
    bump(storage_errors_);
    log_event(Level::kError, "log_unreadable", {{"endpoint", config_.name}, {"offset", offset.value}, {"error", made.error().detail}});
    co_return Loaded::kLater;
  }
  if (!*made) {
    ledger_.settle(job.replay, {ReplayOutcome::Kind::kNothing, "The change is no longer in the log."});
    co_return Loaded::kNotNeeded;
  }
  ledger_.about(job.replay, {std::move((*made)->type), std::move((*made)->id)});
  job.body = std::move((*made)->job.body);
  job.event = (*made)->job.event;
  job.action = (*made)->job.action;
  job.offset = offset;
  job.appended = (*made)->job.appended;
  co_return Loaded::kReady;
}

engine::net::OutboundRequest Dispatcher::Impl::request(const Job& job, Sender& sender, const Moment& now) {
  sender.event.clear();
  append_event_id(sender.event, job.event);
  engine::net::OutboundRequest request;
  request.url = &url_;
  request.lines = sender.headers.sign(sender.event, now.wall, job.body, job.sequence);
  request.body = job.body;
  request.now = now.mono;
  request.connect_timeout = config_.connect_timeout();
  request.first_byte_timeout = config_.first_byte_timeout;
  request.total_timeout = config_.timeout;
  return request;
}

void Dispatcher::Impl::count(const Outcome& outcome) {
  if (outcome.success()) return bump(delivered_);
  if (outcome.status != 0) return bump(refused_);
  bump(outcome.error == engine::Errc::kTimedOut ? timed_out_ : unreachable_);
}

void Dispatcher::Impl::record(const LaneSet::Ticket& ticket, const Outcome& outcome, const Moment& started, const Moment& ended) {
  AttemptEntry entry;
  entry.event = ticket.job.event;
  entry.offset = ticket.job.offset;
  entry.attempt = ticket.job.attempts + 1;
  entry.at = ended.wall;
  entry.latency = std::chrono::duration_cast<std::chrono::microseconds>(ended.mono - started.mono);
  entry.status = outcome.status;
  entry.cause = cause_of(outcome);
  if (entry.failed()) entry.detail = outcome.status == 0 ? describe(outcome) : outcome.answer;
  entry.replay = ticket.job.replay.value != 0;
  if (!entry.replay) return recorder_->note(std::move(entry), ticket.key());
  const auto& resource = ledger_.resource(ticket.job.replay);
  recorder_->note(std::move(entry), resource.type + std::string(1, '\0') + resource.id);
}

// What a failure tells of the endpoint.
void Dispatcher::Impl::judged(const Outcome& outcome, std::size_t key) {
  const auto now = rooms_.timers.now();
  if (outcome.refused()) return breaker_.abandoned(now);
  const auto before = breaker_.state();
  breaker_.failed(now, key);
  if (before == breaker_.state()) return;
  lanes_.drop_bodies();  // it may take long, and there may be many such endpoints
  room_.wake_all();
  log_event(Level::kWarn, "endpoint_down", {{"endpoint", config_.name}, {"breaker", name(breaker_.state())}, {"last", describe(outcome)}});
  if (!rooms_.incidents || breaker_.state() != Breaker::State::kOpen) return;
  rooms_.incidents->report("endpoint_down:" + config_.name, engine::telemetry::Severity::kCritical,
                           "Webhooks are not accepted: " + describe(outcome) + " Deliveries wait and nothing is lost; mend the receiver at " + url_.host + ".");
}

Attempt Dispatcher::Impl::stand(const Job& job, bool endpoint_down) const {
  Attempt stand{job.attempts + 1, endpoint_down, 0ms};
  if (const auto since = breaker_.failing_since(); since && stand.endpoint_down) {
    const auto down = rooms_.timers.now() - *since;
    const auto age = rooms_.timers.wall_now() - job.appended;
    stand.held_for = std::chrono::duration_cast<std::chrono::milliseconds>(std::min<std::chrono::nanoseconds>(down, age));
  }
  return stand;
}

void Dispatcher::Impl::succeeded(const Outcome& outcome) {
  count(outcome);
  concurrency_.succeeded(in_flight_ + 1);
  const bool was_down = breaker_.blames_endpoint();
  breaker_.succeeded();
  if (!was_down) return;
  log_event(Level::kInfo, "endpoint_back", {{"endpoint", config_.name}});
  if (rooms_.incidents) rooms_.incidents->resolve("endpoint_down:" + config_.name);
  room_.wake_all();
}

void Dispatcher::Impl::settle(LaneSet::Ticket&& ticket) {
  spare(lanes_.settle(std::move(ticket)));
  progressed(1);
}

void Dispatcher::Impl::spare(std::string body) {
  if (spare_bodies_.size() < kSpareBodies && body.capacity() <= kSpareBodyBytes) spare_bodies_.push_back(std::move(body));
}

// What was lent to a reader on the pool, as far as no payload took it.
void Dispatcher::Impl::take_back(SpareBodies lent) {
  if (spare_bodies_.empty()) spare_bodies_.swap(lent);
  for (auto& body : lent) spare(std::move(body));
}

engine::Task<void> Dispatcher::Impl::conclude(LaneSet::Ticket ticket, Outcome outcome) {
  if (outcome.success()) {
    succeeded(outcome);
    co_await arrived(std::move(ticket));
    co_return;
  }
  count(outcome);
  if (overloads(outcome)) concurrency_.overloaded(rooms_.timers.now());
  if (outcome.status == 410 && config_.ends_when_gone) {
    lanes_.put_back(std::move(ticket));
    end_by_410();
    co_return;
  }
  ticket.job.tried = true;
  // The failure that raises the suspicion is still charged: between two suspicions a delivery at fault comes nearer to its bound.
  const bool endpoint_down = breaker_.blames_endpoint() && !outcome.refused();
  judged(outcome, std::hash<std::string>{}(ticket.key()));
  const Verdict verdict = judge(config_.retry, stand(ticket.job, endpoint_down), outcome, random_);
  if (verdict.kind != Verdict::Kind::kHold) ++ticket.job.attempts;
  if (verdict.endpoint_gone && !gone_.exchange(true, std::memory_order_relaxed) && rooms_.incidents) {
    rooms_.incidents->report("endpoint_gone:" + config_.name, engine::telemetry::Severity::kCritical,
                             "The receiver answers 410 Gone. Give the endpoint another URL, or remove it.");
  }
  if (verdict.pause_endpoint) paused_until_ = std::max(paused_until_, rooms_.timers.now() + verdict.delay);
  switch (verdict.kind) {
    case Verdict::Kind::kDelivered: break;  // success was handled above
    case Verdict::Kind::kRetry: later(std::move(ticket), verdict.delay); break;
    case Verdict::Kind::kHold:
      lanes_.put_back(std::move(ticket));
      progressed(0);  // the attempt is to be kept
      alarm_.wake_all();
      break;
    case Verdict::Kind::kDeadLetter: co_await give_up(std::move(ticket), verdict.cause, describe(outcome)); break;
  }
  alarm_.wake_all();
}

// What is owed stays owed: whoever lets the endpoint go on decides what becomes of it.
void Dispatcher::Impl::end_by_410() {
  if (ended_by_410_) return;
  ended_by_410_ = true;
  gone_.store(true, std::memory_order_relaxed);
  publish();
  log_event(Level::kWarn, "endpoint_gone", {{"endpoint", config_.name}});
  if (rooms_.incidents) {
    rooms_.incidents->report("endpoint_gone:" + config_.name, engine::telemetry::Severity::kCritical,
                             "The receiver answers 410 Gone and the endpoint was disabled. Give it another URL and resume it, or remove it; what it is owed is kept.");
  }
  if (rooms_.gone) rooms_.gone();
}

void Dispatcher::Impl::later(LaneSet::Ticket ticket, std::chrono::milliseconds delay) {
  lanes_.park(std::move(ticket), rooms_.timers.now() + delay, rooms_.timers.wall_now() + delay);
  progressed(0);
  alarm_.wake_all();
}

engine::Task<void> Dispatcher::Impl::arrived(LaneSet::Ticket ticket) {
  if (ticket.job.replay.value != 0 && !resent_offset(ticket.job.replay)) {
    ticket.job.arrived = true;
    const DeadLetterId id = ticket.job.replay;
    const auto mark = [this, id] { return rooms_.dead_letters.mark_delivered(id); };
    auto marked = co_await engine::on_pool(rooms_.blocking, mark);
    if (!marked) {
      bump(storage_errors_);
      log_event(Level::kError, "dead_letter_not_stored", {{"endpoint", config_.name}, {"id", id.value}, {"error", marked.error().detail}});
      later(std::move(ticket), kStorageRetry);
      co_return;
    }
  }
  if (ticket.job.replay.value != 0) ledger_.settle(ticket.job.replay, {ReplayOutcome::Kind::kDelivered, {}});
  settle(std::move(ticket));
}

// The dead letter is on disk before the job is settled: the cursor never passes what is in neither place.
engine::Task<void> Dispatcher::Impl::give_up(LaneSet::Ticket ticket, Cause cause, std::string error) {
  DeadLetter letter;
  letter.event_id = ticket.job.event;
  letter.key = ticket.job.replay.value != 0 ? ledger_.resource(ticket.job.replay) : ticket.resource();
  letter.action = ticket.job.action;
  letter.attempts = ticket.job.attempts;
  letter.last_error = std::move(error);
  letter.payload = ticket.job.body.empty() ? "{}" : ticket.job.body;
  letter.offset = ticket.job.offset;
  letter.endpoint = config_.name;
  letter.sequence = ticket.job.sequence;
  letter.cause = cause;
  const auto record = [this, &letter] { return rooms_.dead_letters.record_failure(letter); };
  auto recorded = co_await engine::on_pool(rooms_.blocking, record);
  if (!recorded) {
    bump(storage_errors_);
    log_event(Level::kError, "dead_letter_not_stored", {{"endpoint", config_.name}, {"offset", letter.offset.value}, {"error", recorded.error().detail}});
    later(std::move(ticket), kStorageRetry);
    co_return;
  }
  bump(dead_);
  log_event(Level::kWarn, "dead_letter",
            {{"endpoint", config_.name}, {"id", recorded->value}, {"offset", letter.offset.value}, {"cause", name(cause)}, {"attempts", letter.attempts}});
  if (ticket.job.replay.value != 0) ledger_.settle(ticket.job.replay, {ReplayOutcome::Kind::kFailed, letter.last_error});
  settle(std::move(ticket));
}

}  // namespace delivery
