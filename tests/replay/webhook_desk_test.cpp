// The probe and the test sink over a real store, with fake time and a scripted receiver.
#include <gtest/gtest.h>

#include "access/key_schema.h"
#include "delivery/signing_keys.h"
#include "engine/base/text_codec.h"
#include "replay/desk_keys.h"
#include "replay/replay_desk.h"
#include "replay/test_sink.h"
#include "replay/webhook_probe.h"
#include "tests/delivery/stage.h"
#include "tests/support/counting_random.h"
#include "tests/support/header_lines.h"

namespace replay {
namespace {

using namespace std::chrono_literals;
using engine::Errc;
using engine::net::Header;

constexpr const char* kSinkUrl = "http://127.0.0.1:8080/agents/dev/webhook-test-sink";

// Remembers requests, answers as told, and may bring them to a sink.
class Receiver final : public engine::net::Transport {
 public:
  engine::Task<engine::Result<engine::net::OutboundResponse>> post(engine::net::OutboundRequest request) override {
    headers = test::headers_of(request.lines);
    bodies.emplace_back(request.body);
    if (sink) {
      Capture capture;
      capture.method = "POST";
      capture.headers = headers;
      capture.body = bodies.back();
      (void)sink->capture(std::move(capture));
    }
    if (status == 0) co_return engine::fail(Errc::kTimedOut, "no whole answer in time");
    co_return engine::net::OutboundResponse{status, {}, ""};
  }
  std::string header(std::string_view name) const { return std::string(engine::net::find_header(headers, name).value_or("")); }
  std::vector<Header> headers;
  std::vector<std::string> bodies;
  int status = 200;
  TestSink* sink = nullptr;
};

struct WebhookDeskTest : testing::Test {
  WebhookDeskTest() {
    engine::store::Options options;
    options.families = families();
    for (const auto& family : trust::families()) options.families.push_back(family);
    store = std::move(*engine::store::Store::open((directory.path() / "store").string(), options));
    vault = std::move(*trust::Vault::open(*store, *engine::crypto::aead_key(engine::crypto::new_aead_key_text(random).reveal()), {}, random));
    audit = std::move(*trust::AuditLog::open(*store, *vault, timers));
    endpoint.url = "https://hooks.example.test/in?x=1";
    endpoint.secrets.emplace_back("s3cret");
  }
  const DirectDelivery* direct() {
    if (!direct_) direct_ = std::move(*DirectDelivery::make(loop.get_executor(), timers, receiver, endpoint));
    return direct_.get();
  }
  WebhookProbe& probe(bool configured = true) {
    if (!probe_) probe_ = std::move(*WebhookProbe::open({*store, *audit, timers, random, loop.get_executor(), configured ? direct() : nullptr}, "staging"));
    return *probe_;
  }
  TestSink& sink() {
    if (!sink_) sink_ = std::move(*TestSink::open({*store, *audit, timers, random, loop.get_executor(), endpoint.configured() ? direct() : nullptr}, endpoint));
    return *sink_;
  }
  template <class T>
  engine::Result<T> finish(engine::Task<engine::Result<T>> task) {
    std::optional<engine::Result<T>> result;
    asio::co_spawn(loop, std::move(task), [&result](std::exception_ptr, engine::Result<T> r) { result.emplace(std::move(r)); });
    test::FakeTimers::drain(loop);
    return std::move(*result);
  }
  engine::Result<ProbeRun> run() { return finish(probe().run({"cp:ann", "ann", "ann@example.test", "Ann"}, {"cp-user", "cp:ann", "req-1", "127.0.0.1"})); }
  engine::Result<Capture> post(std::vector<Header> headers, std::string body = "{}") {
    Capture capture;
    capture.method = "POST";
    capture.headers = std::move(headers);
    capture.body = std::move(body);
    return sink().capture(std::move(capture));
  }
  std::vector<trust::AuditRow> audited(const std::string& category) { return audit->list({.category = category}, 100).value(); }

