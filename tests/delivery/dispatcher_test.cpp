#include <gtest/gtest.h>

#include "engine/base/text_codec.h"
#include "engine/crypto/hmac.h"
#include "tests/delivery/stage.h"

using namespace std::chrono_literals;

namespace delivery {
namespace {

using test::answers;
using test::Arrival;
using test::fails;
using test::Stage;

std::vector<DeadLetter> letters(const Stage& stage, std::optional<DeadLetterStatus> status = {}) { return stage.letters->list(status, 500).value(); }

TEST(Dispatcher, DeliversSignedChangesAsTheyCome) {
  Stage stage;
  stage.append({"entry/1", "product/2"});
  stage.run_for(10ms);
  ASSERT_EQ(stage.transport.arrivals.size(), 2u);
  const Arrival& first = stage.transport.arrivals[0];
  EXPECT_EQ(first.event, "evt_0000000000000001");
  EXPECT_EQ(first.resource(), "entry/1");
  engine::crypto::HmacSha256 key{engine::Secret(test::kSecret)};
  EXPECT_EQ(first.signature, "sha256=" + engine::to_hex(engine::crypto::bytes_of(key.sign({first.timestamp, ".", first.body}))));
  EXPECT_EQ(stage.dispatcher->stats().lag, 0u);
  EXPECT_EQ(stage.dispatcher->stats().delivered, 2u);
}

TEST(Dispatcher, DeliversAfterAFailureAndAHang) {
  int attempt = 0;
  Stage stage([&](const Arrival&) {
    ++attempt;
    return attempt == 1 ? answers(503) : attempt == 2 ? fails(engine::Errc::kTimedOut) : answers(200);
  });
  stage.append({"entry/1"});
  stage.run_for(1h);
  EXPECT_EQ(stage.transport.arrivals.size(), 3u);
  EXPECT_EQ(stage.transport.accepted().size(), 1u);
  EXPECT_EQ(stage.dispatcher->stats().refused, 1u);
  EXPECT_EQ(stage.dispatcher->stats().timed_out, 1u);
  EXPECT_TRUE(letters(stage).empty());
}

TEST(Dispatcher, EveryAttemptHasTheSameBytesAndItsOwnTimestamp) {
  Stage stage([](const Arrival&) { return answers(500); });
  stage.append({"entry/1"});
  stage.run_for(1h);
  ASSERT_EQ(stage.transport.arrivals.size(), 3u);
  EXPECT_EQ(stage.transport.arrivals[0].body, stage.transport.arrivals[2].body);
  EXPECT_NE(stage.transport.arrivals[0].timestamp, stage.transport.arrivals[2].timestamp);
  EXPECT_NE(stage.transport.arrivals[0].signature, stage.transport.arrivals[2].signature);
}

TEST(Dispatcher, AnExhaustedDeliveryBecomesADeadLetterThatOwnsItsPayload) {
  Stage stage([](const Arrival& a) { return a.resource() == "entry/1" ? answers(500) : answers(200); });
  stage.append({"entry/1", "entry/2"});
  stage.run_for(1h);
  const auto found = letters(stage);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].status, DeadLetterStatus::kFailed);
  EXPECT_EQ(found[0].attempts, 3u);
  EXPECT_EQ(found[0].key, (feed::ResourceKey{"entry", "1"}));
  EXPECT_EQ(found[0].cause, Cause::kStatus);
  EXPECT_EQ(found[0].last_error, "Webhook delivery failed with HTTP 500 (Internal Server Error).");
  EXPECT_EQ(found[0].payload, stage.transport.arrivals[0].body);
  EXPECT_EQ(stage.dispatcher->stats().lag, 0u);
  EXPECT_EQ(stage.dispatcher->stats().parked, 0u);
}

