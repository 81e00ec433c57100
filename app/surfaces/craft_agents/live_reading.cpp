#include "app/surfaces/craft_agents/live_reading.h"

namespace app::craft_agents {

std::optional<LiveReading::Seat> LiveReading::sit(const trust::Principal& principal) {
  std::string whose(principal.fingerprint());
  const std::lock_guard lock(mutex_);
  if (seated_ >= limits_.readers) return std::nullopt;
  auto& own = by_credential_[whose];
  if (own >= limits_.readers_per_credential) return std::nullopt;
  ++own;
  ++seated_;
  return Seat(*this, std::move(whose));
}

void LiveReading::stand_up(const std::string& whose) {
  const std::lock_guard lock(mutex_);
  --seated_;
  const auto own = by_credential_.find(whose);
  if (--own->second == 0) by_credential_.erase(own);
}

std::size_t LiveReading::seated() const {
  const std::lock_guard lock(mutex_);
  return seated_;
}

}  // namespace app::craft_agents
