#pragma once
// Was anything lost, repeated without a reason, or out of order?

#include <span>
#include <string>
#include <vector>

#include "bench/arrival_record.h"
#include "engine/base/result.h"
#include "feed/change_log.h"

namespace bench {

/// A change as every endpoint is to be told of it.
struct Told {
  std::uint64_t event = 0;
  std::uint32_t key = 0;  ///< the same resource has the same
};
/// Everything the log holds, in its order.
engine::Result<std::vector<Told>> told_by(const feed::ChangeLog& log);

struct SoakFigures {
  std::size_t owed = 0, accepted = 0;  ///< pairs of change and endpoint
  std::size_t lost = 0;                ///< owed, and never accepted
  std::size_t repeated = 0;            ///< accepted once more
  std::size_t without_kill = 0;        ///< of those: no kill lies between
  std::size_t stale = 0;               ///< of those: accepted longer before the kill than progress may lag
  std::size_t out_of_order = 0;        ///< first accepted when a later change of its resource had been
  std::size_t unknown = 0;             ///< attempts with an event that never was
  std::size_t forged = 0;              ///< attempts whose signature does not hold
  double longest_lag = 0;              ///< seconds from an acceptance that was repeated to the kill
  bool good() const { return owed > 0 && lost == 0 && without_kill == 0 && stale == 0 && out_of_order == 0 && unknown == 0 && forged == 0; }
  std::string text() const;
};
/// `kills`: their instants (now_seconds()), ascending, each when the process was gone.
SoakFigures judge_soak(std::span<const Told> told, std::span<const Arrival> arrivals, std::uint32_t endpoints, std::span<const double> kills);

/// Judges good arrivals spoilt in every way that counts. Empty: each was noticed; else which was not.
std::string unnoticed_by_judge(std::span<const Told> told, std::span<const Arrival> arrivals, std::uint32_t endpoints, std::span<const double> kills);

}  // namespace bench