TEST(Dispatcher, AFailingKeyHoldsItsFollowersAndNobodyElse) {
  bool sick = true;
  Stage stage([&](const Arrival& a) { return sick && a.resource() == "entry/1" ? answers(500) : answers(200); });
  stage.config.retry.max_attempts = 10;
  stage.stop();
  stage.start();
  for (int i = 0; i < 4; ++i) stage.append({"entry/1", "entry/2"});
  stage.run_for(1s);
  stage.append({"entry/1", "entry/2"});
  stage.run_for(1s);
  EXPECT_EQ(stage.accepted_versions()["entry/2"], (std::vector<int>{1, 2, 3, 4, 5}));
  EXPECT_EQ(stage.accepted_versions().count("entry/1"), 0u);
  EXPECT_EQ(stage.dispatcher->stats().parked, 5u);
  EXPECT_EQ(stage.dispatcher->stats().lag, 0u) << "the cursor has passed what is parked";
  EXPECT_EQ(stage.dispatcher->oldest_needed(), feed::Offset{1});
  sick = false;
  stage.run_for(1h);
  EXPECT_EQ(stage.accepted_versions()["entry/1"], (std::vector<int>{1, 2, 3, 4, 5}));
  EXPECT_EQ(stage.dispatcher->oldest_needed(), stage.log.high_watermark());
}

TEST(Dispatcher, DifferentKeysGoOutInParallelUpToTheBound) {
  Stage stage([](const Arrival&) { return test::Act{200, {}, 100ms, {}}; });
  std::vector<std::string> resources;
  for (int i = 0; i < 100; ++i) resources.push_back("entry/" + std::to_string(i % 50));
  stage.append(resources);
  stage.run_for(10s);
  EXPECT_EQ(stage.transport.most_at_once, 16u);
  EXPECT_EQ(stage.transport.accepted().size(), 100u);
}

TEST(Dispatcher, OneThatHangsHoldsBackNobodyElseOfTheWindow) {
  Stage stage([](const Arrival& a) { return a.resource() == "entry/0" ? fails(engine::Errc::kTimedOut) : answers(200); });
  std::vector<std::string> resources;
  for (int i = 0; i < 900; ++i) resources.push_back("entry/" + std::to_string(i));  // more than is read at once, fewer than the window
  stage.append(resources);
  stage.run_for(1s);
  EXPECT_EQ(stage.transport.accepted().size(), 899u);
}

TEST(Dispatcher, ACrashRepeatsNothingThatWasDeliveredWhileOneHung) {
  Stage stage([](const Arrival& arrival) { return arrival.resource() == "entry/1" ? fails(engine::Errc::kTimedOut) : answers(200); });
  for (int i = 1; i <= 20; ++i) stage.append({"entry/" + std::to_string(i)});
  for (int life = 0; life < 3; ++life) {
    stage.run_for(1s);  // longer than progress waits to be stored, shorter than a timeout
    stage.crash();
    stage.start();
  }
  stage.transport.decide([](const Arrival&) { return answers(200); });
  stage.run_for(60s);
  EXPECT_EQ(stage.transport.accepted().size(), 20u);
  EXPECT_EQ(stage.accepted_versions().size(), 20u);
}

TEST(Dispatcher, TheSmallestWindowStillMoves) {
  Stage stage;
  stage.stop();
  stage.config.window = stage.config.concurrency = 1;
  stage.start();
  stage.append({"entry/1", "entry/2", "entry/1", "entry/3"});
  stage.run_for(1s);
  EXPECT_EQ(stage.transport.accepted().size(), 4u);
}

TEST(Dispatcher, ChangesWithoutAWebhookActionAreSkipped) {
  Stage stage;
  auto silent = stage.change("entry/1", feed::Action::kNone);
  auto hidden = stage.change("entry/2");
  hidden.visible.webhook = false;
  ASSERT_TRUE(stage.log.append(std::vector{silent, hidden}, {"other", 1, ""}));
  stage.append({"entry/3"});
  stage.run_for(1s);
  EXPECT_EQ(stage.transport.arrivals.size(), 1u);
  EXPECT_EQ(stage.dispatcher->stats().skipped, 2u);
  EXPECT_EQ(stage.dispatcher->stats().cursor, feed::Offset{4});
}

