// The mapping shipped for Craft, without a server.
#include <gtest/gtest.h>

#include <algorithm>

#include "connectors/mapping/mapping.h"

namespace {

using connectors::Mapping;

std::filesystem::path craft() { return std::filesystem::path(MILLRACE_SOURCE_DIR) / "connectors/mappings/craft"; }

TEST(CraftMapping, LoadsWithEveryResourceAndARuleForEveryTableItReads) {
  auto mapping = Mapping::load(craft());
  ASSERT_TRUE(mapping) << mapping.error().detail;
  EXPECT_EQ(mapping->resources().size(), 16u);
  for (const auto& resource : mapping->resources()) {
    EXPECT_FALSE(resource.reads.empty()) << resource.type;
    for (const auto& [table, columns] : resource.reads) EXPECT_FALSE(resource.affected.at(table).empty()) << resource.type << " reads " << table;
    if (resource.type == "section") continue;  // a list without shows and feed
    for (const char* part : {"list", "feed", "detail"}) EXPECT_EQ(resource.parts.count(part), 1u) << resource.type << " lacks " << part;
  }
}

TEST(CraftMapping, DeclaresNoColumnThatNothingReads) {
  auto mapping = Mapping::load(craft());
  ASSERT_TRUE(mapping) << mapping.error().detail;
  std::map<std::string, std::set<std::string>> used;
  for (const auto& resource : mapping->resources()) {
    for (const auto& [table, columns] : resource.reads) used[table].insert(columns.begin(), columns.end());
  }
  for (const auto& parameter : mapping->parameters()) {
    for (const auto& [table, columns] : parameter.reads) used[table].insert(columns.begin(), columns.end());
  }
  for (const auto& table : mapping->tables()) {
    for (const auto& column : table.columns) {
      if (column == "id") continue;  // the key of every table
      EXPECT_EQ(used[table.name].count(column), 1u) << table.name << "." << column;
    }
  }
}

TEST(CraftMapping, LeavesTheShopOutWhereItsTablesAreAbsent) {
  auto mapping = Mapping::load(craft());
  ASSERT_TRUE(mapping) << mapping.error().detail;
  std::vector<std::string> without_shop;
  for (const auto& name : mapping->table_names()) {
    if (name.rfind("commerce_", 0) != 0) without_shop.push_back(name);
  }
  EXPECT_EQ(mapping->types(without_shop), (std::vector<std::string>{"address", "asset", "category", "contentblock", "entry", "globalset", "retour.redirects", "section", "tag", "user"}));
  without_shop.erase(std::find(without_shop.begin(), without_shop.end(), "contentblocks"));
  EXPECT_EQ(mapping->types(without_shop), (std::vector<std::string>{"address", "asset", "category", "entry", "globalset", "retour.redirects", "section", "tag", "user"}));
}

}  // namespace
