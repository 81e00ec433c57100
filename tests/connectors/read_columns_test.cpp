#include "connectors/mapping/read_columns.h"

#include <gtest/gtest.h>

#include "tests/connectors/mirror_test_rows.h"

namespace {

using namespace connectors;
using namespace test;

TablePtr wide_table(std::size_t columns) {
  std::vector<std::string> names{"id"};
  while (names.size() < columns) names.push_back("c" + std::to_string(names.size()));
  return table("wide", names);
}

RowChange changed_at(const TablePtr& table, std::size_t place) {
  Row before(table->columns.size(), number(1));
  auto after = before;
  after[place] = number(2);
  return updated(table, std::move(before), std::move(after));
}

TEST(ReadColumns, SeeTheChangeOfTheirOwnAlone) {
  const auto shape = wide_table(6);
  ReadColumns columns({"C2", "c4", "absent"});
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(columns.among(changed_cells(changed_at(shape, i)), shape), i == 2 || i == 4) << i;
}

TEST(ReadColumns, AreFoundAnewInAnotherShape) {
  const auto shape = wide_table(6), other = table("wide", {"id", "c2", "c1"});
  ReadColumns columns({"c2"});
  EXPECT_TRUE(columns.among(changed_cells(changed_at(shape, 2)), shape));
  EXPECT_FALSE(columns.among(changed_cells(changed_at(other, 2)), other));
  EXPECT_TRUE(columns.among(changed_cells(changed_at(other, 1)), other));
}

TEST(ReadColumns, OfAWideTableMissNothing) {
  const auto shape = wide_table(90);
  for (const std::size_t reads : {3, 62, 63, 64, 89}) {
    ReadColumns columns({"c" + std::to_string(reads)});
    EXPECT_TRUE(columns.among(changed_cells(changed_at(shape, reads)), shape)) << reads;
  }
  ReadColumns near({"c3"});
  EXPECT_FALSE(near.among(changed_cells(changed_at(shape, 80)), shape));
}

TEST(ReadColumns, EverythingHasChangedWhereTheImagesAreNotAlike) {
  const auto shape = wide_table(4);
  auto change = changed_at(shape, 1);
  change.before.pop_back();
  ReadColumns columns({"c3"});
  EXPECT_TRUE(columns.among(changed_cells(change), shape));
}

}  // namespace