TEST(Dispatcher, InterestsSwitchAtTheirOffsetAlsoWhenTheEndpointLags) {
  bool down = true;
  Stage stage([&](const Arrival&) { return down ? fails(engine::Errc::kUnavailable) : answers(200); });
  stage.append({"entry/1", "entry/2", "entry/3", "entry/4", "entry/5", "order/6"});
  stage.run_for(2min);
  stage.stop();
  stage.interests = {{"bot", {"order"}, {}}};
  stage.start();
  stage.append({"entry/7", "order/8"});
  down = false;
  stage.run_for(1h);
  const auto accepted = stage.accepted_versions();
  EXPECT_EQ(accepted.size(), 7u);
  EXPECT_EQ(accepted.count("entry/7"), 0u);
  for (const Arrival& one : stage.transport.accepted()) {
    const bool targeted = one.body.find(R"("subscriptions":{"mode":"targeted","credentialHandles":["bot"]})") != std::string::npos;
    EXPECT_EQ(targeted, one.resource() == "order/8") << one.body;
  }
}

TEST(Dispatcher, ARestartSendsTheSameBytes) {
  bool down = true;
  Stage stage([&](const Arrival&) { return down ? answers(500) : answers(200); });
  stage.append({"entry/1"});
  stage.run_for(10ms);
  stage.stop();
  down = false;
  stage.start();
  stage.run_for(1h);
  ASSERT_EQ(stage.transport.accepted().size(), 1u);
  EXPECT_EQ(stage.transport.accepted()[0].body, stage.transport.arrivals[0].body);
  EXPECT_EQ(stage.transport.accepted()[0].event, stage.transport.arrivals[0].event);
}

TEST(Dispatcher, RetryAfterSilencesTheWholeEndpointForExactlyThatLong) {
  bool first = true;
  Stage stage([&](const Arrival&) { return std::exchange(first, false) ? answers(429, "retry-after: 90\r\n") : answers(200); });
  stage.append({"entry/1"});
  stage.run_for(10ms);
  stage.append({"entry/2"});
  stage.run_for(2min);
  const auto accepted = stage.transport.accepted();
  ASSERT_EQ(accepted.size(), 2u);
  for (const Arrival& one : accepted) EXPECT_EQ(one.at - stage.transport.arrivals[0].at, 90s);
}

TEST(Dispatcher, AReceiverThatIsDownForHoursCostsACursorAndNoDeadLetters) {
  bool down = true;
  Stage stage([&](const Arrival&) { return down ? fails(engine::Errc::kUnavailable) : answers(200); });
  std::vector<std::string> resources;
  for (int i = 0; i < 5000; ++i) resources.push_back("entry/" + std::to_string(i % 1700));
  stage.append(resources);
  stage.run_for(5min);
  const auto cursor = stage.dispatcher->stats().cursor;
  EXPECT_EQ(stage.dispatcher->stats().breaker, Breaker::State::kOpen);
  EXPECT_LT(stage.dispatcher->stats().parked, 100u);
  ASSERT_EQ(stage.incidents.open().size(), 1u);
  EXPECT_EQ(stage.incidents.open()[0].code, "endpoint_down:default");
  stage.run_for(12h);
  EXPECT_EQ(stage.dispatcher->stats().cursor, cursor);
  EXPECT_TRUE(letters(stage).empty());
  EXPECT_LT(stage.transport.arrivals.size(), 1000u) << "a probe a minute";
  EXPECT_GT(stage.dispatcher->stats().oldest_age, 12h);
  down = false;
  stage.run_for(1h);
  EXPECT_EQ(stage.transport.accepted().size(), 5000u);
  EXPECT_TRUE(stage.incidents.open().empty());
  EXPECT_EQ(stage.dispatcher->stats().lag, 0u);
  EXPECT_TRUE(letters(stage).empty());
  for (const auto& [resource, versions] : stage.accepted_versions()) EXPECT_TRUE(std::is_sorted(versions.begin(), versions.end())) << resource;
}

