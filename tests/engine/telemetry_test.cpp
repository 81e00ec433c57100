#include <gtest/gtest.h>

#include "engine/telemetry/incidents.h"
#include "engine/telemetry/log.h"
#include "engine/telemetry/metrics.h"
#include "tests/support/fake_timers.h"

namespace {

using namespace engine::telemetry;
using namespace std::chrono_literals;

TEST(Log, OneEventIsOneLineOfFields) {
  EXPECT_EQ(format_event(Level::kInfo, "attempt_failed", {{"endpoint", "shop"}, {"status", 503}, {"again", true}, {"after", 1.5}, {"bytes", 7u}}),
            "level=info event=attempt_failed endpoint=shop status=503 again=true after=1.5 bytes=7");
}

TEST(Log, HostileValuesStayInsideTheirLine) {
  EXPECT_EQ(format_event(Level::kError, "bad", {{"text", "a b\n\"c\"=\\\x01"}, {"empty", ""}}),
            R"(level=error event=bad text="a b\n\"c\"=\\\x01" empty="")");
}

struct CapturedLog {
  CapturedLog() {
    set_log_output([this](Level, std::string_view line) { lines.emplace_back(line); });
  }
  ~CapturedLog() {
    set_log_output({});
    set_log_level(Level::kInfo);
  }
  std::vector<std::string> lines;
};

TEST(Log, LevelDecidesWhatIsWritten) {
  CapturedLog log;
  log_event(Level::kDebug, "hidden");
  EXPECT_TRUE(set_log_level("debug"));
  EXPECT_FALSE(set_log_level("loud"));
  log_event(Level::kDebug, "shown");
  EXPECT_EQ(log.lines, std::vector<std::string>{"level=debug event=shown"});
}

TEST(Log, WhatIsQueuedReachesStderrAtFlush) {
  testing::internal::CaptureStderr();
  log_event(Level::kWarn, "last_words", {{"n", 1}});
  flush_log();
  const auto text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("Z level=warn event=last_words n=1\n"), std::string::npos) << text;
}

TEST(Metrics, RenderAsPrometheusText) {
  Registry registry;
  registry.counter("attempts_total", "Attempts by outcome.", {{"outcome", "ok"}}).add(3);
  registry.counter("attempts_total", "Attempts by outcome.", {{"outcome", "a\"b\\c\nd"}}).add();
  registry.gauge("in_flight", "Now.").set(2.5);
  registry.gauge_function("queue_depth", "Asked for.", {}, [] { return 4.0; });
  constexpr double kBounds[] = {0.1, 1};
  auto& latency = registry.histogram("latency_seconds", "Time.", kBounds, {{"kind", "x"}});
  for (const double v : {0.05, 0.1, 0.5, 7.0}) latency.observe(v);
  EXPECT_EQ(registry.render(),
            "# HELP attempts_total Attempts by outcome.\n# TYPE attempts_total counter\n"
            "attempts_total{outcome=\"a\\\"b\\\\c\\nd\"} 1\nattempts_total{outcome=\"ok\"} 3\n"
            "# HELP in_flight Now.\n# TYPE in_flight gauge\nin_flight 2.5\n"
            "# HELP latency_seconds Time.\n# TYPE latency_seconds histogram\n"
            "latency_seconds_bucket{kind=\"x\",le=\"0.1\"} 2\nlatency_seconds_bucket{kind=\"x\",le=\"1\"} 3\n"
            "latency_seconds_bucket{kind=\"x\",le=\"+Inf\"} 4\nlatency_seconds_sum{kind=\"x\"} 7.65\nlatency_seconds_count{kind=\"x\"} 4\n"
            "# HELP queue_depth Asked for.\n# TYPE queue_depth gauge\nqueue_depth 4\n");
}

