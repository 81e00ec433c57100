// What operations conclude from plain facts (contract craft-agents-governance 3.5, 5).
#include <gtest/gtest.h>

#include "app/operations/adoption.h"
#include "app/operations/diagnostics.h"
#include "app/operations/incidents_report.h"
#include "app/operations/lifecycle.h"
#include "app/operations/metrics_report.h"
#include "app/operations/prometheus.h"
#include "app/operations/readiness.h"
#include "app/operations/redaction.h"
#include "app/operations/reliability.h"
#include "app/operations/security_posture.h"

namespace app::operations {
namespace {

using engine::WallTime;
const WallTime kNow{std::chrono::seconds(1'772'618'400)};
WallTime days_ago(int days) { return kNow - std::chrono::days(days); }

TEST(Readiness, ScoresAreSumsOfWhatPassed) {
  struct Row {
    bool http, database, commerce;
    int score;
    bool ready;
  };
  for (const auto& row : {Row{true, true, true, 100, true}, Row{true, true, false, 60, true}, Row{false, true, false, 40, false},
                          Row{true, false, true, 60, true}, Row{false, false, false, 0, false}}) {
    const auto readiness = evaluate_readiness({row.http, {row.database, true, true}, row.commerce});
    EXPECT_EQ(readiness.score, row.score);
    EXPECT_EQ(readiness.ready(), row.ready) << row.score;
    EXPECT_EQ(readiness.warnings.size(), std::size_t(!row.http) + std::size_t(!row.database)) << "the shop is optional";
  }
}

Level level_of(const Reliability& reliability, std::string_view id) {
  for (const auto& signal : reliability.signals) {
    if (signal.id == id) return signal.severity;
  }
  ADD_FAILURE() << "no signal " << id;
  return Level::kOk;
}

TEST(Reliability, EachSignalTurnsAtItsThresholds) {
  struct Row {
    std::string_view id;
    std::uint64_t SignalValues::*value;
    std::uint64_t last_ok, first_warn, last_warn, first_critical;
  };
  for (const auto& row :
       {Row{"auth_failures", &SignalValues::auth_failures, 5, 6, 20, 21}, Row{"scope_denials", &SignalValues::scope_denials, 5, 6, 20, 21},
        Row{"rate_limit_denials", &SignalValues::rate_limit_denials, 10, 11, 40, 41}, Row{"server_errors_5xx", &SignalValues::server_errors, 0, 1, 4, 5},
        Row{"queue_depth", &SignalValues::queue_depth, 50, 51, 150, 151}, Row{"webhook_dlq_failed", &SignalValues::dead_letters_failed, 0, 1, 9, 10},
        Row{"consumer_lag_max_seconds", &SignalValues::lag_max_seconds, 300, 301, 900, 901}}) {
    const auto at = [&row](std::uint64_t value) {
      SignalValues values;
      values.*row.value = value;
      return level_of(evaluate_reliability(values, {}, kNow), row.id);
    };
    EXPECT_EQ(at(row.last_ok), Level::kOk) << row.id;
    EXPECT_EQ(at(row.first_warn), Level::kWarn) << row.id;
    EXPECT_EQ(at(row.last_warn), Level::kWarn) << row.id;
    EXPECT_EQ(at(row.first_critical), Level::kCritical) << row.id;
  }
}

TEST(Reliability, TheWorstComesFirstAndGivesTheStatus) {
  SignalValues values;
  values.auth_failures = 10;       // warn, 1 over
  values.scope_denials = 100;      // critical, 4 over
  values.rate_limit_denials = 41;  // critical, 0.025 over
  values.server_errors = 3;        // warn, 2 over
  const auto reliability = evaluate_reliability(values, {}, kNow);
  EXPECT_EQ(reliability.status, Level::kCritical);
  std::vector<std::string_view> order;
  for (const auto& signal : reliability.signals) order.push_back(signal.id);
  EXPECT_EQ(std::vector(order.begin(), order.begin() + 4),
            (std::vector<std::string_view>{"scope_denials", "rate_limit_denials", "server_errors_5xx", "auth_failures"}));
  EXPECT_DOUBLE_EQ(reliability.signals[0].overflow_ratio, 4);
  EXPECT_DOUBLE_EQ(reliability.signals[1].overflow_ratio, 0.025);
  EXPECT_EQ(reliability.top().size(), 4u);
  EXPECT_EQ(reliability.count(Level::kOk), 3u);
}

TEST(Reliability, CriticalLagIsAlwaysAboveWarning) {
  EXPECT_EQ(corrected({600, 600}).critical, 601);
  EXPECT_EQ(corrected({600, 10}).critical, 601);
  EXPECT_EQ(corrected({604'800, 10}).critical, 604'800);
  EXPECT_EQ(corrected({300, 900}).critical, 900);
}

TEST(Metrics, AreTheContractsTwentyFiveInItsOrder) {
  MetricsInput input;
  input.totals.of = {100, 1, 2, 3, 4};
  input.last_hour.of = {10, 5, 6, 7, 8};
  input.dead_letters = {7, 2, 3};
  input.queue = {12, 1};
  const auto series = metric_series(input);
  ASSERT_EQ(series.size(), 25u);
  const auto value = [&series](std::string_view name) {
    for (const auto& metric : series) {
      if (metric.name == name) return metric.value;
    }
    return ~std::uint64_t{0};
  };
  EXPECT_EQ(series.front().name, "agents_auth_failures_total");
  EXPECT_EQ(series.back().name, "agents_adoption_active_credentials_7d");
  EXPECT_EQ(value("agents_requests_total"), 100u);
  EXPECT_EQ(value("agents_errors_5xx_total"), 4u);
  EXPECT_EQ(value("agents_queue_depth"), 13u);
  EXPECT_EQ(value("agents_queue_webhook_depth"), 12u);
  EXPECT_EQ(signal_values(input).auth_failures, 5u) << "signals look at the last hour";
}

TEST(Prometheus, EverySeriesHasItsTypeAndOneSample) {
  MetricsInput input;
  input.totals.of = {100, 1, 2, 3, 4};
  const auto text = prometheus_text(metric_series(input), evaluate_reliability(signal_values(input), {}, kNow));
  EXPECT_NE(text.find("# TYPE agents_requests_total counter\nagents_requests_total 100\n"), std::string::npos) << text;
  EXPECT_NE(text.find("agents_reliability_signal_severity{signal=\"queue_depth\"} 0\n"), std::string::npos);
}

trust::ManagedCredential credential(std::uint64_t id, std::string handle) {
  trust::ManagedCredential made;
  made.id = trust::ManagedId{id};
  made.handle = std::move(handle);
  made.display_name = "Bot";
  made.created = days_ago(1);
  made.expiry_reminder_days = 0;  // never expires
  return made;
}

struct LifecycleCase {
  const char* name;
  std::function<void(trust::ManagedCredential&)> change;
  const char* factor;  // of the row; "": none
  Level level;
};

TEST(Lifecycle, EachFactorHasItsCondition) {
  const LifecycleCase cases[] = {
      {"sound", [](auto&) {}, "", Level::kOk},
      {"expired", [](auto& one) { one.expires_at = days_ago(1), one.expiry_reminder_days = 7; }, "expired", Level::kCritical},
      {"expires soon", [](auto& one) { one.expires_at = days_ago(-3), one.expiry_reminder_days = 7; }, "expiring_soon", Level::kWarn},
      {"no expiry", [](auto& one) { one.expiry_reminder_days = 7; }, "no_expiry_policy", Level::kWarn},
      {"paused", [](auto& one) { one.paused_at = days_ago(1); }, "paused", Level::kWarn},
      {"never used, young", [](auto& one) { one.created = days_ago(29); }, "", Level::kOk},
      {"never used", [](auto& one) { one.created = days_ago(30); }, "never_used", Level::kWarn},
      {"never used, long", [](auto& one) { one.created = days_ago(90), one.rotated_at = days_ago(1); }, "never_used", Level::kCritical},
      {"stale", [](auto& one) { one.created = days_ago(99), one.rotated_at = days_ago(1), one.last_used_at = days_ago(30); }, "stale_usage", Level::kWarn},
      {"very stale", [](auto& one) { one.created = days_ago(99), one.rotated_at = days_ago(1), one.last_used_at = days_ago(90); }, "stale_usage",
       Level::kCritical},
      {"rotation due", [](auto& one) { one.created = days_ago(45), one.last_used_at = days_ago(0); }, "rotation_due", Level::kWarn},
      {"rotation overdue", [](auto& one) { one.created = days_ago(120), one.last_used_at = days_ago(0); }, "rotation_overdue", Level::kCritical},
  };
  for (const auto& one : cases) {
    auto made = credential(1, "bot");
    one.change(made);
    const auto lifecycle = evaluate_lifecycle(std::span(&made, 1), {}, {}, "test", kNow);
    const auto& row = lifecycle.rows.at(0);
    EXPECT_EQ(row.risk, one.level) << one.name;
    EXPECT_EQ(lifecycle.status, one.level) << one.name;
    ASSERT_EQ(row.factors.size(), one.factor[0] ? 1u : 0u) << one.name;
    EXPECT_EQ(row.factors.empty() ? "" : row.factors[0].id, one.factor) << one.name;
  }
}

TEST(Lifecycle, RevokedOnesCountForNoRisk) {
  auto revoked = credential(1, "old");
  revoked.created = days_ago(400);
  revoked.revoked_at = days_ago(300);
  const auto lifecycle = evaluate_lifecycle(std::span(&revoked, 1), {}, {}, "test", kNow);
  EXPECT_EQ(lifecycle.status, Level::kOk);
  EXPECT_EQ(lifecycle.summary.total, 1u);
  EXPECT_EQ(lifecycle.summary.revoked, 1u);
  EXPECT_EQ(lifecycle.summary.risk_critical + lifecycle.summary.risk_warn + lifecycle.summary.stale_critical, 0u);
  EXPECT_EQ(lifecycle.rows.at(0).risk, Level::kCritical) << "it is still listed with what is wrong with it";
  EXPECT_TRUE(lifecycle.top().empty());
}

TEST(Lifecycle, TheMapAddsWhatTheRecordLacks) {
  std::vector<trust::ManagedCredential> made{credential(1, "bot"), credential(2, "anna"), credential(3, "zoe")};
  made[1].owner = "ops";
  MetadataMap map;
  map["bot"] = {"shop team", "Prices", "staging"};
  map["anna"] = {"not asked", "", ""};
  const auto lifecycle = evaluate_lifecycle(made, map, {}, "test", kNow);
  ASSERT_EQ(lifecycle.rows.size(), 3u);
  const auto& bot = lifecycle.rows[0];  // the only one at risk: it is meant for staging
  EXPECT_EQ(bot.handle, "bot");
  EXPECT_EQ(bot.metadata.owner, "shop team");
  EXPECT_EQ(bot.metadata.use_case, "Prices");
  EXPECT_EQ(bot.metadata_source, "map");
  EXPECT_EQ(bot.factors.at(0).id, "environment_mismatch");
  const auto& anna = lifecycle.rows[1];
  EXPECT_EQ(anna.metadata.owner, "ops") << "the record's owner wins";
  EXPECT_EQ(anna.metadata.environment, "test");
  const auto& zoe = lifecycle.rows[2];
  EXPECT_EQ(zoe.metadata.owner, "unassigned");
  EXPECT_EQ(zoe.metadata_source, "inferred");
  EXPECT_EQ(lifecycle.summary.missing_owner, 1u);
  EXPECT_EQ(lifecycle.summary.metadata_mapped, 2u);
}

TEST(Adoption, CountsFromTheFirstUse) {
  std::vector<trust::ManagedCredential> made;
  for (int i = 0; i < 4; ++i) {
    made.push_back(credential(static_cast<std::uint64_t>(i + 1), "bot" + std::to_string(i)));
    made.back().created = days_ago(100);
    if (i == 3) continue;
    made.back().first_used_at = days_ago(100) + std::chrono::seconds(10 * (i + 1));
    made.back().last_used_at = days_ago(i * 10);
  }
  made.push_back(credential(9, "gone"));
  made.back().revoked_at = days_ago(1);
  const auto adoption = evaluate_adoption(made, 6, kNow);
  EXPECT_EQ(adoption.configured, 6u);
  EXPECT_EQ(adoption.managed, 4u);
  EXPECT_EQ(adoption.used, 3u);
  EXPECT_EQ(adoption.samples, 3u);
  EXPECT_EQ(adoption.median_seconds, 20);
  EXPECT_EQ(adoption.p90_seconds, 30);
  EXPECT_EQ(adoption.active_7_days, 1u);
  EXPECT_EQ(adoption.active_30_days, 3u);
  EXPECT_FALSE(evaluate_adoption({}, 0, kNow).median_seconds);
}

struct PostureCase {
  const char* name;
  std::function<void(trust::GateConfig&)> change;
  WebhookFacts webhook;
  bool with_credential;
  std::size_t warnings, errors;
};

TEST(Posture, EachConditionWarns) {
  const WebhookFacts whole{"https://Hooks.example:8443/path?key=1", true}, no_secret{"https://hooks.example/", false}, no_url{"", true};
  const PostureCase cases[] = {
      {"sound", [](auto&) {}, {}, true, 0, 0},
      {"no token required", [](auto& gate) { gate.require_token = false; }, {}, true, 1, 0},
      {"query tokens", [](auto& gate) { gate.allow_query_token = true; }, {}, true, 1, 0},
      {"forced in production", [](auto& gate) { gate.environment = "production", gate.profile = "", gate.require_token = false; }, {}, true, 0, 1},
      {"insecure override in production",
       [](auto& gate) { gate.environment = "production", gate.profile = "", gate.require_token = false, gate.allow_insecure_no_token_in_production = true; },
       {},
       true,
       2,
       0},
      {"no credential", [](auto&) {}, {}, false, 1, 0},
      {"no credential in production", [](auto& gate) { gate.environment = "production", gate.profile = ""; }, {}, false, 0, 1},
      {"webhook", [](auto&) {}, whole, true, 0, 0},
      {"webhook without secret", [](auto&) {}, no_secret, true, 1, 0},
      {"webhook without url", [](auto&) {}, no_url, true, 1, 0},
  };
  trust::CredentialConfig known;
  known.id = "bot";
  known.token = engine::Secret("token-of-bot");
  for (const auto& one : cases) {
    trust::GateConfig gate{.environment = "dev", .profile = "test"};
    one.change(gate);
    const Runtime runtime{"1.0", trust::resolve(gate)};
    const auto set = one.with_credential ? *trust::CredentialSet::build(std::span(&known, 1), {}) : trust::CredentialSet();
    const auto posture = evaluate_posture({runtime, set, {}, one.webhook, {}});
    EXPECT_EQ(posture.count(false), one.warnings) << one.name;
    EXPECT_EQ(posture.count(true), one.errors) << one.name;
    EXPECT_EQ(auth_check(posture, runtime.settings).failed(), one.errors > 0 || !one.with_credential) << one.name;
  }
  const Runtime runtime{"1.0", trust::resolve({.environment = "dev", .profile = "test"})};
  const auto set = *trust::CredentialSet::build(std::span(&known, 1), {});
  const auto posture = evaluate_posture({runtime, set, {}, whole, {}});
  EXPECT_EQ(posture.webhook_host, "https://hooks.example");
  EXPECT_EQ(posture.credential_ids, std::vector<std::string>{"env:bot"});
}

TEST(Incidents, AreNamedByWhatTheyAreAndHowBad) {
  SignalValues values;
  values.auth_failures = 100;
  values.scope_denials = 6;
  values.server_errors = 9;
  const engine::telemetry::Incident rooms[] = {
      {"endpoint_down:shop-secret-name", engine::telemetry::Severity::kCritical, "POST https://u:p@h/ failed", days_ago(2), kNow, 7},
      {"note", engine::telemetry::Severity::kInfo, "", kNow, kNow, 1}};
  auto items = incident_items(evaluate_reliability(values, {}, kNow), rooms, kNow);
  ASSERT_EQ(items.size(), 4u);
  EXPECT_EQ(items[0].severity, Level::kCritical);
  EXPECT_EQ(items[1].severity, Level::kCritical);
  EXPECT_LT(items[0].id, items[1].id);
  EXPECT_EQ(items[2].signal_id, "scope_denials");
  EXPECT_EQ(items[3].signal_id, "endpoint_down") << "rooms' incidents follow the contract's, without their subject";
  EXPECT_EQ(items[3].category, "webhook");
  EXPECT_EQ(items[3].first_seen, days_ago(2));
  // SHA-1 of "scope_denials|warn|agents_forbidden_total"
  for (const auto& item : items) {
    EXPECT_EQ(item.id == "inc_b328fde6994c0464", item.signal_id == "scope_denials");
  }
  date_back(items, {{"scope_denials", days_ago(5)}});
  EXPECT_EQ(items[2].first_seen, days_ago(5));
  EXPECT_EQ(items[2].last_seen, kNow);

  const auto some = report_incidents(items, {Level::kWarn, 50}, kNow);
  EXPECT_EQ(some.items.size(), 1u);
  EXPECT_EQ(some.status, Level::kCritical) << "whatever was asked for";
  const auto first = report_incidents(items, {std::nullopt, 2}, kNow);
  EXPECT_EQ(first.count(Level::kCritical), 2u);
  EXPECT_EQ(first.count(Level::kWarn), 0u) << "of the page";
}

TEST(Redactor, TakesOutWhatMustNotLeave) {
  const Redactor redact({engine::Secret("hunter2-database"), engine::Secret("abc")});
  const std::pair<const char*, const char*> cases[] = {
      {"connect failed for reader with hunter2-database", "connect failed for reader with [redacted]"},
      {"GET https://user:pass@host.test:8080/path?token=x failed", "GET https://[redacted]@host.test:8080/path?[redacted] failed"},
      {"mysql://root:pw@db/x and http://a/b", "mysql://[redacted]@db/x and http://a/b"},
      {"password=geheim, then", "password=[redacted], then"},
      {"Authorization: Bearer abc.def", "Authorization: [redacted] [redacted]"},
      {"owner jane.doe+x@example.test wrote", "owner [redacted] wrote"},
      {"access_token: \"t0k3n\"", "access_token: \"[redacted]\""},
      {"HTTP 500 (Internal Server Error).", "HTTP 500 (Internal Server Error)."},
      {"the token is fine", "the token is fine"},
      {"", ""},
  };
  for (const auto& [text, clean] : cases) EXPECT_EQ(redact(text), clean) << text;
}

}  // namespace
}  // namespace app::operations
