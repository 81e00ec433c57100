// What the commands of the operator's desk ask and say.
#include "tests/app/command_stage.h"

namespace {

using app::commands::Given;
using test::run;
using test::ScriptedServer;

app::commands::ServerAnswer ok(std::string data, std::string meta = R"({"count":1,"next":null})") {
  return {200, R"({"ok":true,"data":)" + data + R"(,"meta":)" + meta + R"(,"requestId":"r"})"};
}

std::string job(std::string state, int done, int failed = 0) {
  return R"({"id":4,"state":")" + state + R"(","selection":{"source":"dead-letters","endpoint":null,"status":"failed"},"ratePerSecond":50,"total":3,"done":)" + std::to_string(done) +
         R"(,"delivered":)" + std::to_string(done - failed) + R"(,"failed":)" + std::to_string(failed) +
         R"(,"skipped":0,"inFlight":0,"lastError":null,"problem":null,"createdBy":"cp:ada","reason":"mended","dateCreated":"2026-03-04T10:00:00Z"})";
}

TEST(DeskCommands, ALetterIsALine) {
  ScriptedServer server;
  server.answers["/admin/v1/dead-letters?cause=status&limit=50"] =
      ok(R"([{"id":7,"endpoint":"crm","eventId":"evt_1","resourceType":"order","resourceId":"9","action":"updated","status":"failed","cause":"status","attempts":3,"lastError":"HTTP\n500","dateCreated":"2026-03-04T10:00:00Z"}])",
         R"({"count":1,"next":7})");
  const auto ran = run("dlq list", {.values = {{"cause", "status"}}}, server);
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "Dead letters: 1\n- #7 2026-03-04T10:00:00Z failed cause=status endpoint=crm order/9 updated evt_1 attempts=3 error=HTTP 500\nMore: --cursor=7\n");
}

TEST(DeskCommands, ACountGoesOnUntilAllWereLookedAt) {
  ScriptedServer server;
  server.answers["/admin/v1/dead-letters/count?status=failed"] = ok(R"({"count":500000,"complete":false,"next":12})");
  server.answers["/admin/v1/dead-letters/count?status=failed&cursor=12"] = ok(R"({"count":11,"complete":true,"next":null})");
  EXPECT_EQ(run("dlq count", {.values = {{"status", "failed"}}}, server).out, "500011\n");
}

TEST(DeskCommands, GroupsNameOneOfThem) {
  ScriptedServer server;
  server.answers["/admin/v1/dead-letters/groups"] = ok(R"([{"cause":"status","count":12,"first":"a","last":"b","sample":9}])", R"({"count":1,"complete":true,"next":null})");
  EXPECT_EQ(run("dlq groups", {}, server).out, "- status: 12, first a, last b, such as #9\n");
}

TEST(DeskCommands, AReplayIsCountedFirstAndStartedOnlyWithThatNumber) {
  ScriptedServer server;
  server.answers["/admin/v1/replays/count"] = ok(R"({"count":3,"selection":{"source":"dead-letters","endpoint":"crm","status":"failed"}})");
  const auto counted = run("replay create", {.values = {{"endpoint", "crm"}, {"rate", "5"}}}, server);
  EXPECT_EQ(counted.status, 1);
  EXPECT_EQ(counted.out, "3 match: dead letters endpoint=crm status=failed\n");
  EXPECT_NE(counted.err.find("--expect=3"), std::string::npos);
  EXPECT_EQ(server.asked, (std::vector<std::string>{R"(POST /admin/v1/replays/count {"source":"dead-letters","endpoint":"crm"})"}));
  server.answers["/admin/v1/replays"] = ok(job("running", 0));
  const auto started = run("replay create", {.values = {{"endpoint", "crm"}, {"rate", "5"}, {"expect", "3"}}}, server);
  EXPECT_EQ(started.status, 0) << started.err;
  EXPECT_EQ(server.asked.back(), R"(POST /admin/v1/replays {"source":"dead-letters","endpoint":"crm","expect":3,"ratePerSecond":5})");
  EXPECT_NE(started.out.find("- #4 running: 0 of 3 done"), std::string::npos) << started.out;
}

TEST(DeskCommands, SourcesAreSpelledAsTheServerWantsThem) {
  ScriptedServer server;
  run("replay create", {.values = {{"ids", "3, 1"}}}, server);
  run("replay create", {.values = {{"history", "1"}, {"endpoint", "crm"}, {"from-offset", "7"}}}, server);
  EXPECT_EQ(server.asked[0], R"(POST /admin/v1/replays/count {"source":"ids","ids":[3,1]})");
  EXPECT_EQ(server.asked[1], R"(POST /admin/v1/replays/count {"source":"history","fromOffset":7,"endpoint":"crm"})");
  const auto wrong = run("replay create", {.values = {{"ids", "first"}}}, server);
  EXPECT_EQ(wrong.status, 1);
  EXPECT_NE(wrong.err.find("--ids"), std::string::npos);
  EXPECT_EQ(server.asked.size(), 2u);
}

/// A job that gets one further whenever somebody waits.
struct MovingServer final : app::commands::OperatorServer {
  int done = 0, failed = 0;
  engine::Result<app::commands::ServerAnswer> get(std::string_view) override { return ok(job(done == 3 ? "finished" : "running", done, failed)); }
  engine::Result<app::commands::ServerAnswer> post(std::string_view, std::string_view) override { return ok(job("running", 0)); }
  void wait(std::chrono::milliseconds) override { ++done; }
};

TEST(DeskCommands, WaitingShowsProgressAndEndsWithTheJob) {
  MovingServer server;
  const auto ran = run("replay show", {.values = {{"job", "4"}, {"wait", "1"}}}, server);
  EXPECT_EQ(ran.status, 0);
  EXPECT_NE(ran.err.find("Replay job #4: 1 of 3 done, 1 delivered"), std::string::npos) << ran.err;
  EXPECT_NE(ran.out.find("- #4 finished: 3 of 3 done"), std::string::npos) << ran.out;
  MovingServer failing;
  failing.failed = 1;
  EXPECT_EQ(run("replay create", {.values = {{"expect", "3"}, {"wait", "1"}}}, failing).status, 1) << "one of them did not arrive";
}

TEST(DeskCommands, AnAttemptIsALine) {
  ScriptedServer server;
  server.answers["/admin/v1/deliveries?failed=1&limit=50"] =
      ok(R"([{"endpoint":"crm","at":"t","delivered":false,"status":500,"cause":"status","latencyMs":2.5,"eventId":"evt_1","resourceType":"order","resourceId":"9","offset":3,"attempt":2,"replay":true,"detail":"oops"}])",
         R"({"count":1,"next":"crm:9"})");
  const auto ran = run("deliveries", {.values = {{"failed", "1"}}}, server);
  EXPECT_EQ(ran.out, "Attempts: 1\n- t status 500 2.5ms endpoint=crm order/9 evt_1 offset=3 attempt=2 replay said=oops\nMore: --cursor=crm:9\n") << ran.err;
}

TEST(DeskCommands, RefusalsSpeakOfOptions) {
  ScriptedServer server;
  server.answers["/admin/v1/replays"] = {400, R"({"error":{"code":"INVALID_REQUEST","message":"x"},"details":["`expect`: 2 were expected and 3 match now."]})"};
  const auto ran = run("replay create", {.values = {{"expect", "2"}}}, server);
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(ran.err, "--expect: 2 were expected and 3 match now.\n");
}

}  // namespace
