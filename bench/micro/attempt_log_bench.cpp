// What does it cost a delivery to be kept in the attempt log: noted on the loop, and written with its 255 neighbours?
#include <benchmark/benchmark.h>

#include <unistd.h>

#include <filesystem>

#include "delivery/attempt_log.h"
#include "delivery/key_schema.h"
#include "engine/runtime/timers.h"

namespace {

constexpr std::uint64_t kBatch = 256;

void BM_NoteAttempt(benchmark::State& state) {
  const auto directory = std::filesystem::temp_directory_path() / ("millrace-attempts-" + std::to_string(::getpid()));
  engine::store::Options options;
  options.families = delivery::families();
  auto store = engine::store::Store::open(directory.string(), options);
  if (!store) return state.SkipWithError("no store");
  engine::SystemTimers clock;
  delivery::AttemptLog log(**store, clock);
  auto recorder = log.recorder("default");
  if (!recorder) return state.SkipWithError("no recorder");
  const bool written = state.range(0) != 0;
  const auto key = std::string("product\0", 8) + "123456";
  std::uint64_t n = 0;
  for (auto _ : state) {
    delivery::AttemptEntry entry;
    entry.event = feed::EventId{++n * 0x9e3779b97f4a7c15};
    entry.offset = feed::Offset{n};
    entry.at = clock.wall_now();
    entry.latency = std::chrono::microseconds(730);
    entry.status = 200;
    (*recorder)->note(std::move(entry), key);
    if (n % kBatch != 0) continue;
    const auto packed = (*recorder)->take();
    if (!written) continue;
    engine::store::Batch batch;
    (*recorder)->add_to(batch, packed);
    if (!(*store)->write(batch, engine::store::Durability::kBuffered)) return state.SkipWithError("not written");
  }
  state.SetItemsProcessed(state.iterations());
  recorder->reset();
  store->reset();
  std::filesystem::remove_all(directory);
}
BENCHMARK(BM_NoteAttempt)->ArgName("written")->Arg(0)->Arg(1);

}  // namespace
