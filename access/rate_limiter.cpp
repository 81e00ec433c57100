#include "access/rate_limiter.h"

#include <algorithm>

#include "engine/base/utc.h"

namespace trust {

namespace {

constexpr std::size_t kLongestIdentity = 512;

std::string_view without_slashes(std::string_view path) {
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

/// Builds identities in place: the common case of a known identity allocates nothing.
std::string& scratch() {
  thread_local std::string text;
  text.clear();
  return text;
}

}  // namespace

RateLimiter::RateLimiter(const engine::Clock& clock, RateLimit limit, std::size_t max_identities)
    : clock_(clock), limit_(limit), max_per_shard_(std::max<std::size_t>(1, max_identities / kShards)) {
  limit_.window = std::max(limit_.window, std::chrono::seconds(1));
}

RateDecision RateLimiter::before_authentication(std::string_view address, std::string_view path, std::optional<engine::WallTime> now) {
  auto& identity = scratch();
  identity.append("1|").append(address).append("|").append(without_slashes(path));
  return count(identity, now);
}

RateDecision RateLimiter::after_authentication(std::string_view address, std::string_view path, std::string_view fingerprint, std::optional<engine::WallTime> now) {
  auto& identity = scratch();
  identity.append("2|").append(fingerprint).append("|").append(address).append("|").append(without_slashes(path));
  return count(identity, now);
}

RateDecision RateLimiter::count(std::string_view text, std::optional<engine::WallTime> asked) {
  const Hashed identity(text.substr(0, kLongestIdentity));
  const auto window = limit_.window.count();
  const auto now = engine::unix_seconds(asked ? *asked : clock_.wall_now());
  const auto start = now - (now % window + window) % window;
  RateDecision decision{true, limit_.requests, 0, start + window};

  auto& shard = shards_[(identity.hash >> 48) % kShards];
  const std::lock_guard guard(shard.lock);
  if (shard.window_start != start) {
    shard.used.clear();
    shard.window_start = start;
  }
  auto counter = shard.used.find(identity);
  if (counter == shard.used.end()) {
    if (shard.used.size() >= max_per_shard_) {
      decision.allowed = false;
      return decision;
    }
    counter = shard.used.emplace(identity.text, 0).first;
  }
  if (counter->second >= limit_.requests) {
    decision.allowed = false;
    return decision;
  }
  ++counter->second;
  decision.remaining = limit_.requests - counter->second;
  return decision;
}

std::size_t RateLimiter::identities() const {
  std::size_t sum = 0;
  for (const auto& shard : shards_) {
    const std::lock_guard guard(shard.lock);
    sum += shard.used.size();
  }
  return sum;
}

}  // namespace trust
