// What the commands of the webhook probe and the test sink ask for and say.
#include "tests/app/command_stage.h"

namespace app::commands {
namespace {

using test::run;
using test::ScriptedServer;

constexpr char kProbe[] = "/admin/v1/webhooks/probe";
constexpr char kSink[] = "/admin/v1/webhooks/test-sink";
constexpr char kDelivered[] = R"({"id":3,"probeId":"probe_1","eventId":"evt_1","status":"delivered","httpStatusCode":200,"errorMessage":null,"triggeredByLabel":"Ann","dateCreated":"2026-01-02 03:04:05"})";
constexpr char kFailed_[] = R"({"id":2,"probeId":"probe_0","eventId":"evt_0","status":"failed","httpStatusCode":null,"errorMessage":"connect: no\nanswer","triggeredByLabel":"Ann","dateCreated":"2026-01-02 03:00:00"})";

std::string answer(const std::string& data) { return R"({"ok":true,"data":)" + data + R"(,"requestId":"r"})"; }

TEST(WebhookCommands, AProbeThatIsAcceptedIsFineAndOneThatIsNotFails) {
  ScriptedServer server;
  server.answers[kProbe] = {200, answer(kDelivered)};
  const auto good = run("webhooks probe", {}, server);
  EXPECT_EQ(good.status, kFine);
  EXPECT_EQ(good.out, "- #3 2026-01-02 03:04:05 delivered probe_1 http=200 by=Ann\n");
  server.answers[kProbe] = {200, answer(kFailed_)};
  const auto bad = run("webhooks probe", {}, server);
  EXPECT_EQ(bad.status, kFailed);
  EXPECT_EQ(bad.out, "- #2 2026-01-02 03:00:00 failed probe_0 by=Ann: connect: no answer\n");
  EXPECT_EQ(run("webhooks probe", {.values = {}, .json = true}, server).status, kFailed);
  EXPECT_EQ(server.asked.front(), "POST /admin/v1/webhooks/probe {}");
}

TEST(WebhookCommands, AnEndpointIsNamed) {
  ScriptedServer server;
  server.answers[kProbe] = {200, answer(kDelivered)};
  EXPECT_EQ(run("webhooks probe", {.values = {{"endpoint", "news"}}}, server).status, kFine);
  EXPECT_EQ(server.asked.back(), R"(POST /admin/v1/webhooks/probe {"endpoint":"news"})");
  server.answers["/admin/v1/webhooks/test-sink/test"] = {200, answer(R"({"verificationStatus":"valid"})")};
  EXPECT_EQ(run("webhooks sink-test", {.values = {{"endpoint", "news"}}}, server).status, kFine);
  EXPECT_EQ(server.asked.back(), R"(POST /admin/v1/webhooks/test-sink/test {"endpoint":"news"})");
  run("webhooks probes", {.values = {{"endpoint", "news"}}}, server);
  EXPECT_EQ(server.asked.back(), "GET /admin/v1/webhooks/probe?endpoint=news");
}

TEST(WebhookCommands, ARefusedProbeSaysWhy) {
  ScriptedServer server;
  server.answers[kProbe] = {400, R"({"error":{"code":"INVALID_REQUEST","message":"The last probe is too recent: try again in 12 seconds."},"requestId":"r"})"};
  const auto ran = run("webhooks probe", {}, server);
  EXPECT_EQ(ran.status, kFailed);
  EXPECT_NE(ran.err.find("in 12 seconds"), std::string::npos) << ran.err;
  EXPECT_EQ(ran.out, "");
}

TEST(WebhookCommands, RunsAreListedWithTheCooldown) {
  ScriptedServer server;
  server.answers[kProbe] = {200, answer(R"({"config":{"targetUrl":"https://a.test/","cooldownActive":true,"cooldownRemainingSeconds":12},"summary":{"total":2,"failed":1},"runs":[)" +
                                        std::string(kDelivered) + "," + kFailed_ + "]}")};
  const auto ran = run("webhooks probes", {}, server);
  EXPECT_EQ(ran.status, kFine);
  EXPECT_EQ(ran.out,
            "Probes of https://a.test/: 2, 1 failed\n- #3 2026-01-02 03:04:05 delivered probe_1 http=200 by=Ann\n"
            "- #2 2026-01-02 03:00:00 failed probe_0 by=Ann: connect: no answer\nThe next may be sent in 12 s.\n");
}

TEST(WebhookCommands, TheSinkIsShownTestedAndCleared) {
  ScriptedServer server;
  const std::string capture =
      R"({"id":7,"eventId":"evt_1","resourceType":"entry","resourceId":"9","action":"updated","verificationStatus":"valid","payloadBytes":12,"dateCreated":"2026-01-02 03:04:05"})";
  server.answers[kSink] = {200, answer(R"({"config":{"enabled":true,"url":"http://a.test/sink"},"summary":{"total":3,"valid":1,"invalid":2,"unsigned":0},"captures":[)" + capture + "]}")};
  server.answers["/admin/v1/webhooks/test-sink/test"] = {200, answer(capture)};
  server.answers["/admin/v1/webhooks/test-sink/clear"] = {200, answer(R"({"deleted":3})")};
  const std::string line = "- #7 2026-01-02 03:04:05 valid entry/9 updated evt_1 bytes=12\n";
  EXPECT_EQ(run("webhooks sink", {}, server).out, "Test sink http://a.test/sink: 3 captured, 1 valid, 2 invalid, 0 unsigned\n" + line);
  const auto tested = run("webhooks sink-test", {}, server);
  EXPECT_EQ(std::tuple(tested.status, tested.out), std::tuple(kFine, line));
  EXPECT_EQ(run("webhooks sink-clear", {}, server).out, "3 captures removed.\n");
  server.answers[kSink] = {200, answer(R"({"config":{"enabled":false},"summary":{},"captures":[]})")};
  EXPECT_EQ(run("webhooks sink", {}, server).out, "The test sink is off.\n");
  server.answers.clear();
  EXPECT_EQ(run("webhooks sink-clear", {}, server).status, kFailed);
}

}  // namespace
}  // namespace app::commands
