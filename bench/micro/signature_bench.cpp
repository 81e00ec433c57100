// What does a webhook signature cost, by body size, with a key set once?
#include <benchmark/benchmark.h>

#include "engine/crypto/hmac.h"

namespace {

void BM_Signature(benchmark::State& state) {
  engine::crypto::HmacSha256 hmac(engine::Secret("whsec_benchmark"));
  const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
  if (hmac.sign({"1772619072", ".", body}) != hmac.sign({"1772619072.", body})) return state.SkipWithError("parts do not add up");
  for (auto _ : state) benchmark::DoNotOptimize(hmac.sign({"1772619072", ".", body}));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Signature)->ArgName("bytes")->Arg(256)->Arg(1024)->Arg(16384);

}  // namespace