  asio::io_context loop;
  test::FakeTimers timers;
  test::TemporaryDirectory directory;
  test::CountingRandom random;
  std::unique_ptr<engine::store::Store> store;
  std::unique_ptr<trust::Vault> vault;
  std::unique_ptr<trust::AuditLog> audit;
  delivery::EndpointConfig endpoint;
  Receiver receiver;
  std::unique_ptr<DirectDelivery> direct_;
  std::unique_ptr<WebhookProbe> probe_;
  std::unique_ptr<TestSink> sink_;
};

TEST_F(WebhookDeskTest, AProbeIsSignedAndHasTheContractsKeysInOrder) {
  const auto now = engine::rfc3339(timers.wall_now());
  const auto done = run();
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_TRUE(done->delivered);
  EXPECT_EQ(done->http_status, 200);
  EXPECT_EQ(done->target_url, endpoint.url);
  ASSERT_EQ(receiver.bodies.size(), 1u);
  EXPECT_EQ(receiver.bodies[0], done->payload);
  EXPECT_EQ(done->payload, R"({"id":")" + done->event_id + R"(","eventKind":"probe","isProbe":true,"probeId":")" + done->probe_id + R"(","occurredAt":")" + now + R"(","triggeredAt":")" + now +
                               R"(","resourceType":"system","resourceId":"webhook-probe","action":"probe","updatedAt":")" + now +
                               R"(","snapshot":{"title":"Production webhook probe","source":"cp-send-production-probe","environment":"staging"},)" +
                               R"("triggeredBy":{"id":"cp:ann","username":"ann","email":"ann@example.test","label":"Ann"}})");
  const auto digits = probe_name("", timers.wall_now(), 0).substr(0, 14);
  EXPECT_TRUE(done->probe_id.starts_with("probe_" + digits + "_"));
  EXPECT_TRUE(done->event_id.starts_with("evt_webhook_probe_" + digits + "_"));
  EXPECT_EQ(done->probe_id.size(), 6u + 14 + 1 + 8);
  EXPECT_EQ(receiver.header("X-Agents-Webhook-Id"), done->event_id);
  EXPECT_EQ(delivery::verify_contract(endpoint.secrets, delivery::contract_proof(receiver.headers), receiver.bodies[0]), delivery::Verification::kValid);
  const auto rows = audited("webhook");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].event.entity_id, done->probe_id);
  EXPECT_EQ(rows[0].event.actor.id, "cp:ann");
}

TEST_F(WebhookDeskTest, TheCooldownCountsFromRunsOfAnyOutcomeAndSurvivesARestart) {
  receiver.status = 500;
  ASSERT_TRUE(run());
  timers.run_for(loop, 299s);
  probe_.reset();  // a new life over the same store
  const auto early = run();
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, Errc::kConflict);
  EXPECT_NE(early.error().detail.find("in 1 seconds"), std::string::npos) << early.error().detail;
  EXPECT_EQ(probe().wait().value(), 1s);
  timers.run_for(loop, 1s);
  EXPECT_TRUE(run());
  EXPECT_EQ(receiver.bodies.size(), 2u);
}

TEST_F(WebhookDeskTest, AFailedProbeIsOneRowAndIsNotRepeated) {
  receiver.status = 503;
  const auto refused = run();
  ASSERT_TRUE(refused);
  EXPECT_FALSE(refused->delivered);
  EXPECT_EQ(refused->http_status, 503);
  EXPECT_NE(refused->error.find("503"), std::string::npos);
  timers.run_for(loop, 1h);
  receiver.status = 0;
  const auto silent = run();
  ASSERT_TRUE(silent);
  EXPECT_EQ(silent->http_status, 0);
  EXPECT_NE(silent->error.find("no whole answer in time"), std::string::npos) << silent->error;
  timers.run_for(loop, 1h);
  receiver.status = 204;
  ASSERT_TRUE(run());
  const auto summary = probe().summary().value();
  EXPECT_EQ(std::tuple(summary.total, summary.delivered, summary.failed), std::tuple(3u, 1u, 2u));
  EXPECT_EQ(summary.newest.front().http_status, 204);
  EXPECT_EQ(summary.newest.back().probe_id, refused->probe_id);
  EXPECT_LT(*summary.last_failed, *summary.last_delivered);
  EXPECT_EQ(receiver.bodies.size(), 3u);
}

