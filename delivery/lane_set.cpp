#include "delivery/lane_set.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace delivery {
namespace {

constexpr std::size_t kSpareLanes = 1024;
constexpr std::size_t kSpareJobs = 4;  // of a spare lane

// Assigning an empty text would keep the memory.
void release(std::string& body) { std::string().swap(body); }

feed::ResourceKey split(const std::string& key) {
  const auto nul = key.find('\0');
  return {key.substr(0, nul), key.substr(nul + 1)};
}

}  // namespace

const std::string& LaneSet::Ticket::key() const { return lane->key; }
feed::ResourceKey LaneSet::Ticket::resource() const { return split(lane->key); }

LaneSet::Lane& LaneSet::lane(std::string_view type, std::string_view id) {
  key_.assign(type).append(1, '\0').append(id);
  const auto hash = std::hash<std::string>{}(key_);
  if (auto* const found = lanes_.find(key_, hash)) return *found;
  std::unique_ptr<Lane> made;
  if (spare_.empty()) {
    made = std::make_unique<Lane>();
  } else {
    made = std::move(spare_.back());
    spare_.pop_back();
  }
  made->key.assign(key_);
  made->hash = hash;
  return lanes_.insert(std::move(made));
}

// A lane of a delivery or two is the rule: its memory waits for the next one.
void LaneSet::forget(Lane& lane) {
  auto gone = lanes_.extract(lane);
  if (spare_.size() >= kSpareLanes || gone->waiting.capacity() > kSpareJobs) return;
  gone->again = false;
  spare_.push_back(std::move(gone));
}

void LaneSet::make_ready(Lane& lane) { ready_.push_back(&lane); }

void LaneSet::read_up_to(feed::Offset next) {
  next_offset_ = next;
  while (!ahead_.empty() && ahead_.front() < next) ahead_.pop_front();
}

void LaneSet::add(std::string_view type, std::string_view id, Job&& job) {
  job.sequence = next_sequence_++;
  const bool done = parked_.contains(job.offset) || std::binary_search(ahead_.begin(), ahead_.end(), job.offset);
  read_up_to(feed::Offset{job.offset.value + 1});
  if (done && !window_.empty()) window_.push_back({job.offset, job.sequence, job.appended, true});
  if (done) return;
  Lane& home = lane(type, id);
  window_.push_back({job.offset, job.sequence, job.appended, false});
  job.counted = job.body.size();
  body_bytes_ += job.counted;
  const bool behind_parked = home.alarm || (!home.waiting.empty() && home.waiting.back().parked);
  if (behind_parked) store_parked(home, job, {});
  home.waiting.push_back(std::move(job));
  if (home.waiting.size() == 1 && !home.out && !home.alarm) make_ready(home);
}

void LaneSet::restore(const ParkedRow& row, engine::MonoTime due) {
  Lane& home = lane(row.key.type, row.key.id);
  Job job;
  job.offset = row.offset;
  job.sequence = row.sequence;
  job.attempts = row.attempts;
  job.appended = row.appended;
  job.event = row.event;
  job.action = row.action;
  job.parked = true;
  parked_.emplace(row.offset, row.appended);
  home.waiting.push_back(std::move(job));
  if (!home.alarm) home.alarm = alarms_.emplace(due, &home);
}

void LaneSet::add_replay(DeadLetterId id) {
  Lane& home = lane("", std::to_string(id.value));  // no resource has an empty type
  if (home.out) home.again = true;
  if (home.out || home.alarm || !home.waiting.empty()) return;
  start_replay(home, id);
  make_ready(home);
}

void LaneSet::start_replay(Lane& home, DeadLetterId id) {
  Job job;
  job.replay = id;
  home.waiting.push_back(std::move(job));
  ++replays_;
}

LaneSet::Ticket LaneSet::take() { return take(ready_.begin()); }

LaneSet::Ticket LaneSet::take_probe() {
  const auto untried = [](const Lane* lane) { return !lane->waiting.front().tried && lane->waiting.front().attempts == 0; };
  const auto found = std::find_if(ready_.begin(), ready_.end(), untried);
  return take(found == ready_.end() ? ready_.begin() : found);
}

LaneSet::Ticket LaneSet::take(std::deque<Lane*>::iterator ready) {
  assert(!ready_.empty());
  Lane* home = *ready;
  if (ready == ready_.begin()) {  // erase() would move others
    ready_.pop_front();
  } else {
    ready_.erase(ready);
  }
  Ticket ticket{std::move(home->waiting.front()), home};
  home->waiting.erase(home->waiting.begin());
  home->out = true;
  return ticket;
}

