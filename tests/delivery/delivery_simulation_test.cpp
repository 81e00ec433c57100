// Random faults, one loop, a model of what must hold: nothing lost, order per key, at least once, dead letters own their payload.
#include <gtest/gtest.h>

#include <random>

#include "tests/delivery/stage.h"

using namespace std::chrono_literals;

namespace delivery {
namespace {

using test::Act;
using test::Arrival;
using test::Stage;

Act random_act(std::mt19937_64& random) {
  const auto after = std::chrono::milliseconds(random() % 50);
  switch (random() % 12) {
    case 0: return test::answers(500);
    case 1: return test::fails(engine::Errc::kTimedOut);
    case 2: return test::fails(engine::Errc::kUnavailable);
    case 3: return random() % 8 ? test::answers(404) : test::answers(503, "Retry-After: 2\r\n");
    default: return {200, {}, after, {}};
  }
}

// Every appended version was accepted or lies, payload and all, among the dead letters; per resource first acceptances are in order.
void check_model(const Stage& stage, bool order) {
  std::set<std::string> accepted_bodies, dead_bodies;
  for (const Arrival& one : stage.transport.accepted()) accepted_bodies.insert(one.body);
  const auto dead = stage.letters->list(std::nullopt, 100'000).value();
  for (const DeadLetter& letter : dead) dead_bodies.insert(letter.payload);
  std::map<std::string, std::set<int>> known;
  for (const auto* bodies : {&accepted_bodies, &dead_bodies}) {
    for (const std::string& body : *bodies) {
      Arrival one;
      one.body = body;
      known[one.resource()].insert(one.version());
    }
  }
  for (const auto& [resource, count] : stage.versions) EXPECT_EQ(known[resource].size(), static_cast<std::size_t>(count)) << resource;
  if (!order) return;
  for (const auto& [resource, versions] : stage.accepted_versions()) {
    EXPECT_TRUE(std::is_sorted(versions.begin(), versions.end())) << resource;
  }
}

void append_some(Stage& stage, std::mt19937_64& random) {
  std::vector<std::string> resources;
  for (std::size_t n = random() % 12; n > 0; --n) resources.push_back("entry/" + std::to_string(random() % 15));
  if (!resources.empty()) stage.append(resources);
}

class Simulation : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Simulation, RandomFailuresLoseNothingAndKeepTheOrderOfEachKey) {
  std::mt19937_64 random(GetParam());
  std::mt19937_64 receiver(GetParam() + 1000);
  Stage stage([&](const Arrival&) { return random_act(receiver); });
  for (int round = 0; round < 60; ++round) {
    append_some(stage, random);
    stage.run_for(std::chrono::milliseconds(random() % 3000));
  }
  stage.run_for(6h);
  EXPECT_EQ(stage.dispatcher->stats().lag, 0u);
  EXPECT_EQ(stage.dispatcher->stats().parked, 0u);
  check_model(stage, true);
}

TEST_P(Simulation, ACrashAtAnyStepLosesNothing) {
  std::mt19937_64 random(GetParam());
  std::mt19937_64 receiver(GetParam() + 2000);
  Stage stage([&](const Arrival&) { return random_act(receiver); });
  for (int life = 0; life < 6; ++life) {
    for (int round = 0; round < 6; ++round) {
      append_some(stage, random);
      stage.run_for(std::chrono::milliseconds(random() % 2000));
    }
    // One handler at a time, so that the end falls between any two writes.
    for (auto steps = random() % 60; steps > 0; --steps) {
      if (stage.loop().poll_one() == 0) stage.timers.advance(10ms);
    }
    stage.crash();
    stage.start();
  }
  stage.run_for(6h);
  EXPECT_EQ(stage.dispatcher->stats().lag, 0u);
  EXPECT_EQ(stage.dispatcher->stats().parked, 0u);
  check_model(stage, true);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Simulation, ::testing::Range<std::uint64_t>(1, 13));

}  // namespace
}  // namespace delivery
