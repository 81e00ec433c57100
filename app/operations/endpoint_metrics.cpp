#include "app/operations/endpoint_metrics.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "delivery/fleet.h"
#include "replay/replay_jobs.h"

namespace app::operations {

namespace {

using delivery::DispatcherStats;
using delivery::EndpointGlance;
using engine::telemetry::Samples;

struct Series {
  DispatcherStats stats;
  std::uint64_t running = 0;
};

void add(Series& sum, const Series& one) {
  auto& s = sum.stats;
  add_counters(s, one.stats);
  s.lag = std::max(s.lag, one.stats.lag);
  s.oldest_age = std::max(s.oldest_age, one.stats.oldest_age);
  s.breaker = std::max(s.breaker, one.stats.breaker);
  s.in_flight += one.stats.in_flight;
  s.parked += one.stats.parked;
  s.parked_keys += one.stats.parked_keys;
  s.replays_waiting += one.stats.replays_waiting;
  s.concurrency += one.stats.concurrency;
  sum.running += one.running;
}

// A circuit that probes is as good as open.
double told(delivery::Breaker::State state) {
  switch (state) {
    case delivery::Breaker::State::kClosed: return 0;
    case delivery::Breaker::State::kSuspect: return 1;
    case delivery::Breaker::State::kOpen:
    case delivery::Breaker::State::kHalfOpen: return 2;
  }
  return 2;
}

void tell(Samples& samples, const std::string& name, const Series& series) {
  const auto& stats = series.stats;
  const auto gauge = [&](const char* metric, const char* help, double value) { samples.gauge(metric, help, {{"endpoint", name}}, value); };
  gauge("millrace_endpoint_running", "1 while the endpoint is sent to: not paused, disabled or without an owner who may be told.", double(series.running));
  gauge("millrace_endpoint_lag_changes", "Changes between an endpoint's cursor and the high watermark.", double(stats.lag));
  gauge("millrace_endpoint_oldest_age_seconds", "Age of the oldest delivery that is known to be owed to an endpoint.", double(stats.oldest_age.count()) / 1e6);
  gauge("millrace_endpoint_in_flight", "Attempts at an endpoint under way.", double(stats.in_flight));
  gauge("millrace_endpoint_concurrency_limit", "Attempts at an endpoint that may be under way at once, as things are.", double(stats.concurrency));
  gauge("millrace_endpoint_breaker_state", "0: closed, 1: the endpoint is suspected to be down, 2: it is held to be down and probed.", told(stats.breaker));
  gauge("millrace_endpoint_parked", "Deliveries to an endpoint that wait for a retry, or behind one.", double(stats.parked));
  gauge("millrace_endpoint_parked_keys", "What waits for its next attempt at an endpoint: one for each resource or replay.", double(stats.parked_keys));
  gauge("millrace_endpoint_replays_waiting", "Replays to an endpoint that were asked for and not sent yet.", double(stats.replays_waiting));
  const auto attempts = [&](const char* outcome, std::uint64_t value) {
    samples.counter("millrace_endpoint_attempts_total", "Attempts at an endpoint by outcome, since start.", {{"endpoint", name}, {"outcome", outcome}}, double(value));
  };
  attempts("delivered", stats.delivered);
  attempts("refused", stats.refused);
  attempts("timed_out", stats.timed_out);
  attempts("unreachable", stats.unreachable);
  samples.counter("millrace_endpoint_dead_letters_total", "Deliveries to an endpoint given up, since start.", {{"endpoint", name}}, double(stats.dead_letters));
}

// Whose turn it is to have series of its own: the smallest first.
using Rank = std::tuple<bool, engine::WallTime, std::string>;

void tell_endpoints(Samples& samples, const delivery::Fleet& fleet, std::size_t own) {
  std::map<Rank, Series> shown;
  Series others;
  std::size_t all = 0;
  fleet.visit([&](const EndpointGlance& glance) {
    ++all;
    shown.emplace(Rank{!glance.standard, glance.created, std::string(glance.name)}, Series{glance.stats, glance.running ? 1u : 0u});
    if (shown.size() <= own) return;
    const auto last = std::prev(shown.end());
    add(others, last->second);
    shown.erase(last);
  });
  samples.gauge("millrace_endpoints", "Endpoints there are, the contract's own one and those that operators made.", {}, double(all));
  for (const auto& [rank, series] : shown) tell(samples, std::get<2>(rank), series);
  if (all > own) tell(samples, kOtherEndpoints, others);
}

void tell_replays(Samples& samples, const replay::ReplayJobs& jobs) {
  const auto tally = jobs.tally();
  if (!tally) return;  // the store's own metrics and readiness say so
  for (const auto& [state, count] : tally->jobs) {
    samples.gauge("millrace_replay_jobs", "Replay jobs that are kept, by state.", {{"state", std::string(name(state))}}, double(count));
  }
  const auto items = [&](const char* outcome, std::uint64_t value) {
    samples.counter("millrace_replay_items_total", "Dead letters and changes of history that replay jobs have settled, by outcome, since start.", {{"outcome", outcome}},
                    double(value));
  };
  items("delivered", tally->delivered);
  items("failed", tally->failed);
  items("skipped", tally->skipped);
}

}  // namespace

void register_endpoint_metrics(engine::telemetry::Registry& registry, const delivery::Fleet& fleet, std::size_t own) {
  registry.collect([&fleet, own](Samples& samples) { tell_endpoints(samples, fleet, own); });
}

void register_replay_metrics(engine::telemetry::Registry& registry, const replay::ReplayJobs& jobs) {
  registry.collect([&jobs](Samples& samples) { tell_replays(samples, jobs); });
}

}  // namespace app::operations
