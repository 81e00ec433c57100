#include "replay/replay_desk.h"

#include <gtest/gtest.h>

#include "tests/delivery/stage.h"

using namespace std::chrono_literals;

namespace replay {
namespace {

using delivery::DeadLetterId;
using delivery::DeadLetterStatus;
using test::answers;
using test::Arrival;

struct ReplayDeskTest : ::testing::Test {
  ReplayDeskTest()
      : stage([this](const Arrival& a) { return sick && a.resource() != "entry/100" ? answers(500) : answers(200); }) {
    stage.config.retry.max_attempts = 2;
    stage.stop();
    stage.start();
  }
  // The healthy resource between two sick ones keeps the breaker closed.
  void bury(int count) {
    for (int i = 1; i <= count; ++i) {
      stage.append({"entry/" + std::to_string(i), "entry/100"});
      for (int n = 0; n < 60; ++n) {
        stage.run_for(1s);
        stage.append({"entry/100"});
      }
    }
    stage.run_for(1s);
    ASSERT_EQ(stage.letters->list(DeadLetterStatus::kFailed, 500).value().size(), static_cast<std::size_t>(count));
  }
  ReplayDesk desk(bool configured = true) {
    return ReplayDesk(*stage.letters, configured, [this](const std::string& endpoint, DeadLetterId id) {
      if (endpoint != stage.config.name || !stage.dispatcher) return false;
      stage.dispatcher->replay(id);
      return true;
    });
  }
  DeadLetterStatus status(std::uint64_t id) { return stage.letters->get(DeadLetterId{id}).value().status; }
  std::size_t accepted(const std::string& resource) {
    const auto all = stage.transport.accepted();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const Arrival& a) { return a.resource() == resource; }));
  }
  bool sick = true;
  test::Stage stage;
};

TEST_F(ReplayDeskTest, OneReplayedLetterArrivesWithTheSameBytesAndIsMarkedDelivered) {
  bury(1);
  sick = false;
  const auto first = *std::find_if(stage.transport.arrivals.begin(), stage.transport.arrivals.end(), [](const Arrival& a) { return a.status == 500; });
  stage.run_for(1h);
  auto one = desk().replay_one(DeadLetterId{1});
  ASSERT_TRUE(one);
  EXPECT_EQ(one->letter.status, DeadLetterStatus::kQueued);
  EXPECT_EQ(status(1), DeadLetterStatus::kQueued) << "durable before the answer";
  stage.run_for(1s);
  EXPECT_EQ(status(1), DeadLetterStatus::kDelivered);
  const Arrival& last = stage.transport.arrivals.back();
  EXPECT_EQ(last.body, first.body);
  EXPECT_EQ(last.event, first.event);
  EXPECT_NE(last.signature, first.signature);
}

TEST_F(ReplayDeskTest, AReplayThatFailsAgainIsFailedWithTheWorstRunsAttempts) {
  bury(1);
  const auto before = stage.transport.arrivals.size();
  ASSERT_TRUE(desk().replay_one(DeadLetterId{1}));
  stage.run_for(10min);
  EXPECT_EQ(stage.transport.arrivals.size(), before + 2) << "its attempts count from one";
  EXPECT_EQ(status(1), DeadLetterStatus::kFailed);
  EXPECT_EQ(stage.letters->get(DeadLetterId{1}).value().attempts, 2u);
  EXPECT_EQ(stage.letters->get(DeadLetterId{1}).value().key.id, "1");
}

TEST_F(ReplayDeskTest, AQueuedLetterIsNotSentTwice) {
  bury(1);
  sick = false;
  auto replay = desk();
  EXPECT_FALSE(replay.replay_one(DeadLetterId{1}).value().already);
  EXPECT_TRUE(replay.replay_one(DeadLetterId{1}).value().already);
  stage.run_for(1h);
  EXPECT_EQ(accepted("entry/1"), 1u);
}

TEST_F(ReplayDeskTest, AllTakesTheNewestFailedLetters) {
  bury(5);
  sick = false;
  ASSERT_TRUE(desk().replay_one(DeadLetterId{5}));
  stage.run_for(1s);
  const auto all = desk().replay_all(3).value();
  EXPECT_EQ(all.attempted, 3u);
  EXPECT_EQ(all.replayed, (std::vector<DeadLetterId>{DeadLetterId{4}, DeadLetterId{3}, DeadLetterId{2}}));
  EXPECT_TRUE(all.errors.empty());
  stage.run_for(1s);
  EXPECT_EQ(status(2), DeadLetterStatus::kDelivered);
  EXPECT_EQ(status(1), DeadLetterStatus::kFailed);
}

