#include "engine/net/header_lines.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace engine::net {
namespace {

TEST(HeaderLines, WhatIsAddedStandsInItsOrder) {
  HeaderLines lines;
  EXPECT_EQ(lines.text(), "");
  EXPECT_EQ(lines.first(0), "");
  EXPECT_EQ(lines.add("A", "one"), 0u);
  EXPECT_EQ(lines.add("B"), 1u);
  EXPECT_EQ(lines.add("C", "three"), 2u);
  EXPECT_EQ(lines.text(), "A: one\r\nB: \r\nC: three\r\n");
  EXPECT_EQ(lines.first(2), "A: one\r\nB: \r\n");
  EXPECT_EQ(lines.first(3), lines.text());
}

TEST(HeaderLines, AValueMayGrowAndShrinkBeforeOthers) {
  HeaderLines lines;
  lines.add("A", "1");
  lines.add("B", "2");
  lines.add("C", "3");
  EXPECT_TRUE(lines.set(0, "longer than before"));
  EXPECT_TRUE(lines.set(2, "x"));
  EXPECT_EQ(lines.text(), "A: longer than before\r\nB: 2\r\nC: x\r\n");
  EXPECT_TRUE(lines.set(0, ""));
  EXPECT_TRUE(lines.set(1, "22"));
  EXPECT_EQ(lines.text(), "A: \r\nB: 22\r\nC: x\r\n");
  EXPECT_EQ(lines.first(2), "A: \r\nB: 22\r\n");
}

TEST(HeaderLines, RoomForTheCallerIsPartOfItsLine) {
  HeaderLines lines;
  lines.add("A", "1");
  lines.add("B", "2");
  std::fill_n(lines.rewrite(0, 4), 4, 'z');
  EXPECT_EQ(lines.text(), "A: zzzz\r\nB: 2\r\n");
}

TEST(HeaderLines, NothingThatEndsALineGetsIn) {
  HeaderLines lines;
  lines.add("A", "1");
  for (const std::string_view bad : {std::string_view("x\r\nB: y"), std::string_view("x\ny"), std::string_view("x\ry"), std::string_view("x\0y", 3)}) {
    EXPECT_FALSE(lines.set(0, bad));
    EXPECT_EQ(lines.add("B", bad), std::nullopt);
  }
  EXPECT_EQ(lines.add("", "x"), std::nullopt);
  EXPECT_EQ(lines.add("B:", "x"), std::nullopt);
  EXPECT_EQ(lines.add("B\r\n", "x"), std::nullopt);
  EXPECT_EQ(lines.text(), "A: 1\r\n");
}

}  // namespace
}  // namespace engine::net