TEST_F(WebhookDeskTest, WithoutAConfiguredWebhookThereIsNothingToProbe) {
  probe(false);
  EXPECT_EQ(run().error().code, Errc::kUnavailable);
  EXPECT_TRUE(audited("webhook").empty());
}

TEST_F(WebhookDeskTest, AProbeGoesInTheEndpointsForm) {
  endpoint.form = delivery::PayloadForm::kCloudEvents;
  const auto done = run();
  ASSERT_TRUE(done);
  EXPECT_EQ(receiver.header("Content-Type"), "application/cloudevents+json");
  EXPECT_NE(receiver.bodies[0].find(R"("type":"system.probe")"), std::string::npos);
  EXPECT_TRUE(receiver.bodies[0].ends_with(R"("data":)" + done->payload + "}")) << receiver.bodies[0];
}

// An endpoint that an operator made, with a form and secrets of its own.
struct MadeEndpointTest : WebhookDeskTest {
  MadeEndpointTest() {
    made.name = "news";
    made.url = "https://news.example.test/in";
    made.form = delivery::PayloadForm::kStandardWebhooks;
    made.secrets.push_back(delivery::new_standard_secret(random));
  }
  ProbingRooms rooms() {
    ProbingRooms probing{*store, *audit, timers, random, loop.get_executor(), direct()};
    probing.reach = [this](const std::string& name) -> engine::Result<Way> {
      if (name != "news") return engine::fail(Errc::kNotFound, "There is no endpoint " + name + ".");
      if (!problem.empty()) return engine::fail(Errc::kConflict, problem);
      return Way(std::move(*DirectDelivery::make(loop.get_executor(), timers, receiver, made)));
    };
    probing.senders_to_sink = [this] { return engine::Result<std::vector<delivery::EndpointConfig>>({made}); };
    return probing;
  }
  WebhookProbe& probe() {
    if (!probe_) probe_ = std::move(*WebhookProbe::open(rooms(), "staging"));
    return *probe_;
  }
  engine::Result<ProbeRun> run(const std::string& name) {
    return finish(probe().run({"cp:ann", "ann", "", "Ann"}, {"cp-user", "cp:ann", "req-1", "127.0.0.1"}, name));
  }
  bool signed_by(const delivery::EndpointConfig& one) const {
    delivery::StandardKeys keys;
    for (const auto& secret : one.secrets) {
      if (auto bytes = delivery::standard_secret(secret)) keys.secrets.push_back(std::move(*bytes));
    }
    return delivery::verify_standard(keys, delivery::standard_proof(receiver.headers), receiver.bodies.back()) == delivery::Verification::kValid;
  }
  delivery::EndpointConfig made;
  std::string problem;
};

TEST_F(MadeEndpointTest, AProbeGoesToItsUrlWithItsSecretsInItsForm) {
  const auto done = run("news");
  ASSERT_TRUE(done) << done.error().detail;
  EXPECT_EQ(done->target_url, made.url);
  EXPECT_EQ(done->endpoint, "news");
  EXPECT_TRUE(signed_by(made));
  EXPECT_TRUE(receiver.header("X-Agents-Webhook-Signature").empty());
  EXPECT_NE(receiver.bodies.back().find(R"("type":"system.probe")"), std::string::npos) << receiver.bodies.back();
  const auto rows = audited("webhook");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].event.entity_id, done->probe_id);
  EXPECT_NE(rows[0].event.summary.find("news"), std::string::npos) << rows[0].event.summary;
}

TEST_F(MadeEndpointTest, EachEndpointHasItsOwnCooldownAndRuns) {
  ASSERT_TRUE(run("news"));
  ASSERT_TRUE(run("")) << "the contract's own one was not probed yet";
  EXPECT_EQ(run("news").error().code, Errc::kConflict);
  EXPECT_EQ(run("").error().code, Errc::kConflict);
  EXPECT_EQ(probe().wait("news").value(), 300s);
  EXPECT_EQ(probe().wait("other").value(), 0s);
  EXPECT_EQ(probe().summary("news")->total, 1u);
  EXPECT_EQ(probe().summary("")->newest.front().target_url, endpoint.url);
  timers.run_for(loop, 300s);
  EXPECT_TRUE(run("news"));
  EXPECT_EQ(probe().summary("news")->total, 2u);
}

