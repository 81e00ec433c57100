#include "app/operations/endpoint_metrics.h"

#include <gtest/gtest.h>

#include "tests/delivery/fleet_stage.h"
#include "tests/replay/job_stage.h"

using namespace std::chrono_literals;

namespace app::operations {
namespace {

using test::FleetStage;

struct Scrape {
  explicit Scrape(const FleetStage& stage, std::size_t own) { register_endpoint_metrics(registry, *stage.fleet, own); }
  /// What stands behind "millrace_endpoint_<metric>{endpoint="<name>"<more>}"; "" where there is no such series.
  std::string value(const std::string& metric, const std::string& endpoint, const std::string& more = "") const {
    const std::string text = registry.render();
    const std::string key = "\nmillrace_endpoint_" + metric + "{endpoint=\"" + endpoint + "\"" + more + "} ";
    const auto at = text.find(key);
    if (at == text.npos) return {};
    return text.substr(at + key.size(), text.find('\n', at + 1) - at - key.size());
  }
  engine::telemetry::Registry registry;
};

TEST(EndpointMetrics, TellWhatEachEndpointDoesAlsoAcrossItsLives) {
  FleetStage stage([](const std::string& path, const test::Arrival& a) { return path == "/sick" && a.resource() == "entry/1" ? test::answers(400) : test::answers(200); });
  stage.make("well");
  stage.make("sick");
  stage.append({stage.change("entry/1"), stage.change("entry/1"), stage.change("entry/2")});
  stage.run_for(1s);
  const Scrape scrape(stage, 10);
  EXPECT_EQ(scrape.value("attempts_total", "well", ",outcome=\"delivered\""), "3");
  EXPECT_EQ(scrape.value("attempts_total", "sick", ",outcome=\"delivered\""), "1");
  EXPECT_EQ(scrape.value("attempts_total", "sick", ",outcome=\"refused\""), "1");
  EXPECT_EQ(scrape.value("parked", "sick"), "2");
  EXPECT_EQ(scrape.value("parked_keys", "sick"), "1");
  EXPECT_EQ(scrape.value("oldest_age_seconds", "sick"), "1");
  EXPECT_EQ(scrape.value("breaker_state", "sick"), "0");
  EXPECT_EQ(scrape.value("running", "sick"), "1");
  EXPECT_NE(scrape.value("concurrency_limit", "sick"), "0");
  stage.run_for(1h);
  EXPECT_EQ(scrape.value("dead_letters_total", "sick"), "2");
  EXPECT_EQ(scrape.value("parked", "sick"), "0");

  ASSERT_TRUE(stage.done(stage.fleet->pause("well", "", stage.me)));
  stage.append({stage.change("entry/3")});
  stage.run_for(1s);
  EXPECT_EQ(scrape.value("running", "well"), "0");
  EXPECT_EQ(scrape.value("lag_changes", "well"), "1");
  EXPECT_EQ(scrape.value("attempts_total", "well", ",outcome=\"delivered\""), "3") << "what a life has counted is not lost with it";
  ASSERT_TRUE(stage.done(stage.fleet->resume("well", stage.me)));
  stage.run_for(1s);
  EXPECT_EQ(scrape.value("attempts_total", "well", ",outcome=\"delivered\""), "4");
  EXPECT_EQ(scrape.value("lag_changes", "well"), "0");
}

TEST(EndpointMetrics, OnlySoManyHaveSeriesOfTheirOwnAndANewOneMovesNobody) {
  FleetStage stage;
  for (const char* name : {"m", "k", "z"}) {
    stage.make(name);
    stage.run_for(1s);
  }
  const Scrape scrape(stage, 2);
  stage.make("a");
  stage.append({stage.change("entry/1")});
  stage.run_for(1s);
  for (const char* name : {"m", "k"}) EXPECT_EQ(scrape.value("attempts_total", name, ",outcome=\"delivered\""), "1") << name;
  for (const char* name : {"a", "z"}) EXPECT_EQ(scrape.value("attempts_total", name, ",outcome=\"delivered\""), "") << name;
  EXPECT_EQ(scrape.value("attempts_total", "(other)", ",outcome=\"delivered\""), "2");
  EXPECT_EQ(scrape.value("running", "(other)"), "2");
  EXPECT_NE(scrape.registry.render().find("\nmillrace_endpoints 4\n"), std::string::npos);
  EXPECT_EQ(Scrape(stage, 0).value("attempts_total", "(other)", ",outcome=\"delivered\""), "4");
  EXPECT_EQ(Scrape(stage, 4).value("attempts_total", "(other)", ",outcome=\"delivered\""), "") << "there are no others";
}

TEST(EndpointMetrics, ReplayJobsAreTold) {
  test::JobStage stage;
  for (std::uint64_t n = 1; n <= 3; ++n) stage.bury(n);
  ASSERT_TRUE(stage.create({.source = replay::Source::kDeadLetters}));
  stage.stage.run_for(10s);
  engine::telemetry::Registry registry;
  register_replay_metrics(registry, *stage.jobs);
  const auto text = registry.render();
  for (const char* line : {"millrace_replay_jobs{state=\"finished\"} 1\n", "millrace_replay_jobs{state=\"running\"} 0\n", "millrace_replay_items_total{outcome=\"delivered\"} 3\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

}  // namespace
}  // namespace app::operations
