// What does it cost to recognise a token among n credentials and to ask for a scope? (bound: 3 microseconds)
#include <benchmark/benchmark.h>

#include "access/permission.h"

namespace {

std::shared_ptr<const trust::CredentialSet> credentials(std::int64_t count) {
  std::vector<trust::CredentialConfig> configs;
  for (std::int64_t i = 0; i < count; ++i) {
    trust::CredentialConfig config;
    config.id = "integration-" + std::to_string(i);
    config.token = engine::Secret("integration-token-of-usual-length-" + std::to_string(i));
    config.scopes = std::vector<std::string>{"auth:read", "changes:read", "entries:read", "health:read", "orders:read", "products:read"};
    configs.push_back(std::move(config));
  }
  return std::make_shared<const trust::CredentialSet>(*trust::CredentialSet::build(configs, {}));
}

void BM_Authenticate(benchmark::State& state) {
  const auto set = credentials(state.range(0));
  const auto token = "integration-token-of-usual-length-" + std::to_string(state.range(0) / 2);
  const engine::net::ScopeRule needed{.required = {"changes:read"}};
  const auto admitted = [&] {
    const auto* credential = set->find(token, {});
    return credential && trust::allow(trust::Principal(set, *credential, trust::AuthMethod::kAuthorization), needed).allowed;
  };
  if (!admitted()) return state.SkipWithError("the token is not recognised");
  for (auto _ : state) benchmark::DoNotOptimize(admitted());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Authenticate)->ArgName("credentials")->Arg(1)->Arg(10)->Arg(100)->Arg(1000);

}  // namespace
