#include "delivery/breaker.h"

#include <algorithm>

namespace delivery {

const char* name(Breaker::State state) {
  switch (state) {
    case Breaker::State::kClosed: return "closed";
    case Breaker::State::kSuspect: return "suspect";
    case Breaker::State::kOpen: return "open";
    case Breaker::State::kHalfOpen: return "half_open";
  }
  return "closed";
}

bool Breaker::may_start(engine::MonoTime now, std::size_t in_flight, std::size_t concurrency) const {
  if (state_ == State::kClosed) return in_flight < std::min(concurrency, ramp_);
  // A probe alone tells something; stragglers of better days end first.
  return state_ != State::kHalfOpen && in_flight == 0 && now >= next_start_;
}

std::optional<engine::MonoTime> Breaker::next_start() const {
  if (state_ == State::kSuspect || state_ == State::kOpen) return next_start_;
  return std::nullopt;
}

void Breaker::started(engine::MonoTime now) {
  if (state_ == State::kOpen) state_ = State::kHalfOpen;
  if (state_ == State::kSuspect) next_start_ = now + policy_.suspect_every;
}

void Breaker::succeeded() {
  failures_ = 0;
  keys_.clear();
  if (state_ != State::kClosed) ramp_ = 1;
  if (ramp_ < SIZE_MAX) ramp_ = ramp_ < 4096 ? ramp_ + 1 : SIZE_MAX;
  state_ = State::kClosed;
}

void Breaker::abandoned(engine::MonoTime now) {
  if (state_ != State::kHalfOpen) return;
  state_ = State::kOpen;
  next_start_ = now;
}

void Breaker::note(engine::MonoTime now, std::size_t key) {
  if (failures_ == 0) since_ = now;
  if (failures_ < policy_.failures) ++failures_;
  if (keys_.size() < policy_.keys && std::find(keys_.begin(), keys_.end(), key) == keys_.end()) keys_.push_back(key);
}

void Breaker::failed(engine::MonoTime now, std::size_t key) {
  note(now, key);
  if (state_ == State::kClosed && failures_ >= policy_.failures && keys_.size() >= policy_.keys) {
    state_ = State::kSuspect;
    next_start_ = now + policy_.suspect_every;
  }
  if (state_ == State::kSuspect && now - since_ >= policy_.span) {
    state_ = State::kOpen;
    probe_wait_ = policy_.first_probe;
    next_start_ = now + probe_wait_;
  } else if (state_ == State::kHalfOpen) {
    state_ = State::kOpen;
    probe_wait_ = std::min(probe_wait_ * 2, policy_.probe_cap);
    next_start_ = now + probe_wait_;
  }
}

std::optional<engine::MonoTime> Breaker::failing_since() const {
  if (failures_ == 0) return std::nullopt;
  return since_;
}

}  // namespace delivery
