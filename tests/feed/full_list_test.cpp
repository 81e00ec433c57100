// Full lists: every order, both directions, filters, searches, and entries of the indexes that no longer hold.
#include <algorithm>
#include <sstream>

#include "tests/feed/list_fixtures.h"

namespace feed {
namespace {
using engine::Errc;

class FullLists : public ::testing::Test {
 protected:
  ListStage stage_;
  ListRequest request_ = ListStage::entries();
};

TEST_F(FullLists, NewestFirstAndOldestFirstWithIdsForTies) {
  stage_.append({listed("9", 5), listed("10", 5), listed("1", 7), listed("x", 5), listed("2", 3)});
  EXPECT_EQ(stage_.ids(request_), "1 x 10 9 2");
  request_.order.descending = false;
  EXPECT_EQ(stage_.ids(request_), "2 9 10 x 1");
  stage_.append({listed("2", 9)});
  EXPECT_EQ(stage_.ids(request_), "9 10 x 1 2");
}

TEST_F(FullLists, EveryOrderAndDirectionPagesToItsEndInPagesOfAnySize) {
  std::map<std::pair<Sort, bool>, std::vector<std::pair<std::string, std::string>>> expected;
  for (int i = 0; i < 40; ++i) {
    auto one = listed(i % 5 == 4 ? "t" + std::to_string(i) : std::to_string(i * 37 % 40), 100 + i % 7, {{}, "title " + std::to_string(i * 13 % 9), ""});
    one.created_at = at(50 + i * 7 % 11);
    stage_.append({one});
  }
  for (const auto sort : {Sort::kUpdated, Sort::kCreated, Sort::kTitle}) {
    for (const bool descending : {false, true}) {
      request_.order = {sort, descending};
      request_.limit = 200;
      const auto whole = stage_.ids(request_);
      EXPECT_EQ(std::count(whole.begin(), whole.end(), ' '), 39);
      for (const unsigned limit : {1u, 7u, 39u, 40u}) {
        request_.limit = limit;
        EXPECT_EQ(stage_.all(request_), whole) << static_cast<int>(sort) << descending << limit;
      }
      if (descending) continue;
      request_.order.descending = true;
      request_.limit = 200;
      auto page = stage_.page(request_);
      std::reverse(page.records.begin(), page.records.end());
      EXPECT_EQ(ListStage::ids_of(page), whole);
    }
  }
}

TEST_F(FullLists, HasMoreIsExact) {
  stage_.append({listed("1", 1), listed("2", 2), listed("3", 3), tombstone("entry", "1", 4)});
  request_.limit = 2;
  const auto page = stage_.page(request_);
  EXPECT_EQ(ListStage::ids_of(page), "3 2");
  EXPECT_FALSE(page.has_more);
  EXPECT_EQ(page.next_cursor, "");
  request_.limit = 1;
  EXPECT_TRUE(stage_.page(request_).has_more);
}

TEST_F(FullLists, CartsTombstonesAndOtherTypesAreNotListed) {
  auto cart = listed("2", 2);
  cart.visible.list = false;
  stage_.append({listed("1", 1), cart, listed("3", 3), tombstone("entry", "3", 4), listed("4", 4, {}, "order"), listed("5", 5, {}, "entrytype")});
  EXPECT_EQ(stage_.ids(request_), "1");
  auto completed = cart;
  completed.visible.list = true;
  stage_.append({completed});
  EXPECT_EQ(stage_.ids(request_), "2 1");
}

TEST_F(FullLists, AResourceIsFoundByItsId) {
  auto cart = listed("2", 2);
  cart.visible.list = false;
  stage_.append({listed("1", 1), cart, listed("3", 3), listed("abc", 3)});
  stage_.append({tombstone("entry", "3", 4), listed("1", 9)});
  EXPECT_EQ(view_change(*stage_.reader->by_id("entry", "1").value()).value().list, R"({"id":1,"v":9})");
  EXPECT_TRUE(stage_.reader->by_id("entry", "abc").value());
  for (const char* id : {"2", "3", "4", "", "01"}) EXPECT_FALSE(stage_.reader->by_id("entry", id).value()) << id;
  EXPECT_FALSE(stage_.reader->by_id("order", "1").value());
}

TEST_F(FullLists, AConditionOfEveryKindFilters) {
  stage_.append({listed("1", 1, {{{"section", "News"}, {"status", "live"}, {"~stock", "3"}, {"~note", "AbC"}}, "", ""}),
                 listed("2", 2, {{{"section", "news"}, {"status", "pending"}, {"~stock", "12"}}, "", ""}),
                 listed("3", 3, {{{"section", "blog"}, {"status", "live|featured"}}, "", ""}),
                 listed("4", 4, {{{"section", "news"}, {"status", "live"}, {"~stock", "-1"}, {"~note", "xabcx"}}, "", ""})});
  request_.conditions = {{"section", "NEWS"}};
  EXPECT_EQ(stage_.ids(request_), "4 2 1");
  request_.conditions.push_back({"status", "live"});
  EXPECT_EQ(stage_.ids(request_), "4 1");
  request_.order.descending = false;
  EXPECT_EQ(stage_.ids(request_), "1 4");
  request_.conditions = {{"status", "featured"}};
  EXPECT_EQ(stage_.ids(request_), "3");
  request_.conditions = {{"note", "abc", false}};
  EXPECT_EQ(stage_.ids(request_), "1");
  request_.conditions = {};
  request_.contains = {{{"other", "note"}, "BC"}};
  EXPECT_EQ(stage_.ids(request_), "1 4");
  request_.contains = {};
  request_.bounds = {{"stock", 3}};
  EXPECT_EQ(stage_.ids(request_), "1 4");
  request_.conditions = {{"section", "nowhere"}};
  EXPECT_EQ(stage_.ids(request_), "");
}

TEST_F(FullLists, ConditionsHoldInEveryOrderAndPageByPage) {
  std::string expected;
  for (int i = 0; i < 900; ++i) {
    const bool wanted = i % 3 == 0 && i % 2 == 0;
    auto one = listed(std::to_string(i), 1000 + i, {{{"a", i % 3 == 0 ? "yes" : "no"}, {"b", i % 2 == 0 ? "yes" : "no"}}, "t" + std::to_string(1000 + i), ""});
    one.created_at = at(10 + i);
    stage_.append({one});
    if (wanted) expected += (expected.empty() ? "" : " ") + std::to_string(i);
  }
  request_.conditions = {{"a", "yes"}, {"b", "yes"}};
  request_.order.descending = false;
  for (const auto sort : {Sort::kUpdated, Sort::kCreated, Sort::kTitle}) {
    request_.order.sort = sort;
    for (const unsigned limit : {3u, 50u, 150u}) {
      request_.limit = limit;
      EXPECT_EQ(stage_.all(request_), expected);
    }
  }
  request_.conditions = {{"a", "no"}};  // 600 resources: more than are looked at one by one
  request_.order = {Sort::kTitle, true};
  const auto ids = stage_.all(request_);
  EXPECT_EQ(std::count(ids.begin(), ids.end(), ' '), 599);
  EXPECT_TRUE(ids.starts_with("899 898 896"));
}

TEST_F(FullLists, CreatedFromIsInclusive) {
  for (int i = 1; i <= 5; ++i) {
    auto one = listed(std::to_string(i), 100 - i);
    one.created_at = at(i * 10);
    stage_.append({one});
  }
  request_.created_from = at(30);
  EXPECT_EQ(stage_.ids(request_), "3 4 5");
  request_.order = {Sort::kCreated, true};
  EXPECT_EQ(stage_.ids(request_), "5 4 3");
  request_.order.descending = false;
  request_.limit = 1;
  EXPECT_EQ(stage_.all(request_), "3 4 5");
}

TEST_F(FullLists, ASearchFindsWhatHasEveryTermAtTheBeginningOfAWord) {
  stage_.append({listed("1", 1, {{}, "Blue Shoe", "SKU-77"}), listed("2", 2, {{}, "Blue Shirt", ""}), listed("3", 3, {{}, "Bluebird", "shoe"}), listed("4", 4, {{}, "Horseshoe blue", ""})});
  const auto found = [&](const std::string& text) {
    request_.search = text;
    return stage_.ids(request_);
  };
  EXPECT_EQ(found("blue"), "4 3 2 1");
  EXPECT_EQ(found("BLUE sh"), "3 2 1");
  EXPECT_EQ(found("shoe blue"), "3 1");
  EXPECT_EQ(found("sku-77"), "1");
  EXPECT_EQ(found("77"), "1");
  EXPECT_EQ(found("red"), "");
  EXPECT_EQ(found("blue red"), "");
  request_.order = {Sort::kTitle, false};
  EXPECT_EQ(found("blu"), "2 1 3 4");
}

// A word of every, of many, of some and of few resources takes another way each; all give the list.
TEST_F(FullLists, ASearchGivesTheSameListWhicheverWayItIsFound) {
  std::vector<Change> batch;
  for (int i = 0; i < 9000; ++i) {
    std::string words = "all";
    if (i % 2 == 0) words += " many";
    if (i % 9 == 0) words += " some";
    if (i % 100 == 0) words += " few";
    batch.push_back(listed(std::to_string(i), 20'000 - i, {{}, "", words}));
  }
  stage_.append(batch);
  request_.limit = 200;
  const auto count = [&](const std::string& text) {
    request_.search = text;
    const auto ids = stage_.all(request_);
    std::istringstream in(ids);
    int expected = -1, seen = 0;
    for (std::string id; in >> id; ++seen) {
      EXPECT_GT(std::stoi(id), expected);
      expected = std::stoi(id);
    }
    return seen;
  };
  EXPECT_EQ(count("all"), 9000);
  EXPECT_EQ(count("many"), 4500);
  EXPECT_EQ(count("some"), 1000);
  EXPECT_EQ(count("few"), 90);
  EXPECT_EQ(count("some many"), 500);
  EXPECT_EQ(count("few some"), 10);
}

TEST_F(FullLists, ARareMatchEndsPagesEarlyAndIsFoundInTheEnd) {
  std::vector<Change> batch;
  for (int i = 0; i < 7000; ++i) batch.push_back(listed(std::to_string(i), 1000 + i, {{{"~rare", i == 3 ? "1" : "0"}}, "", ""}));
  stage_.append(batch);
  request_.conditions = {{"rare", "1", false}};
  const auto first = stage_.page(request_);
  EXPECT_TRUE(first.records.empty());
  EXPECT_TRUE(first.has_more);
  EXPECT_EQ(stage_.all(request_), "3");
}

TEST_F(FullLists, EntriesThatACrashLeftBehindAreDropped) {
  const auto about = [](const std::string& section) { return About{{{"section", section}}, "title " + section, section}; };
  stage_.append({listed("1", 1, about("news")), listed("2", 2, about("news"))});
  ASSERT_TRUE(stage_.rocks.log().append_part(std::vector{listed("1", 50, about("blog")), listed("3", 60, about("blog"))}));
  stage_.reopen();
  EXPECT_EQ(stage_.ids(request_), "2 1");
  request_.order = {Sort::kTitle, false};
  EXPECT_EQ(stage_.ids(request_), "1 2");
  request_.order = {};
  request_.search = "blog";
  EXPECT_EQ(stage_.ids(request_), "");
  request_.search = "";
  request_.conditions = {{"section", "blog"}};
  EXPECT_EQ(stage_.ids(request_), "");
  EXPECT_FALSE(stage_.reader->first_match("entry", request_.conditions).value());
  request_.limit = 1;
  request_.conditions = {{"section", "news"}};
  EXPECT_EQ(stage_.all(request_), "2 1");
  stage_.append({listed("3", 61, about("news"))});
  EXPECT_EQ(stage_.all(request_), "3 2 1");
}

TEST_F(FullLists, ANoteMovesItsResourceFromOneFilterToTheOther) {
  stage_.append({listed("1", 1, {{{"status", "pending"}}, "", "old"}), listed("2", 2, {{{"status", "live"}}, "", ""})});
  stage_.append({note_of("1", 9, {{{"status", "live"}}, "", "new"})});
  request_.conditions = {{"status", "live"}};
  EXPECT_EQ(stage_.ids(request_), "2 1");
  request_.conditions = {{"status", "pending"}};
  EXPECT_EQ(stage_.ids(request_), "");
  request_.conditions = {};
  request_.search = "new";
  EXPECT_EQ(stage_.ids(request_), "1");
  request_.search = "old";
  EXPECT_EQ(stage_.ids(request_), "");
}

TEST_F(FullLists, TheFirstMatchIsTheLowestIdOfWhatFulfilsEveryCondition) {
  stage_.append({listed("10", 1, {{{"slug", "a"}, {"section", "news"}}, "", ""}), listed("9", 9, {{{"slug", "a"}, {"section", "blog"}}, "", ""}),
                 listed("11", 2, {{{"slug", "a"}, {"section", "news"}, {"~hidden", "x"}}, "", ""})});
  const auto first = [&](const std::vector<Condition>& conditions) {
    const auto record = stage_.reader->first_match("entry", conditions).value();
    return record ? id_of(*record) : "none";
  };
  EXPECT_EQ(first({{"slug", "A"}}), "9");
  EXPECT_EQ(first({{"slug", "a"}, {"section", "news"}}), "10");
  EXPECT_EQ(first({{"slug", "a"}, {"hidden", "x", false}}), "11");
  EXPECT_EQ(first({{"slug", "b"}}), "none");
  EXPECT_EQ(first({{"slug", "a"}, {"section", "none"}}), "none");
}

TEST_F(FullLists, HugeTitlesAndValuesAreToldApartByTheRecord) {
  const std::string huge(5000, 'h');
  stage_.append({listed("1", 1, {{{"key", huge + "a"}}, huge + "b", ""}), listed("2", 2, {{{"key", huge + "b"}}, huge + "a", ""}), listed("3", 3, {{}, "z", ""})});
  request_.conditions = {{"key", huge + "a"}};
  EXPECT_EQ(stage_.ids(request_), "1");
  EXPECT_EQ(id_of(*stage_.reader->first_match("entry", {{"key", huge + "b"}}).value()), "2");
  request_.conditions = {};
  request_.order = {Sort::kTitle, false};
  request_.limit = 1;
  EXPECT_EQ(stage_.all(request_), "1 2 3");
}

TEST_F(FullLists, CacheOnlyRefusesWhatNeedsADiskOrTooMuchWork) {
  std::vector<Change> batch;
  for (int i = 0; i < 3000; ++i) batch.push_back(listed(std::to_string(i), 1000 + i, {{{"~rare", "0"}}, "", ""}));
  stage_.append(batch);
  stage_.reopen();
  const auto cold = stage_.reader->page(request_, engine::store::ReadFrom::kCacheOnly);
  ASSERT_FALSE(cold);
  EXPECT_EQ(cold.error().code, Errc::kUnavailable);
  EXPECT_EQ(stage_.reader->by_id("entry", "7", engine::store::ReadFrom::kCacheOnly).error().code, Errc::kUnavailable);
  const auto read = stage_.ids(request_);
  const auto warm = stage_.reader->page(request_, engine::store::ReadFrom::kCacheOnly);
  ASSERT_TRUE(warm) << warm.error().detail;
  EXPECT_EQ(ListStage::ids_of(*warm), read);
  request_.conditions = {{"rare", "1", false}};
  ASSERT_TRUE(stage_.reader->page(request_));
  EXPECT_EQ(stage_.reader->page(request_, engine::store::ReadFrom::kCacheOnly).error().code, Errc::kUnavailable);
}

TEST_F(FullLists, WhatChangesWhileAListOfUpdatesIsReadIsNotGivenTwice) {
  for (int i = 1; i <= 6; ++i) stage_.append({listed(std::to_string(i), i)});
  request_.order.descending = false;
  request_.limit = 2;
  auto page = stage_.page(request_);
  EXPECT_EQ(ListStage::ids_of(page), "1 2");
  stage_.append({listed("1", 50), listed("5", 51)});
  request_.cursor = page.next_cursor;
  EXPECT_EQ(stage_.all(request_), "3 4 6");
  request_.cursor = page.resume_cursor;
  EXPECT_EQ(stage_.all(request_), "1 5");
}

}  // namespace
}  // namespace feed