TEST_F(MadeEndpointTest, NothingIsSentWhereThereIsNoneOrNothingMayBe) {
  EXPECT_EQ(run("nobody").error().code, Errc::kNotFound);
  problem = "Its owner is gone.";
  EXPECT_EQ(run("news").error().code, Errc::kConflict);
  EXPECT_TRUE(receiver.bodies.empty());
  EXPECT_TRUE(audited("webhook").empty());
}

TEST_F(MadeEndpointTest, TheSinkIsTestedThroughItAndKnowsItsKeys) {
  sink_ = std::move(*TestSink::open(rooms(), endpoint));
  const auto send = [this](const std::string& name) { return finish(sink_->send_test(kSinkUrl, {"cp-user", "cp:ann", "", ""}, name)); };
  EXPECT_EQ(send("news").error().code, Errc::kConflict) << "its URL is another";
  made.url = kSinkUrl;
  receiver.sink = sink_.get();
  const auto captured = send("news");
  ASSERT_TRUE(captured) << captured.error().detail;
  EXPECT_EQ(captured->status, CaptureStatus::kValid);
  made.secrets = {delivery::new_standard_secret(random)};
  Capture late = *captured;
  EXPECT_EQ(sink_->capture(late)->status, CaptureStatus::kInvalid) << "signed with a secret that is no longer live";
  EXPECT_EQ(send("nobody").error().code, Errc::kNotFound);
}

std::vector<Header> signed_headers(const delivery::EndpointConfig& endpoint, std::string_view body, engine::WallTime now) {
  delivery::SignedHeaders headers(std::make_shared<const delivery::Signer>(endpoint));
  return test::headers_of(headers.sign("evt_1", now, body));
}

TEST_F(WebhookDeskTest, TheSinkJudgesEachRequestAndRefusesNone) {
  const auto valid = signed_headers(endpoint, "{}", timers.wall_now());
  auto bare = valid;
  bare.back().value = bare.back().value.substr(7);
  auto wrong = valid;
  wrong.back().value.back() = wrong.back().value.back() == '0' ? '1' : '0';
  EXPECT_EQ(post(valid)->status, CaptureStatus::kValid);
  EXPECT_EQ(post(bare)->status, CaptureStatus::kValid);
  EXPECT_EQ(post(signed_headers(endpoint, "{}", engine::WallTime{1s}))->status, CaptureStatus::kValid);  // no bound on the age
  EXPECT_EQ(post(wrong)->status, CaptureStatus::kInvalid);
  EXPECT_EQ(post(valid, "{ }")->status, CaptureStatus::kInvalid);
  EXPECT_EQ(post({})->status, CaptureStatus::kUnsigned);
  const auto summary = sink().summary().value();
  EXPECT_EQ(std::tuple(summary.total, summary.valid, summary.invalid, summary.unsigned_, summary.secret_missing), std::tuple(6u, 3u, 2u, 1u, 0u));
  EXPECT_EQ(summary.newest.front().id, 6u);
  EXPECT_EQ(summary.newest.back().event_id, "evt_1");  // the header's, where the payload has none
}

TEST_F(WebhookDeskTest, TheSinkJudgesStandardWebhooksToo) {
  endpoint.form = delivery::PayloadForm::kStandardWebhooks;
  endpoint.secrets = {delivery::new_standard_secret(random)};
  auto headers = signed_headers(endpoint, "{}", timers.wall_now());
  EXPECT_EQ(post(headers)->status, CaptureStatus::kValid);
  EXPECT_EQ(post(headers, "{ }")->status, CaptureStatus::kInvalid);
}

TEST_F(WebhookDeskTest, WithoutASecretTheSinkSaysSo) {
  const auto headers = signed_headers(endpoint, "{}", timers.wall_now());
  endpoint.secrets.clear();
  EXPECT_EQ(post(headers)->status, CaptureStatus::kSecretMissing);
  EXPECT_EQ(post({})->status, CaptureStatus::kSecretMissing);
}

