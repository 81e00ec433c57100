// Forms and signatures on the dispatcher's way: what arrives at first, after a failure, after a restart and on replay.
#include "delivery/verification.h"
#include "tests/delivery/stage.h"

namespace {

using namespace std::chrono_literals;
using delivery::PayloadForm;
using test::answers;
using test::Arrival;
using test::Stage;

void expect_one_body(const std::vector<Arrival>& arrivals, std::size_t attempts, std::string_view start) {
  ASSERT_EQ(arrivals.size(), attempts);
  for (const auto& arrival : arrivals) {
    EXPECT_EQ(arrival.body, arrivals.front().body);
    EXPECT_TRUE(arrival.body.starts_with(start)) << arrival.body;
    const delivery::Proof proof{arrival.event, arrival.timestamp, arrival.signature};
    EXPECT_EQ(delivery::verify_contract({engine::Secret(test::kSecret)}, proof, arrival.body), delivery::Verification::kValid);
    EXPECT_EQ(delivery::freshness(arrival.timestamp, arrival.at, 1s), delivery::Freshness::kFresh);  // of this attempt, not of the first
  }
}

TEST(FormsDelivered, ACloudEventIsTheSameAfterFailureRestartAndReplay) {
  Stage stage([](const Arrival&) { return answers(500); });
  stage.stop();
  stage.config.form = PayloadForm::kCloudEvents;
  stage.config.retry.max_attempts = 2;
  stage.start();
  stage.append({"entry/7"});
  stage.run_for(1s);
  ASSERT_EQ(stage.transport.arrivals.size(), 1u);
  stage.crash();
  stage.start();
  stage.run_for(1h);
  const auto tried = stage.transport.arrivals.size();
  ASSERT_GE(tried, 2u);
  const auto listed = stage.letters->list(delivery::DeadLetterStatus::kFailed, 10);
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 1u);

  stage.stop();
  stage.config.form = PayloadForm::kContract;  // the dead letter keeps the bytes it was made of
  stage.transport.decide([](const Arrival&) { return answers(200); });
  stage.start();
  ASSERT_TRUE(stage.letters->queue(listed->front().id));
  stage.dispatcher->replay(listed->front().id);
  stage.run_for(1s);
  expect_one_body(stage.transport.arrivals, tried + 1, delivery::kCloudEventsStart);
}

}  // namespace