TEST(Metrics, ACollectorTellsWhatThereIsNow) {
  Registry registry;
  registry.gauge("b", "Between.", {}).set(2);
  std::vector<std::string> names{"x", "y"};
  registry.collect([&names](Samples& samples) {
    for (const auto& name : names) {
      samples.counter("a_total", "First.", {{"name", name}}, 1);
      samples.gauge("c", "Last.", {{"name", name}}, 3);
    }
  });
  EXPECT_EQ(registry.render(),
            "# HELP a_total First.\n# TYPE a_total counter\na_total{name=\"x\"} 1\na_total{name=\"y\"} 1\n"
            "# HELP b Between.\n# TYPE b gauge\nb 2\n"
            "# HELP c Last.\n# TYPE c gauge\nc{name=\"x\"} 3\nc{name=\"y\"} 3\n");
  names = {"z"};
  EXPECT_EQ(registry.render(),
            "# HELP a_total First.\n# TYPE a_total counter\na_total{name=\"z\"} 1\n# HELP b Between.\n# TYPE b gauge\nb 2\n# HELP c Last.\n# TYPE c gauge\nc{name=\"z\"} 3\n");
}

TEST(Metrics, SameNameAndLabelsAreTheSameObject) {
  Registry registry;
  EXPECT_EQ(&registry.counter("c", "h", {{"a", "1"}}), &registry.counter("c", "h", {{"a", "1"}}));
  EXPECT_NE(&registry.counter("c", "h", {{"a", "1"}}), &registry.counter("c", "h", {{"a", "2"}}));
}

TEST(Metrics, QuantileIsTheBoundOfItsBucket) {
  constexpr double kBounds[] = {1, 2, 4};
  Histogram histogram(kBounds);
  EXPECT_EQ(histogram.quantile_bound(0.5), 0);
  for (int i = 0; i < 90; ++i) histogram.observe(0.5);
  for (int i = 0; i < 10; ++i) histogram.observe(3);
  EXPECT_EQ(histogram.quantile_bound(0.9), 1);
  EXPECT_EQ(histogram.quantile_bound(0.99), 4);
  histogram.observe(100);
  EXPECT_EQ(histogram.quantile_bound(1), std::numeric_limits<double>::infinity());
}

struct IncidentsTest : testing::Test {
  test::FakeTimers clock;
  CapturedLog log;
  OpenIncidents incidents{clock, 2};
};

TEST_F(IncidentsTest, RenewingKeepsTheStartAndReplacesTheDetail) {
  const auto opened = clock.wall_now();
  incidents.report("source_stopped", Severity::kWarning, "first");
  clock.advance(1min);
  incidents.report("source_stopped", Severity::kCritical, "second");
  const auto open = incidents.open();
  ASSERT_EQ(open.size(), 1u);
  EXPECT_EQ(open[0].opened, opened);
  EXPECT_EQ(open[0].last_reported, opened + 1min);
  EXPECT_EQ(open[0].detail, "second");
  EXPECT_EQ(open[0].severity, Severity::kCritical);
  EXPECT_EQ(open[0].reports, 2u);
}

TEST_F(IncidentsTest, ResolvedOnesAreGone) {
  incidents.report("a", Severity::kInfo, "");
  incidents.resolve("a");
  incidents.resolve("never_open");
  EXPECT_TRUE(incidents.open().empty());
  EXPECT_EQ(log.lines.size(), 2u);
}

TEST_F(IncidentsTest, WhenFullTheLessSevereMakesRoom) {
  incidents.report("a", Severity::kWarning, "");
  incidents.report("b", Severity::kInfo, "");
  incidents.report("c", Severity::kInfo, "");  // nothing less severe than it
  EXPECT_EQ(incidents.refused(), 1u);
  incidents.report("d", Severity::kCritical, "");
  const auto open = incidents.open();
  ASSERT_EQ(open.size(), 2u);
  EXPECT_EQ(open[0].code, "d");
  EXPECT_EQ(open[1].code, "a");
}

}  // namespace
