// What a transaction in parts leaves in the indexes.

#include <gtest/gtest.h>

#include "tests/feed/list_fixtures.h"

namespace feed {
namespace {

std::vector<std::string> ids_with(ListStage& stage, const std::string& section) {
  ListRequest request;
  request.type = "entry";
  request.conditions = {{"section", section}};
  request.now = at(100);
  std::vector<std::string> ids;
  const auto page = stage.reader->page(request);
  EXPECT_TRUE(page) << page.error().detail;
  for (const auto& record : page->records) ids.push_back(id_of(record));
  return ids;
}

class StagedIndex : public ::testing::Test {
 protected:
  void stage_part(const Change& change) { ASSERT_TRUE(stage_.rocks.log().append_part({&change, 1})); }
  void append(const std::vector<Change>& changes) { ASSERT_TRUE(stage_.rocks.log().append(changes, position(++sequence_))); }
  ListStage stage_;
  std::uint64_t sequence_ = 0;
};

const About kNews{{{"section", "news"}}, "a"}, kOther{{{"section", "other"}}, "a"};

TEST_F(StagedIndex, AValueThatComesBackWithinOneTransactionIsFound) {
  append({listed("1", 10, kNews)});
  stage_part(listed("1", 10, kOther));
  stage_part(listed("1", 10, kNews));
  append({});
  EXPECT_EQ(ids_with(stage_, "news"), std::vector<std::string>{"1"});
  EXPECT_TRUE(ids_with(stage_, "other").empty());
}

TEST_F(StagedIndex, AResourceThatWentAndCameBackWithinOneTransactionIsFound) {
  stage_part(listed("1", 10, kNews));
  stage_part(tombstone("entry", "1", 11));
  stage_part(listed("1", 10, kNews));
  append({});
  EXPECT_EQ(ids_with(stage_, "news"), std::vector<std::string>{"1"});
}

TEST_F(StagedIndex, WhatWasAnnouncedAndDroppedIsNotFound) {
  append({listed("1", 10, kNews)});
  stage_part(listed("1", 11, kOther));
  stage_part(listed("2", 11, kOther));
  ASSERT_TRUE(stage_.rocks.log().drop_staged());
  append({});
  EXPECT_TRUE(ids_with(stage_, "other").empty());
  EXPECT_EQ(ids_with(stage_, "news"), std::vector<std::string>{"1"});
}

}  // namespace
}  // namespace feed