void LaneSet::leave_window(feed::Offset offset) {
  // Offsets are nearly dense: most often the slot stands where it would if nothing had been skipped.
  auto slot = window_.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(offset.value - window_.front().offset.value, window_.size() - 1));
  if (slot->offset != offset) slot = std::lower_bound(window_.begin(), slot, offset, [](const Slot& s, feed::Offset o) { return s.offset < o; });
  assert(slot != window_.end() && slot->offset == offset);
  slot->settled = true;
  while (!window_.empty() && window_.front().settled) window_.pop_front();
}

std::string LaneSet::settle(Ticket&& ticket) {
  Lane& home = *ticket.lane;
  home.out = false;
  if (ticket.job.replay.value != 0) {
    --replays_;
    if (std::exchange(home.again, false)) start_replay(home, ticket.job.replay);
  } else if (ticket.job.parked) {
    parked_.erase(ticket.job.offset);
    rows_[ticket.job.offset] = std::nullopt;
  } else {
    body_bytes_ -= ticket.job.counted;
    leave_window(ticket.job.offset);
  }
  if (home.waiting.empty()) {
    forget(home);
  } else {
    make_ready(home);
  }
  return std::move(ticket.job.body);
}

void LaneSet::store_parked(const Lane& home, Job& job, engine::WallTime due_wall) {
  if (!job.parked) {
    job.parked = true;
    body_bytes_ -= std::exchange(job.counted, 0);
    leave_window(job.offset);
    parked_.emplace(job.offset, job.appended);
  }
  release(job.body);
  rows_[job.offset] = ParkedRow{job.offset, split(home.key), job.attempts, due_wall, job.appended, job.sequence, job.event, job.action};
}

void LaneSet::park(Ticket ticket, engine::MonoTime due, engine::WallTime due_wall) {
  Lane& home = *ticket.lane;
  home.out = false;
  if (ticket.job.replay.value == 0) {
    store_parked(home, ticket.job, due_wall);
    for (Job& follower : home.waiting) {
      if (!follower.parked) store_parked(home, follower, {});
    }
  }
  release(ticket.job.body);
  home.waiting.insert(home.waiting.begin(), std::move(ticket.job));
  home.alarm = alarms_.emplace(due, &home);
}

void LaneSet::put_back(Ticket ticket) {
  Lane& home = *ticket.lane;
  home.out = false;
  if (ticket.job.parked || ticket.job.replay.value != 0) release(ticket.job.body);  // only the window's bodies are counted and kept
  home.waiting.insert(home.waiting.begin(), std::move(ticket.job));
  make_ready(home);
}

void LaneSet::drop_bodies() {
  lanes_.each([this](Lane& lane) {
    for (Job& job : lane.waiting) {
      if (job.parked || job.replay.value != 0) continue;
      body_bytes_ -= std::exchange(job.counted, 0);
      release(job.body);
    }
  });
}

std::optional<engine::MonoTime> LaneSet::next_due() const {
  if (alarms_.empty()) return std::nullopt;
  return alarms_.begin()->first;
}

void LaneSet::ring(engine::MonoTime now) {
  while (!alarms_.empty() && alarms_.begin()->first <= now) {
    Lane* home = alarms_.begin()->second;
    alarms_.erase(alarms_.begin());
    home->alarm.reset();
    make_ready(*home);
  }
}

Progress LaneSet::progress() const {
  if (window_.empty()) return {next_offset_, next_sequence_ - 1};
  return {window_.front().offset, window_.front().sequence - 1};
}

Progress LaneSet::progress_to_store() const {
  Progress all = progress();
  for (const Slot& slot : window_) {
    if (slot.settled) all.ahead.push_back(slot.offset);
  }
  all.ahead.insert(all.ahead.end(), ahead_.begin(), ahead_.end());
  return all;
}

std::optional<feed::Offset> LaneSet::oldest_parked() const {
  if (parked_.empty()) return std::nullopt;
  return parked_.begin()->first;
}

std::optional<engine::WallTime> LaneSet::oldest_appended() const {
  std::optional<engine::WallTime> oldest;
  if (!window_.empty()) oldest = window_.front().appended;
  if (!parked_.empty() && (!oldest || parked_.begin()->second < *oldest)) oldest = parked_.begin()->second;
  return oldest;
}

}  // namespace delivery
