// Looks a token up once among a fixed set. token_timing.py counts its instructions under callgrind.
#include <cstdio>
#include <vector>

#include "access/credentials.h"

// A function of its own, so that only its instructions are counted.
extern "C" __attribute__((noinline)) const void* probe_look_up(const trust::CredentialSet& set, const char* token) { return set.find(token, {}); }

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::vector<trust::CredentialConfig> configs;
  for (int i = 0; i < 50; ++i) {
    trust::CredentialConfig config;
    config.id = "c" + std::to_string(i);
    config.token = engine::Secret("token-" + std::to_string(1000 + i) + "-abcdefghijklmnop");
    configs.push_back(std::move(config));
  }
  const auto set = trust::CredentialSet::build(configs, {});
  if (!set) return 2;
  std::puts(probe_look_up(*set, argv[1]) ? "found" : "unknown");
  return 0;
}
