#include "app/handoff/action_handoff.h"

#include <gmock/gmock.h>

#include <deque>

#include "access/key_schema.h"
#include "access/vault.h"
#include "tests/support/fake_timers.h"
#include "tests/support/fixtures.h"
#include "tests/support/header_lines.h"

namespace {

using namespace std::chrono_literals;
using trust::HandoffState;

/// Answers with the next status of a list, 200 when it is at its end; 0 stands for a connection that fails.
struct Receiver final : engine::net::Transport {
  struct Arrival {
    std::string url, body, id, timestamp, signature;
  };
  std::deque<int> statuses;
  std::vector<Arrival> arrivals;

  engine::Task<engine::Result<engine::net::OutboundResponse>> post(engine::net::OutboundRequest request) override {
    const auto headers = test::headers_of(request.lines);
    const auto header = [&headers](std::string_view name) { return std::string(engine::net::find_header(headers, name).value_or("")); };
    arrivals.push_back({request.url->text(), std::string(request.body), header("X-Agents-Webhook-Id"), header("X-Agents-Webhook-Timestamp"),
                        header("X-Agents-Webhook-Signature")});
    engine::net::OutboundResponse answer;
    answer.status = statuses.empty() ? 200 : statuses.front();
    if (!statuses.empty()) statuses.pop_front();
    if (answer.status == 0) co_return engine::fail(engine::Errc::kUnavailable, "connection refused");
    co_return answer;
  }
};

struct HandoffStage : ::testing::Test {
  test::FakeTimers timers;
  test::TemporaryDirectory directory;
  asio::io_context loop;
  engine::crypto::SystemRandom random;
  Receiver receiver;
  std::unique_ptr<engine::store::Store> store;
  std::unique_ptr<trust::Vault> vault;
  std::unique_ptr<trust::AuditLog> audit;
  std::unique_ptr<trust::ControlPlane> plane;
  std::unique_ptr<app::ActionHandoff> handoff;
  std::future<void> ended;

  HandoffStage() { start(); }
  ~HandoffStage() override { end(); }
  void start() {
    engine::store::Options options;
    options.families = trust::families();
    store = std::move(*engine::store::Store::open((directory.path() / "store").string(), options));
    vault = std::move(*trust::Vault::open(*store, engine::Secret(std::string(32, 'k')), {}, random));
    audit = std::move(*trust::AuditLog::open(*store, *vault, timers));
    trust::ControlOptions control;
    control.handoff_patterns = {"orders.*"};
    plane = std::move(*trust::ControlPlane::open(*store, *audit, timers, std::move(control)));
    delivery::EndpointConfig endpoint;
    endpoint.name = "action";
    endpoint.url = "https://acts.example.test/do";
    endpoint.secrets.emplace_back("s3cret");
    handoff = std::move(*app::ActionHandoff::make({loop.get_executor(), loop.get_executor(), timers, receiver, *plane, 7}, endpoint));
    plane->on_handoff([this] { handoff->wake(); });
    ended = asio::co_spawn(loop, handoff->run(), asio::use_future);
    turn(0s);
  }
  void end() {
    handoff->stop();
    turn(2s);
    ASSERT_EQ(ended.wait_for(0s), std::future_status::ready);
    handoff.reset();
    plane.reset();
    audit.reset();
    vault.reset();
    store.reset();
  }
  void turn(std::chrono::nanoseconds duration) {
    loop.restart();
    timers.run_for(loop, duration);
  }
  trust::ExecutionId execute(std::string action, std::string key) {
    trust::PolicyDraft all{"all", "*"};
    all.requires_approval = false;
    EXPECT_TRUE(plane->upsert(all, {"credential", "agent", {}, {}}));
    trust::ExecuteRequest request{std::move(action), "order-1", std::move(key), {}, {}};
    request.payload.json = request.payload.canonical = R"({"amount":10})";
    return plane->execute(std::move(request), {{"credential", "agent", {}, {}}}, [](std::string_view) { return true; })->execution.id;
  }
  trust::Handoff state() { return plane->executions({}, 1)->front().handoff; }
};

TEST_F(HandoffStage, ADecisionIsPostedSignedAndOnce) {
  const auto id = execute("orders.refund", "k");
  turn(1s);
  ASSERT_EQ(receiver.arrivals.size(), 1u);
  const auto& seen = receiver.arrivals[0];
  EXPECT_EQ(seen.url, "https://acts.example.test/do");
  EXPECT_EQ(seen.id, app::handoff_id(id));
  delivery::SignedHeaders expected(engine::Secret("s3cret"), "");
  const auto at = engine::WallTime{std::chrono::seconds{std::stoll(seen.timestamp)}};
  EXPECT_EQ(test::headers_of(expected.sign(seen.id, at, seen.body)).back().value, seen.signature);
  EXPECT_THAT(seen.body, ::testing::HasSubstr(R"("actionType":"orders.refund","actionRef":"order-1","requestedBy":"agent")"));
  EXPECT_THAT(seen.body, ::testing::HasSubstr(R"("payload":{"amount":10})"));
  EXPECT_EQ(state().state, HandoffState::kDelivered);
  turn(1h);
  EXPECT_EQ(receiver.arrivals.size(), 1u);
}

TEST_F(HandoffStage, WhatMatchesNoPatternIsRecordedOnly) {
  execute("entries.note", "k");
  turn(1h);
  EXPECT_TRUE(receiver.arrivals.empty());
  EXPECT_EQ(state().state, HandoffState::kNone);
}

TEST_F(HandoffStage, IsRepeatedWithTheSameBytesAndGivenUpInTheEnd) {
  receiver.statuses = {500, 0, 503};
  execute("orders.refund", "k");
  turn(1s);
  EXPECT_EQ(state().state, HandoffState::kQueued);
  EXPECT_EQ(state().attempts, 1u);
  turn(1h);
  ASSERT_EQ(receiver.arrivals.size(), 3u);
  EXPECT_EQ(receiver.arrivals[0].body, receiver.arrivals[2].body);
  EXPECT_EQ(receiver.arrivals[0].id, receiver.arrivals[2].id);
  EXPECT_EQ(state().state, HandoffState::kFailed);
  EXPECT_EQ(state().attempts, 3u);
  EXPECT_THAT(state().last_error, ::testing::HasSubstr("503"));
  EXPECT_EQ(audit->list({}, 1)->front().event.action, "handoff");
}

TEST_F(HandoffStage, OneThatIsNotTakenDoesNotHoldUpTheNext) {
  receiver.statuses = {500};
  execute("orders.refund", "first");
  execute("orders.refund", "second");
  turn(1s);
  EXPECT_EQ(receiver.arrivals.size(), 2u);
  turn(1h);
  EXPECT_EQ(receiver.arrivals.size(), 3u);
  EXPECT_EQ(receiver.arrivals[2].id, receiver.arrivals[0].id);
}

TEST_F(HandoffStage, WhatWasNotTakenBeforeARestartIsTakenAfterIt) {
  receiver.statuses = {0};
  execute("orders.refund", "k");
  turn(0s);
  end();
  start();
  turn(1h);
  EXPECT_EQ(receiver.arrivals.size(), 2u);
  EXPECT_EQ(state().state, HandoffState::kDelivered);
  EXPECT_EQ(state().attempts, 2u);
}

}  // namespace