struct ThreeSickKeys {
  explicit ThreeSickKeys(test::Act act)
      : stage([act](const Arrival& a) { return a.resource() == "entry/100" ? answers(200) : act; }) {
    stage.append({"entry/1", "entry/2", "entry/3"});
  }
  Stage stage;
};

TEST(Dispatcher, KeysTheReceiverRefusesBecomeDeadLettersAndStopNobodyElse) {
  ThreeSickKeys sick(answers(422));
  Stage& stage = sick.stage;
  stage.run_for(1s);
  stage.append({"entry/100"});
  stage.run_for(1s);
  EXPECT_EQ(stage.transport.accepted().size(), 1u);
  stage.run_for(10min);
  EXPECT_EQ(stage.dispatcher->stats().breaker, Breaker::State::kClosed);
  const auto found = letters(stage);
  ASSERT_EQ(found.size(), 3u);
  for (const DeadLetter& letter : found) EXPECT_EQ(letter.attempts, 3u);
  EXPECT_EQ(stage.transport.arrivals.size(), 10u);
}

TEST(Dispatcher, ARefusalDuringAnOutageCountsAndLeavesTheCircuitAlone) {
  Stage stage([](const Arrival& a) { return a.resource() == "entry/100" ? answers(404) : fails(engine::Errc::kUnavailable); });
  for (int i = 1; i <= 6; ++i) stage.append({"entry/" + std::to_string(i)});
  stage.run_for(10min);
  ASSERT_EQ(stage.dispatcher->stats().breaker, Breaker::State::kOpen);
  stage.append({"entry/100"});
  stage.run_for(5h);
  EXPECT_EQ(stage.dispatcher->stats().breaker, Breaker::State::kOpen);
  const auto found = letters(stage);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].key.id, "100");
}

TEST(Dispatcher, AskedToComeBackLaterIsTheEndpointsFault) {
  for (const int status : {408, 425, 429}) {
    Stage stage([status](const Arrival&) { return answers(status); });
    for (int i = 1; i <= 6; ++i) stage.append({"entry/" + std::to_string(i)});
    stage.run_for(5h);
    EXPECT_EQ(stage.dispatcher->stats().breaker, Breaker::State::kOpen) << status;
    EXPECT_TRUE(letters(stage).empty()) << status;
  }
}

TEST(Dispatcher, AHealthyKeySavedDuringSuspicionClosesTheCircuitAndTheSickOnesReachTheirBound) {
  ThreeSickKeys sick(answers(500));
  Stage& stage = sick.stage;
  stage.run_for(5h);
  ASSERT_EQ(stage.dispatcher->stats().breaker, Breaker::State::kOpen);
  ASSERT_TRUE(letters(stage).empty());
  stage.append({"entry/100"});
  stage.run_for(61s);
  EXPECT_EQ(stage.transport.accepted().size(), 1u) << "it is the next probe";
  stage.run_for(10min);
  EXPECT_EQ(letters(stage).size(), 3u);
  for (const DeadLetter& letter : letters(stage)) EXPECT_EQ(letter.attempts, 3u);
  EXPECT_EQ(stage.dispatcher->stats().lag, 0u);
  stage.append({"entry/100"});
  stage.run_for(61s);
  EXPECT_EQ(stage.dispatcher->stats().breaker, Breaker::State::kClosed);
}

TEST(Dispatcher, ReadingAheadOfAnEndpointThatIsDownEndsAtTheWindow) {
  Stage stage([](const Arrival&) { return fails(engine::Errc::kUnavailable); });
  stage.config.window = 16;
  stage.stop();
  stage.start();
  stage.append({"entry/1", "entry/2", "entry/3", "entry/4", "entry/5"});
  for (int i = 6; i < 200; ++i) {
    stage.run_for(1min);
    stage.append({"entry/" + std::to_string(i)});
  }
  EXPECT_LE(stage.dispatcher->stats().parked, 5u);
  std::set<std::string> asked;
  for (const Arrival& one : stage.transport.arrivals) asked.insert(one.resource());
  EXPECT_LE(asked.size(), 5u + 16u);
  EXPECT_TRUE(letters(stage).empty());
}

