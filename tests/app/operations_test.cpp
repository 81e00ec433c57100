// The operations endpoints through the gate.
#include "engine/telemetry/log.h"
#include "tests/app/operations_stage.h"

namespace {

using test::OperationsStage;

delivery::DeadLetter letter(std::uint64_t number, unsigned attempts) {
  delivery::DeadLetter made;
  made.event_id = feed::EventId{number};
  made.key = {"entry", std::to_string(number)};
  made.action = feed::Action::kUpdated;
  made.attempts = attempts;
  made.last_error = "Webhook delivery failed with HTTP 500 (Internal Server Error).";
  made.payload =
      R"({"id":"evt_1","occurredAt":"2026-03-04T10:00:00Z","resourceType":"entry","resourceId":"1","action":"updated","updatedAt":"2026-03-04T10:00:00Z","snapshot":{"title":"Hidden"}})";
  made.endpoint = "default";
  return made;
}

TEST_F(OperationsStage, EachRouteAsksForItsScope) {
  who.push_back(test::credential("metrics", {"metrics:read"}));
  start();
  for (const char* path : {"/readiness", "/metrics", "/incidents", "/lifecycle", "/diagnostics/bundle", "/adoption/metrics"}) {
    EXPECT_EQ(get(path).status, 200) << path;
    EXPECT_EQ(get(path, "").status, 401) << path;
    const auto refused = get(path, "token-minimal");
    EXPECT_EQ(refused.status, 403) << path;
    EXPECT_NE(at(refused, "/requiredScope").find(":read"), std::string::npos);
    EXPECT_EQ(post(path, "{}").status, 405) << path;
    EXPECT_EQ(get(path, "token-metrics").status, std::string_view(path) == "/metrics" ? 200 : 403) << path;
    const auto answer = get(path);
    EXPECT_EQ(at(answer, "/ok"), "true") << path;
    EXPECT_NE(at(answer, "/requestId"), "absent") << path;
    EXPECT_NE(at(answer, "/generatedAt"), "absent") << path;
  }
}

TEST_F(OperationsStage, WithoutOperationsThereAreNoRoutes) {
  EXPECT_EQ(get("/metrics").status, 404);
  EXPECT_EQ(get("/health").status, 200);
}

TEST_F(OperationsStage, HealthAndReadinessTellTheSameFacts) {
  start();
  auto ready = get("/readiness");
  EXPECT_EQ(at(ready, "/readinessScore"), "100");
  EXPECT_EQ(at(ready, "/systemComponents/db"), "true");
  EXPECT_EQ(at(get("/health"), "/systemComponents/db"), "true");
  connected = false;
  ready = get("/readiness");
  EXPECT_EQ(at(ready, "/readinessScore"), "60");
  EXPECT_EQ(at(ready, "/systemComponents/db"), "false");
  EXPECT_EQ(at(ready, "/systemComponents/cache"), "true");
  EXPECT_EQ(at(get("/health"), "/systemComponents/db"), "false");
}

std::string value_of(OperationsStage& stage, const engine::net::Response& response, std::string_view name) {
  for (int i = 0; i < 25; ++i) {
    const auto base = "/metrics/" + std::to_string(i);
    if (stage.at(response, base + "/name") == name) return stage.at(response, base + "/value");
  }
  return "absent";
}

TEST_F(OperationsStage, MetricsCountWhatPassedTheGate) {
  jobs = 4;
  control.approvals_pending = 2;
  audit_rows = 9;
  ASSERT_TRUE(letters->record_failure(letter(1, 3)));
  ASSERT_TRUE(letters->record_failure(letter(2, 1)));
  feed::Checkpoint stale;
  stale.integration = "bot";
  stale.resource = "entries";
  stale.at = timers.wall_now() - std::chrono::seconds(2000);
  ASSERT_TRUE(checkpoints->record(stale, timers.wall_now()));
  start();
  EXPECT_EQ(get("/health", "wrong").status, 401);
  EXPECT_EQ(get("/metrics", "token-minimal").status, 403);
  const auto answer = get("/metrics");
  EXPECT_EQ(value_of(*this, answer, "agents_requests_total"), "3");
  EXPECT_EQ(value_of(*this, answer, "agents_auth_failures_total"), "1");
  EXPECT_EQ(value_of(*this, answer, "agents_forbidden_total"), "1");
  EXPECT_EQ(value_of(*this, answer, "agents_webhook_dlq_failed"), "2");
  EXPECT_EQ(value_of(*this, answer, "agents_webhook_retries_total"), "2");
  EXPECT_EQ(value_of(*this, answer, "agents_queue_depth"), "4");
  EXPECT_EQ(value_of(*this, answer, "agents_consumer_lag_max_seconds"), "2000");
  EXPECT_EQ(value_of(*this, answer, "agents_consumer_lag_critical_total"), "1");
  EXPECT_EQ(value_of(*this, answer, "agents_control_approvals_pending"), "2");
  EXPECT_EQ(value_of(*this, answer, "agents_control_audit_events_total"), "9");
  EXPECT_EQ(value_of(*this, answer, "agents_credentials_configured_total"), "2");
  EXPECT_EQ(at(answer, "/reliability/status"), "critical");
  EXPECT_EQ(at(answer, "/reliability/topSignals/0/id"), "consumer_lag_max_seconds");
  EXPECT_EQ(at(answer, "/reliability/topSignals/0/warnThreshold"), "300");
}

// The contract's members stay as they are; what waits is owed like deliveries, and the warnings say why.
TEST_F(OperationsStage, ASinkThatCannotPublishIsSeenInReadinessAndInTheQueue) {
  jobs = 4;
  sink = app::operations::SinkStanding{"shop.feed", 60, std::chrono::seconds(20), ""};
  start();
  const auto warnings = [this] { return at(get("/diagnostics/bundle"), "/snapshots/readiness/diagnostics/warnings"); };
  const auto members = get("/readiness").body.size();
  EXPECT_EQ(warnings(), "[]") << "on its way";
  EXPECT_EQ(value_of(*this, get("/metrics"), "agents_queue_depth"), "64");
  EXPECT_EQ(value_of(*this, get("/metrics"), "agents_queue_webhook_depth"), "4");
  EXPECT_EQ(at(get("/metrics"), "/reliability/topSignals/0/id"), "queue_depth");
  sink->trouble = "no broker of kafka:9092 can be reached";
  EXPECT_EQ(warnings(), R"(["Not fulfilled: topic shop.feed is 60 changes behind, the oldest for 20 s: no broker of kafka:9092 can be reached."])");
  EXPECT_EQ(get("/readiness").body.size(), members);
  sink->trouble.clear();
  sink->oldest_age = std::chrono::seconds(301);
  EXPECT_EQ(warnings(), R"(["Not fulfilled: topic shop.feed is 60 changes behind, the oldest for 301 s."])");
  sink->lag = 0;
  EXPECT_EQ(warnings(), "[]");
}

TEST_F(OperationsStage, CountersOutliveTheProcessAndSignalsTheHour) {
  start();
  for (int i = 0; i < 7; ++i) EXPECT_EQ(get("/health", "wrong").status, 401);
  EXPECT_EQ(at(get("/incidents"), "/data/0/signalId"), "auth_failures");
  timers.advance(std::chrono::minutes(61));
  EXPECT_EQ(at(get("/incidents"), "/data"), "[]") << "the last hour is quiet";
  EXPECT_EQ(value_of(*this, get("/metrics"), "agents_auth_failures_total"), "7");
  ASSERT_TRUE(operations->keep_counters());
  const auto since = at(get("/metrics"), "/meta/countingSince");

  opened.reset();
  operations.reset();
  traffic.clear();  // another process
  timers.advance(std::chrono::hours(1));
  start();
  const auto answer = get("/metrics");
  EXPECT_EQ(value_of(*this, answer, "agents_auth_failures_total"), "7");
  EXPECT_EQ(at(answer, "/meta/countingSince"), since);
  EXPECT_GT(at(answer, "/meta/processStartedAt"), since);
}

TEST_F(OperationsStage, IncidentsRememberWhenTheyBegan) {
  start();
  for (int i = 0; i < 7; ++i) get("/health", "wrong");
  const auto first = at(get("/incidents"), "/data/0/firstSeenAt");
  timers.advance(std::chrono::minutes(30));
  for (int i = 0; i < 30; ++i) get("/health", "wrong");
  operations.reset();
  start();
  const auto later = get("/incidents");
  EXPECT_EQ(at(later, "/data/0/severity"), "critical");
  EXPECT_EQ(at(later, "/data/0/firstSeenAt"), first);
  EXPECT_GT(at(later, "/data/0/lastSeenAt"), first);
  timers.advance(std::chrono::minutes(120));
  EXPECT_EQ(at(get("/incidents"), "/data"), "[]");
  for (int i = 0; i < 7; ++i) get("/health", "wrong");
  EXPECT_GT(at(get("/incidents"), "/data/0/firstSeenAt"), at(later, "/data/0/lastSeenAt")) << "a new one begins anew";
}

TEST_F(OperationsStage, IncidentsAreFilteredAndBounded) {
  start();
  incidents.report("source_trouble", engine::telemetry::Severity::kCritical, "cannot reach 10.0.0.5");
  for (int i = 0; i < 7; ++i) get("/health", "wrong");
  const auto all = get("/incidents");
  EXPECT_EQ(at(all, "/meta/count"), "2");
  EXPECT_EQ(at(all, "/status"), "critical");
  EXPECT_EQ(at(all, "/data/0/source"), "agents.runtime");
  EXPECT_EQ(at(all, "/data/1/source"), "millrace.rooms");
  EXPECT_EQ(all.body.find("10.0.0.5"), std::string::npos);
  EXPECT_EQ(at(get("/incidents?severity=WARN"), "/meta/filters/severity"), "warn");
  EXPECT_EQ(at(get("/incidents?severity=critical"), "/data/0/signalId"), "source_trouble");
  EXPECT_EQ(at(get("/incidents?limit=1"), "/meta/severityCounts/critical"), "0");
  for (const char* wrong : {"/incidents?limit=0", "/incidents?limit=201", "/incidents?severity=loud"}) {
    const auto refused = get(wrong);
    EXPECT_EQ(refused.status, 400) << wrong;
    EXPECT_NE(at(refused, "/details/0"), "absent") << wrong;
  }
}

TEST_F(OperationsStage, TheBundleHoldsEverythingAndSaysWhatFailed) {
  smoke.products.errors.push_back("no index");
  ASSERT_TRUE(letters->record_failure(letter(1, 3)));
  start();
  connected = false;
  const auto bundle = get("/diagnostics/bundle");
  EXPECT_EQ(at(bundle, "/source"), "api");
  EXPECT_EQ(at(bundle, "/checks/auth/status"), "ok");
  EXPECT_EQ(at(bundle, "/checks/readiness/status"), "failed");
  EXPECT_EQ(at(bundle, "/checks/smoke/errors/0"), "products: no index");
  EXPECT_EQ(at(bundle, "/summary/status"), "failed");
  EXPECT_EQ(at(bundle, "/summary/errorCount"), "2");
  EXPECT_EQ(at(bundle, "/summary/checks/checksFailed"), "2");
  EXPECT_EQ(at(bundle, "/snapshots/webhooks/events/0/payloadMeta/resourceType"), "entry");
  EXPECT_EQ(at(bundle, "/snapshots/readiness/summary/readinessScore"), "60");
  EXPECT_EQ(bundle.body.find("Hidden"), std::string::npos) << "the snapshot of the event stays here";
  EXPECT_EQ(at(bundle, "/collectionErrors"), "[]");
}

TEST_F(OperationsStage, NothingSecretLeavesInAnyReport) {
  const std::vector<std::string> planted = {"token-full",      "s3cr3t-webhook",  "s3cr3t-database", "s3cr3t-master-key", "s3cr3t-smtp",
                                            "urluser:urlpass", "jane@owner.test", "kept-for-itself", "cursor-of-theirs"};
  std::string logged;
  engine::telemetry::set_log_output([&logged](engine::telemetry::Level, std::string_view line) { logged.append(line).append("\n"); });
  for (const auto& secret : {"token-full", "s3cr3t-webhook", "s3cr3t-database", "s3cr3t-master-key", "s3cr3t-smtp"})
    operations_config.secrets.emplace_back(secret);
  operations_config.webhook = {"https://hooks.test/in/s3cr3t-webhook?key=s3cr3t-webhook", true, 5, 3};
  operations_config.metadata["bot"] = {"jane@owner.test", "mail jane@owner.test", ""};
  trust::ManagedCredential bot;
  bot.id = trust::ManagedId{1};
  bot.handle = "bot";
  bot.display_name = "Bot of jane@owner.test";
  bot.owner = "jane@owner.test";
  bot.token_prefix = "token-full";
  managed.push_back(bot);
  feed::Checkpoint mark;
  mark.integration = "bot";
  mark.resource = "entries";
  mark.cursor = "cursor-of-theirs";
  mark.metadata = R"({"note":"kept-for-itself"})";
  ASSERT_TRUE(checkpoints->record(mark, timers.wall_now()));
  auto failed = letter(1, 3);
  failed.last_error = "connect https://urluser:urlpass@hooks.test/?key=s3cr3t-webhook failed, Bearer token-full, password=s3cr3t-database";
  failed.payload = R"({"id":"evt_1","snapshot":{"note":"kept-for-itself"}})";
  ASSERT_TRUE(letters->record_failure(failed));
  smoke.entries.errors.push_back("mysql://urluser:urlpass@db/ said: access denied (using s3cr3t-database), key s3cr3t-master-key");
  incidents.report("source_trouble:s3cr3t-database", engine::telemetry::Severity::kCritical, "urluser:urlpass@db");
  logged.clear();  // the room wrote its own words there; what follows is ours
  start();
  std::string told = get("/diagnostics/bundle").body + get("/metrics").body + get("/incidents").body + get("/readiness").body + get("/adoption/metrics").body;
  told += operations->prometheus();
  ASSERT_TRUE(operations->keep_counters());
  engine::telemetry::set_log_output({});
  EXPECT_NE(told.find("hooks.test"), std::string::npos) << "the host may be told";
  for (const auto& secret : planted) {
    EXPECT_EQ(told.find(secret), std::string::npos) << secret << " in …" << told.substr(std::max<std::size_t>(told.find(secret), 120) - 120, 240);
    EXPECT_EQ(logged.find(secret), std::string::npos) << secret;
  }
}

TEST_F(OperationsStage, PrometheusTextHoldsTheSeriesAndTheRooms) {
  registry.counter("millrace_example_total", "Of a room.").add(3);
  start();
  const auto text = operations->prometheus();
  EXPECT_NE(text.find("# TYPE agents_requests_total counter\n"), std::string::npos);
  EXPECT_NE(text.find("millrace_example_total 3\n"), std::string::npos);
}

}  // namespace
