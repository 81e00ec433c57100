#pragma once
// Fixed windows, counted before and after authentication (contract craft-agents-api section 4.8).

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/base/clock.h"

namespace trust {

struct RateLimit {
  std::uint32_t requests = 60;       ///< that pass per window, identity and stage
  std::chrono::seconds window{60};
};

struct RateDecision {
  bool allowed = true;
  std::uint32_t limit = 0;
  std::uint32_t remaining = 0;
  std::int64_t reset_epoch = 0;      ///< Unix time at which the window ends
};

/// Counts one request per call. Identities live for one window; their number is bounded. When there is no room for a new
/// identity it is refused (fail closed) until the window ends; known identities go on as before.
/// Threads: any. Blocking: a short lock of one of 16 shards.
class RateLimiter {
 public:
  RateLimiter(const engine::Clock& clock, RateLimit limit, std::size_t max_identities = 131072);

  /// Stage one: client address and route (the path without slashes at its ends). `now`: what the clock said a moment ago; nullopt: it is asked.
  RateDecision before_authentication(std::string_view address, std::string_view path, std::optional<engine::WallTime> now = {});
  /// Stage two: the same and the principal's fingerprint.
  RateDecision after_authentication(std::string_view address, std::string_view path, std::string_view fingerprint, std::optional<engine::WallTime> now = {});

  const RateLimit& limit() const { return limit_; }
  /// Identities held now, for metrics and tests.
  std::size_t identities() const;

 private:
  static constexpr std::size_t kShards = 16;
  // An identity looked up, hashed once for the shard and its table.
  struct Hashed {
    explicit Hashed(std::string_view t) : text(t), hash(std::hash<std::string_view>{}(t)) {}
    std::string_view text;
    std::size_t hash;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    std::size_t operator()(const Hashed& identity) const noexcept { return identity.hash; }
  };
  struct SameText {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const noexcept { return a == b; }
    bool operator()(const Hashed& a, std::string_view b) const noexcept { return a.text == b; }
    bool operator()(std::string_view a, const Hashed& b) const noexcept { return a == b.text; }
  };
  struct Shard {
    mutable std::mutex lock;
    std::int64_t window_start = -1;
    std::unordered_map<std::string, std::uint32_t, TextHash, SameText> used;
  };
  RateDecision count(std::string_view text, std::optional<engine::WallTime> asked);

  const engine::Clock& clock_;
  RateLimit limit_;
  std::size_t max_per_shard_;
  std::array<Shard, kShards> shards_;
};

}  // namespace trust
