// What does one page of the feed cost, by page size, from a warm log?
#include <benchmark/benchmark.h>

#include "app/surfaces/craft_agents/feed_types.h"
#include "bench/sample_log.h"
#include "feed/feed_reader.h"

namespace {

void BM_FeedPage(benchmark::State& state) {
  auto sample = bench::SampleLog::create();
  if (!sample || !(*sample)->append(2000, static_cast<std::size_t>(state.range(1)))) return state.SkipWithError("no log");
  const auto types = app::craft_agents::feed_types();
  const feed::FeedReader reader((*sample)->log(), types);
  feed::PageRequest request;
  request.types = types.all();
  request.limit = static_cast<unsigned>(state.range(0));
  request.now = (*sample)->timers().wall_now();
  if (auto check = reader.page(request); !check || check->count() != request.limit) return state.SkipWithError("the page is not full");
  for (auto _ : state) benchmark::DoNotOptimize(reader.page(request));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_FeedPage)->ArgNames({"items", "bytes"})->Args({1, 1024})->Args({50, 1024})->Args({200, 1024})->Args({200, 200});

// What does a reader that has caught up cost?
void BM_FeedNothingNew(benchmark::State& state) {
  auto sample = bench::SampleLog::create();
  if (!sample || !(*sample)->append(2000, 200)) return state.SkipWithError("no log");
  const auto types = app::craft_agents::feed_types();
  const feed::FeedReader reader((*sample)->log(), types);
  feed::PageRequest request;
  request.types = types.all();
  request.now = (*sample)->timers().wall_now();
  request.cursor = reader.latest_cursor(types.all(), request.now);
  if (auto check = reader.page(request); !check || check->count() != 0) return state.SkipWithError("something is new");
  for (auto _ : state) benchmark::DoNotOptimize(reader.page(request, engine::store::ReadFrom::kCacheOnly));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_FeedNothingNew);

}  // namespace