TEST_F(WebhookDeskTest, TheSinkKeepsTheNewestTwoHundredAndCutsTexts) {
  Capture wide;
  wide.event_id = std::string(100, 'e');
  wide.resource_type = std::string(31, 't') + "é";
  wide.user_agent = std::string(300, 'u');
  const auto cut = sink().capture(wide);
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->event_id.size(), 64u);
  EXPECT_EQ(cut->resource_type, std::string(31, 't'));
  EXPECT_EQ(cut->user_agent.size(), 255u);
  for (int i = 0; i < 204; ++i) ASSERT_TRUE(post({}));
  sink_.reset();  // a new life goes on behind the newest
  EXPECT_EQ(post({})->id, 206u);
  const auto summary = sink().summary().value();
  EXPECT_EQ(summary.total, 200u);
  EXPECT_EQ(summary.newest.size(), TestSink::kShown);
  EXPECT_EQ(summary.newest.front().id, 206u);
  EXPECT_EQ(sink().clear({"cp-user", "cp:ann", "", ""}).value(), 200u);
  EXPECT_EQ(sink().summary()->total, 0u);
  EXPECT_EQ(audited("webhook").size(), 1u);
}

TEST_F(WebhookDeskTest, ATestEventNeedsTheSinksOwnUrlAndIsFoundThere) {
  const auto send = [this] { return finish(sink().send_test(kSinkUrl, {"cp-user", "cp:ann", "", ""})); };
  EXPECT_EQ(send().error().code, Errc::kConflict);
  EXPECT_TRUE(receiver.bodies.empty());
  sink_.reset();
  direct_.reset();
  endpoint.url = std::string(kSinkUrl) + "?from=here";  // scheme, host, port and path count
  receiver.sink = &sink();
  const auto captured = send();
  ASSERT_TRUE(captured) << captured.error().detail;
  EXPECT_EQ(captured->status, CaptureStatus::kValid);
  EXPECT_TRUE(captured->event_id.starts_with("evt_test_sink_probe_"));
  EXPECT_NE(captured->body.find(R"("resourceType":"entry","resourceId":"webhook-test-sink-probe","action":"updated")"), std::string::npos);
  EXPECT_NE(captured->body.find(R"("subscriptions":{"mode":"firehose","credentialHandles":[]})"), std::string::npos);
  EXPECT_EQ(receiver.bodies.size(), 1u);
  receiver.sink = nullptr;
  receiver.status = 500;
  const auto lost = send();
  ASSERT_FALSE(lost);
  EXPECT_NE(lost.error().detail.find("500"), std::string::npos);
  EXPECT_EQ(audited("webhook").size(), 2u);
}

TEST(WebhookDeskBytes, ArePinned) {
  ProbeRun run;
  run.probe_id = "p";
  run.http_status = 200;
  run.delivered = true;
  run.created = engine::WallTime{1s};
  EXPECT_EQ(engine::to_hex(encode(run)), "0201c801000000000000000101700000000000" "0000");
  const auto former = engine::from_hex("0101c80100000000000000010170000000000000");
  ASSERT_TRUE(former);
  EXPECT_EQ(decode_probe_run(7, *former)->probe_id, "p") << "a row of version 1, which named no endpoint";
  Capture capture;
  capture.event_id = "e";
  capture.status = CaptureStatus::kUnsigned;
  capture.created = engine::WallTime{1s};
  capture.headers = {{"a", "b"}};
  EXPECT_EQ(engine::to_hex(encode(capture)), "010200000000000000010165" "0000000000000000" "0101610162");
  for (const auto& bytes : {encode(run), encode(capture)}) {
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      EXPECT_FALSE(decode_probe_run(1, bytes.substr(0, n)));
      EXPECT_FALSE(decode_capture(1, bytes.substr(0, n)));
    }
  }
  EXPECT_EQ(decode_capture(7, encode(capture))->headers.front().value, "b");
  EXPECT_EQ(decode_probe_run(7, encode(run))->probe_id, "p");
  EXPECT_EQ(decode_probe_run(7, "\3").error().code, Errc::kUnsupported);
}

}  // namespace
}  // namespace replay
