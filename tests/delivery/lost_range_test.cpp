#include "delivery/lost_range.h"

#include <gtest/gtest.h>

#include "tests/delivery/stage.h"

using namespace std::chrono_literals;

namespace delivery {
namespace {

using test::Stage;

TEST(LostRange, WhatRetentionTookIsOneDeadLetterAndTheRestIsSent) {
  Stage stage;
  stage.stop();
  stage.append({"entry/1", "entry/2"});
  stage.append({"entry/1"});
  stage.append({"entry/1"});
  ASSERT_EQ(stage.log.retain({1h, 0}, stage.log.high_watermark(), stage.timers.wall_now() + 2h).value(), 2u);
  stage.start();
  stage.run_for(1s);
  EXPECT_EQ(stage.accepted_versions(), (std::map<std::string, std::vector<int>>{{"entry/1", {3}}, {"entry/2", {1}}}));
  auto letters = stage.letters->list(std::nullopt, 10).value();
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].key, (feed::ResourceKey{"log", "1-3"}));
  EXPECT_EQ(letters[0].cause, Cause::kLost);
  EXPECT_EQ(stage.dispatcher->stats().lag, 0u);
  ASSERT_EQ(stage.incidents.open().size(), 1u);
  EXPECT_EQ(stage.incidents.open()[0].code, "deliveries_lost:default");

  stage.stop();
  stage.start();
  stage.append({"entry/3"});
  stage.run_for(1s);
  EXPECT_EQ(stage.letters->list(std::nullopt, 10).value().size(), 1u) << "it is told once";
}

TEST(LostRange, TheSameRangeIsTheSameRecord) {
  EXPECT_EQ(lost_range("e", feed::Offset{1}, feed::Offset{9}).event_id, lost_range("e", feed::Offset{1}, feed::Offset{9}).event_id);
  EXPECT_NE(lost_range("e", feed::Offset{1}, feed::Offset{9}).event_id, lost_range("f", feed::Offset{1}, feed::Offset{9}).event_id);
}

}  // namespace
}  // namespace delivery