TEST_F(ReplayDeskTest, QueuedLettersGoOnAfterACrash) {
  bury(2);
  ASSERT_EQ(desk().replay_all(0).value().replayed.size(), 2u);
  stage.crash();
  sick = false;
  stage.start();
  stage.run_for(1s);
  EXPECT_EQ(status(1), DeadLetterStatus::kDelivered);
  EXPECT_EQ(status(2), DeadLetterStatus::kDelivered);
}

TEST_F(ReplayDeskTest, WhileTheEndpointIsDownReplaysWaitInsteadOfFailing) {
  bury(3);
  stage.transport.decide([](const Arrival&) { return test::fails(engine::Errc::kUnavailable); });
  for (int i = 10; i < 16; ++i) stage.append({"entry/" + std::to_string(i)});
  stage.run_for(5min);
  ASSERT_EQ(stage.dispatcher->stats().breaker, delivery::Breaker::State::kOpen);
  ASSERT_EQ(desk().replay_all(0).value().replayed.size(), 3u);
  stage.run_for(5h);
  EXPECT_EQ(stage.letters->list(DeadLetterStatus::kQueued, 500).value().size(), 3u);
  stage.transport.decide([](const Arrival&) { return answers(200); });
  stage.run_for(10min);
  EXPECT_EQ(stage.letters->list(DeadLetterStatus::kDelivered, 500).value().size(), 3u);
}

TEST_F(ReplayDeskTest, ARequestThatWasMetBeforeItsTurnSendsNothingMore) {
  bury(1);
  sick = false;
  stage.transport.decide([](const Arrival&) { return test::Act{200, {}, 100ms, {}}; });
  ASSERT_TRUE(desk().replay_one(DeadLetterId{1}));
  stage.run_for(50ms);
  stage.dispatcher->replay(DeadLetterId{1});
  stage.run_for(10min);
  EXPECT_EQ(accepted("entry/1"), 1u);
  EXPECT_EQ(stage.dispatcher->stats().replays_waiting, 0u);
}

TEST_F(ReplayDeskTest, ALetterWithoutItsPayloadIsNotReplayed) {
  delivery::DeadLetter lost;
  lost.event_id = feed::EventId{77};
  lost.key = {"entry", "7"};
  lost.endpoint = stage.config.name;
  lost.payload = "{}";
  lost.cause = delivery::Cause::kLost;
  ASSERT_EQ(stage.letters->record_failure(lost).value(), DeadLetterId{1});
  EXPECT_EQ(desk().replay_one(DeadLetterId{1}).error().code, engine::Errc::kConflict);
  const auto all = desk().replay_all(25).value();
  EXPECT_TRUE(all.replayed.empty());
  ASSERT_EQ(all.errors.size(), 1u);
  EXPECT_NE(all.errors[0].find("no payload"), std::string::npos) << all.errors[0];
  stage.run_for(1h);
  EXPECT_EQ(status(1), DeadLetterStatus::kFailed);
  EXPECT_TRUE(stage.transport.arrivals.empty());
}

TEST_F(ReplayDeskTest, AnswersWithoutWebhooksOrLettersAsTheContractSays) {
  bury(1);
  EXPECT_EQ(desk().replay_one(DeadLetterId{42}).error().code, engine::Errc::kNotFound);
  EXPECT_EQ(desk(false).replay_one(DeadLetterId{42}).error().code, engine::Errc::kNotFound);
  EXPECT_EQ(desk(false).replay_one(DeadLetterId{1}).error().code, engine::Errc::kUnavailable);
  const auto all = desk(false).replay_all(25).value();
  EXPECT_EQ(all.attempted, 1u);
  EXPECT_TRUE(all.replayed.empty());
  ASSERT_EQ(all.errors.size(), 1u);
  EXPECT_EQ(all.errors[0].substr(0, 6), "ID 1: ");
  EXPECT_EQ(status(1), DeadLetterStatus::kFailed);
}

}  // namespace
}  // namespace replay
