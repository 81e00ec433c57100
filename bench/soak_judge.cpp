#include "bench/soak_judge.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_map>

namespace bench {
namespace {

// Progress is stored every 200 ms, where processor and disk are free: the same bound as in tests/crash.
constexpr double kProgressLag = 2.0;
// A request may lie in the receiver's socket when its sender is killed, and be noted so much later.
constexpr double kNotedLate = 0.5;

// Of an acceptance at `first` that was repeated at `again`: how long before a kill it was; nullopt: there was none between them.
std::optional<double> lag_before_kill(double first, double again, std::span<const double> kills) {
  const auto kill = std::lower_bound(kills.begin(), kills.end(), first - kNotedLate);
  if (kill == kills.end() || *kill > again) return std::nullopt;
  return *kill - first;
}

}  // namespace

engine::Result<std::vector<Told>> told_by(const feed::ChangeLog& log) {
  std::vector<Told> told;
  std::unordered_map<std::string, std::uint32_t> keys;
  for (feed::Offset next = log.first_offset(); next < log.high_watermark();) {
    auto read = log.read(next, 1u << 20);
    if (!read) return read.take_error();
    for (const auto& one : *read) {
      const auto key = keys.emplace(one.change.key.id, static_cast<std::uint32_t>(keys.size())).first->second;
      told.push_back({one.change.event_id.value, key});
      next = feed::Offset{one.offset.value + 1};
    }
  }
  return told;
}

std::string SoakFigures::text() const {
  return "lost=" + std::to_string(lost) + " repeated=" + std::to_string(repeated) + " without_kill=" + std::to_string(without_kill) + " stale=" + std::to_string(stale) +
         " out_of_order=" + std::to_string(out_of_order) + " unknown=" + std::to_string(unknown) + " forged=" + std::to_string(forged) +
         " longest_lag_ms=" + std::to_string(static_cast<long>(longest_lag * 1000));
}

SoakFigures judge_soak(std::span<const Told> told, std::span<const Arrival> arrivals, std::uint32_t endpoints, std::span<const double> kills) {
  SoakFigures figures;
  figures.owed = told.size() * endpoints;
  std::unordered_map<std::uint64_t, std::uint32_t> place;  // event -> where in the log
  std::uint32_t keys = 0;
  for (std::uint32_t i = 0; i < told.size(); ++i) {
    place[told[i].event] = i;
    keys = std::max(keys, told[i].key + 1);
  }
  std::vector<double> accepted_at(figures.owed, -1);
  std::vector<std::uint32_t> newest(std::size_t(keys) * endpoints, 0);  // per endpoint and key: one past the last place accepted
  for (const auto& one : arrivals) {
    const auto found = place.find(one.event);
    figures.forged += !one.genuine;
    figures.unknown += found == place.end() || one.endpoint >= endpoints;
    if (!one.genuine || !one.accepted || found == place.end() || one.endpoint >= endpoints) continue;
    auto& before = accepted_at[one.endpoint * told.size() + found->second];
    if (before < 0) {
      auto& last = newest[std::size_t(one.endpoint) * keys + told[found->second].key];
      ++figures.accepted;
      figures.out_of_order += found->second < last;
      last = std::max(last, found->second + 1);
    } else {
      const auto lag = lag_before_kill(before, one.at, kills);
      ++figures.repeated;
      figures.without_kill += !lag;
      figures.stale += lag && *lag > kProgressLag;
      figures.longest_lag = std::max(figures.longest_lag, lag.value_or(0));
    }
    before = one.at;
  }
  figures.lost = figures.owed - figures.accepted;
  return figures;
}

std::string unnoticed_by_judge(std::span<const Told> told, std::span<const Arrival> arrivals, std::uint32_t endpoints, std::span<const double> kills) {
  // The first change of a resource that comes again, as one endpoint accepted both.
  const auto later = std::find_if(told.begin() + 1, told.end(), [&](const Told& one) { return one.key == told.front().key; });
  if (later == told.end()) return "no resource changed twice";
  const auto accepts = [](std::uint64_t event) { return [event](const Arrival& one) { return one.endpoint == 0 && one.accepted && one.event == event; }; };
  using Arrivals = std::vector<Arrival>;
  const auto figures_of = [&](const std::function<void(Arrivals&)>& spoil) {
    Arrivals spoilt(arrivals.begin(), arrivals.end());
    spoil(spoilt);
    return judge_soak(told, spoilt, endpoints, kills);
  };
  const auto at = [&](Arrivals& all, std::uint64_t event) -> Arrival& { return *std::find_if(all.begin(), all.end(), accepts(event)); };
  if (figures_of([&](Arrivals& all) { std::erase_if(all, accepts(told.front().event)); }).lost != 1) return "a loss";
  Arrivals doubled(arrivals.begin(), arrivals.end());
  doubled.push_back(at(doubled, told.front().event));
  if (judge_soak(told, doubled, endpoints, {}).without_kill != judge_soak(told, arrivals, endpoints, kills).repeated + 1) return "a repeat without a kill";
  const auto swapped = [&](Arrivals& all) { std::swap(at(all, told.front().event).event, at(all, later->event).event); };
  if (figures_of(swapped).out_of_order == 0) return "a change overtaken by the next of its resource";
  if (figures_of([&](Arrivals& all) { at(all, told.front().event).genuine = false; }).forged != 1) return "a forged signature";
  if (figures_of([&](Arrivals& all) { all.push_back({all.back().at, 1, 0, true, true}); }).unknown != 1) return "an event that never was";
  return {};
}

}  // namespace bench