TEST(Dispatcher, PastTheMaximumAgeAFailingEndpointGetsDeadLettersAfterAll) {
  Stage stage([](const Arrival&) { return answers(500); });
  stage.config.retry.max_age = 2h;
  stage.stop();
  stage.start();
  stage.append({"entry/1", "entry/2", "entry/3", "entry/4", "entry/5", "entry/6"});
  stage.run_for(119min);
  EXPECT_TRUE(letters(stage).empty());
  stage.run_for(1h);
  EXPECT_EQ(letters(stage).size(), 6u);
}

TEST(Dispatcher, TheParkedBoundStopsReadingNotMemory) {
  Stage stage([](const Arrival& a) { return a.resource() == "entry/1" ? answers(500, "Retry-After: 3600\r\n") : answers(200); });
  stage.config.max_parked = 8;
  stage.config.window = 16;
  stage.stop();
  stage.start();
  for (int i = 0; i < 100; ++i) stage.append({"entry/1", "entry/2"});
  stage.run_for(10min);
  EXPECT_LE(stage.dispatcher->stats().parked, 8u + 16u);
  EXPECT_GT(stage.dispatcher->stats().lag, 100u);
}

TEST(Dispatcher, ANewEndpointStartsAtTheHighWatermark) {
  Stage stage;
  stage.stop();
  stage.append({"entry/1", "entry/2"});
  stage.config.name = "second";
  stage.start();
  stage.append({"entry/3"});
  stage.run_for(1s);
  ASSERT_EQ(stage.transport.arrivals.size(), 1u);
  EXPECT_EQ(stage.transport.arrivals[0].resource(), "entry/3");
}

TEST(Dispatcher, AGracefulStopRepeatsNothing) {
  Stage stage([](const Arrival&) { return test::Act{200, {}, 20ms, {}}; });
  std::vector<std::string> resources;
  for (int i = 0; i < 200; ++i) resources.push_back("entry/" + std::to_string(i));
  stage.append(resources);
  stage.run_for(50ms);
  stage.stop();
  const auto before = stage.transport.accepted().size();
  EXPECT_LT(before, 200u);
  stage.start();
  stage.run_for(10s);
  EXPECT_EQ(stage.transport.arrivals.size(), 200u);
}

// The other one's letter cannot be read: whoever reads it learns that, and counts it.
TEST(Dispatcher, ALifeReadsItsOwnQueuedLettersAndNoOthers) {
  Stage stage;
  stage.stop();
  for (const char* endpoint : {"default", "other"}) {
    DeadLetter letter;
    letter.event_id = feed::EventId{77};
    letter.key = {"entry", "7"};
    letter.payload = R"({"resourceType":"entry","resourceId":"7","action":"updated","snapshot":{"n":1}})";
    letter.endpoint = endpoint;
    letter.cause = Cause::kStatus;
    ASSERT_TRUE(stage.letters->queue(stage.letters->record_failure(letter).value()));
  }
  engine::store::Batch damage;
  damage.put(stage.store->family(kDeadLetterFamily), dead_letter_key(DeadLetterId{2}), "damaged");
  ASSERT_TRUE(stage.store->write(damage, engine::store::Durability::kSynced));
  stage.start();
  stage.run_for(5s);
  EXPECT_EQ(stage.transport.accepted().size(), 1u);
  EXPECT_EQ(stage.dispatcher->stats().replays_waiting, 0u);
  EXPECT_EQ(stage.dispatcher->stats().storage_errors, 0u);
  EXPECT_EQ(stage.letters->get(DeadLetterId{1}).value().status, DeadLetterStatus::kDelivered);
}

TEST(Dispatcher, RefusesAConfigurationAndNamesEveryProblem) {
  Stage stage;
  EndpointConfig config;
  config.name = "Bad Name";
  config.timeout = 0ms;
  const auto url = check(config);
  ASSERT_FALSE(url);
  for (const char* word : {"name", "url", "timeout"}) EXPECT_NE(url.error().detail.find(word), std::string::npos) << word;
}

}  // namespace
}  // namespace delivery
