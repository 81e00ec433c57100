#include "access/gate/traffic.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/access/manual_clock.h"

namespace {

using trust::Traffic;
using trust::TrafficEvent;
using namespace std::chrono_literals;

TEST(Traffic, TheLastHourForgetsTheTotalsDoNot) {
  test::ManualClock clock;
  Traffic traffic(clock);
  for (int minute = 0; minute < 90; ++minute) {
    traffic.count(TrafficEvent::kRequest);
    clock.advance(1min);
  }
  clock.advance(-1min);
  EXPECT_EQ(traffic.totals()[TrafficEvent::kRequest], 90u);
  EXPECT_EQ(traffic.last_hour()[TrafficEvent::kRequest], 60u);
  clock.advance(59min);
  EXPECT_EQ(traffic.last_hour()[TrafficEvent::kRequest], 1u);
  clock.advance(1min);
  EXPECT_EQ(traffic.last_hour()[TrafficEvent::kRequest], 0u);
}

TEST(Traffic, WhatWasCountedBeforeComesBackAndIsCleared) {
  test::ManualClock clock;
  Traffic traffic(clock);
  traffic.count(TrafficEvent::kForbidden);
  traffic.restore({{5, 4, 3, 2, 1}});
  EXPECT_EQ(traffic.totals().of, (std::array<std::uint64_t, 5>{5, 4, 4, 2, 1}));
  traffic.clear();
  EXPECT_EQ(traffic.totals(), trust::TrafficCounts{});
  EXPECT_EQ(traffic.last_hour(), trust::TrafficCounts{});
}

TEST(Traffic, NothingIsLostBetweenThreads) {
  test::ManualClock clock;
  Traffic traffic(clock);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10'000; ++i) traffic.count(TrafficEvent::kServerError);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(traffic.totals()[TrafficEvent::kServerError], 40'000u);
  EXPECT_EQ(traffic.last_hour()[TrafficEvent::kServerError], 40'000u);
}

}  // namespace
