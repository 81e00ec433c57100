// Replay jobs that die again and again: nothing is skipped, and what is repeated was in flight.
#include <gtest/gtest.h>

#include <random>

#include "tests/replay/job_stage.h"

using namespace std::chrono_literals;

namespace replay {
namespace {

using delivery::DeadLetterStatus;
using test::Arrival;
using test::JobStage;

test::Act random_act(std::mt19937_64& random) {
  const auto after = std::chrono::milliseconds(random() % 80);
  switch (random() % 12) {
    case 0: return test::answers(503);
    case 1: return test::fails(engine::Errc::kTimedOut);
    default: return {200, {}, after, {}};
  }
}

class JobSimulation : public ::testing::TestWithParam<std::uint64_t> {};

// One handler at a time, so that the end falls between any two writes.
void die_somewhere(JobStage& s, std::mt19937_64& random) {
  s.stage.run_for(std::chrono::milliseconds(random() % 1500));
  for (auto steps = random() % 200; steps > 0; --steps) {
    if (s.stage.loop().poll_one() == 0) s.stage.timers.advance(5ms);
  }
  s.crash();
}

TEST_P(JobSimulation, AJobOfHistoryThatDiesSkipsNothing) {
  std::mt19937_64 random(GetParam()), receiver(GetParam() + 1000);
  JobStage s;
  std::vector<std::string> resources;
  for (int i = 0; i < 400; ++i) resources.push_back("entry/" + std::to_string(random() % 40));
  s.stage.append(resources);
  s.stage.run_for(5s);
  const auto live = s.stage.transport.arrivals.size();
  ASSERT_EQ(live, 400u);
  s.stage.transport.decide([&](const Arrival&) { return random_act(receiver); });
  ASSERT_TRUE(s.create({.source = Source::kHistory, .endpoint = "default", .from_offset = feed::Offset{1}}, 100));
  const int lives = 4;
  for (int life = 0; life < lives; ++life) die_somewhere(s, random);
  s.stage.run_for(12h);
  const auto view = s.view();
  EXPECT_EQ(view.job.state, JobState::kFinished);
  EXPECT_EQ(view.progress.done(), 400u);
  std::map<std::string, std::size_t> accepted;
  std::size_t all = 0;
  for (std::size_t i = live; i < s.stage.transport.arrivals.size(); ++i) {
    if (s.stage.transport.arrivals[i].status != 200) continue;
    ++accepted[s.stage.transport.arrivals[i].event];
    ++all;
  }
  EXPECT_EQ(accepted.size() + s.letters(DeadLetterStatus::kFailed), 400u) << "accepted or a dead letter, each of them";
  EXPECT_LE(all - accepted.size(), lives * kJobWindow);
}

TEST_P(JobSimulation, AJobOfLettersThatDiesLeavesEachDeliveredOrFailed) {
  std::mt19937_64 random(GetParam() + 50), receiver(GetParam() + 2000);
  JobStage s([&](const Arrival&) { return random_act(receiver); });
  for (std::uint64_t n = 1; n <= 300; ++n) s.bury(n);
  ASSERT_TRUE(s.create({.source = Source::kDeadLetters}, 100));
  const int lives = 4;
  for (int life = 0; life < lives; ++life) die_somewhere(s, random);
  s.stage.run_for(12h);
  EXPECT_EQ(s.view().job.state, JobState::kFinished);
  EXPECT_EQ(s.view().progress.done(), 300u);
  EXPECT_EQ(s.view().progress.delivered, s.letters(DeadLetterStatus::kDelivered));
  EXPECT_EQ(s.letters(DeadLetterStatus::kQueued), 0u);
  EXPECT_LE(s.stage.transport.accepted().size(), s.letters(DeadLetterStatus::kDelivered) + lives * kJobWindow);
  EXPECT_TRUE(s.audit->verify().value().holds());
}

INSTANTIATE_TEST_SUITE_P(Seeds, JobSimulation, ::testing::Range<std::uint64_t>(1, 6));

}  // namespace
}  // namespace replay
