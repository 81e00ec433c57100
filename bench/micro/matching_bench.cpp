// What does finding those who want a change cost beside endpoints that do not?
#include <benchmark/benchmark.h>

#include "delivery/matcher.h"

namespace {

delivery::Subscription where(const std::string& test) {
  delivery::Subscription wanted;
  wanted.where.push_back(delivery::parse_predicate(test).value());
  return wanted;
}

std::string record() {
  feed::Change change;
  change.key = {"entry", "1"};
  change.webhook_action = feed::Action::kUpdated;
  change.parts.list = R"({"id":1,"title":"A title of the usual length","slug":"a-title","section":"news","status":"live","updatedAt":"2026-01-31T12:00:00Z"})";
  return feed::encode_change(change);
}

// One endpoint wants the change, the others that `matcher` holds do not.
void match(benchmark::State& state, delivery::Matcher& matcher) {
  const std::string bytes = record();
  const auto change = feed::view_change(bytes).value();
  std::vector<delivery::Matcher::Slot> matched;
  for (auto _ : state) {
    matcher.match(change, matched);
    benchmark::DoNotOptimize(matched.data());
  }
  if (matched.size() != 1) state.SkipWithError("one endpoint wants it");
}

// range(0) others test the same field for another value.
void BM_MatchBesideOtherValues(benchmark::State& state) {
  delivery::Matcher matcher;
  matcher.put(0, where("section=news"));
  for (int i = 0; i < state.range(0); ++i) matcher.put(static_cast<delivery::Matcher::Slot>(i + 1), where("section=other-" + std::to_string(i)));
  match(state, matcher);
}
BENCHMARK(BM_MatchBesideOtherValues)->Arg(0)->Arg(10)->Arg(100)->Arg(1000);

// The others want another resource type.
void BM_MatchBesideOtherTypes(benchmark::State& state) {
  delivery::Matcher matcher;
  matcher.put(0, {});
  delivery::Subscription orders;
  orders.types = {"order"};
  for (int i = 0; i < state.range(0); ++i) matcher.put(static_cast<delivery::Matcher::Slot>(i + 1), orders);
  match(state, matcher);
}
BENCHMARK(BM_MatchBesideOtherTypes)->Arg(0)->Arg(1000);

}  // namespace
