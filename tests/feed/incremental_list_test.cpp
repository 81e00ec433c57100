// Incremental lists: windows of the log, without tombstones, with every filter.
#include "tests/feed/list_fixtures.h"

namespace feed {
namespace {
using engine::Errc;

class IncrementalLists : public ::testing::Test {
 protected:
  IncrementalLists() { request_.incremental = true; }
  ListRequest with(const std::string& cursor) const {
    auto request = request_;
    request.cursor = cursor;
    return request;
  }
  ListStage stage_;
  ListRequest request_ = ListStage::entries();
};

TEST_F(IncrementalLists, EachLiveListedResourceOnceInTheOrderOfTheLog) {
  auto cart = listed("4", 1);
  cart.visible.list = false;
  stage_.append({listed("1", 9), listed("2", 5), listed("3", 1), cart, listed("1", 2), listed("7", 2, {}, "order"), tombstone("entry", "3", 3)});
  const auto page = stage_.page(request_);
  EXPECT_EQ(ListStage::ids_of(page), "2 1");
  EXPECT_TRUE(page.incremental);
  EXPECT_FALSE(page.has_more);
  EXPECT_EQ(page.next_cursor, "");
  EXPECT_EQ(page.snapshot_end, at(100'000));
  EXPECT_EQ(page.since, std::nullopt);
}

TEST_F(IncrementalLists, AWindowStaysAsItWasOpenedAndResumeSeesTheRest) {
  stage_.append({listed("1", 1), listed("2", 1), listed("3", 1)});
  request_.limit = 1;
  const auto first = stage_.page(request_);
  request_.limit = 50;
  stage_.append({listed("3", 5), listed("4", 5)});
  auto onward = with(first.next_cursor);
  onward.now = at(100'500);
  const auto second = stage_.page(onward);
  EXPECT_EQ(ListStage::ids_of(second), "2 3");
  EXPECT_EQ(view_change(second.records[1]).value().list, R"({"id":3,"v":1})");
  EXPECT_EQ(second.snapshot_end, at(100'000));
  const auto later = stage_.page(with(second.resume_cursor));
  EXPECT_EQ(ListStage::ids_of(later), "3 4");
  const auto done = stage_.page(with(later.resume_cursor));
  EXPECT_EQ(ListStage::ids_of(done), "");
  EXPECT_EQ(done.resume_cursor, later.resume_cursor) << "the same place is the same token";
}

TEST_F(IncrementalLists, UpdatedSinceMatchesEitherInstantAndStaysWithTheCursor) {
  auto late = listed("1", 50);
  late.appended_at = at(200);
  stage_.append({late, listed("2", 100), listed("3", 200), listed("4", 250)});
  request_.incremental = false;
  request_.since = at(200);
  request_.limit = 2;
  const auto page = stage_.page(request_);
  EXPECT_EQ(ListStage::ids_of(page), "1 3");
  EXPECT_EQ(page.since, at(200));
  auto onward = with(page.next_cursor);
  onward.since = at(1);  // not looked at
  const auto next = stage_.page(onward);
  EXPECT_EQ(ListStage::ids_of(next), "4");
  EXPECT_EQ(next.since, at(200));
}

TEST_F(IncrementalLists, EveryFilterHoldsAndHasMoreIsExact) {
  stage_.append({listed("1", 1, {{{"section", "news"}, {"~stock", "3"}}, "Red", ""}), listed("2", 1, {{{"section", "blog"}, {"~stock", "3"}}, "Red", ""}),
                 listed("3", 1, {{{"section", "news"}, {"~stock", "9"}}, "Red", ""}), listed("4", 1, {{{"section", "news"}, {"~stock", "1"}}, "Blue", ""}),
                 listed("5", 1, {{{"section", "news"}}, "Red", ""})});
  request_.conditions = {{"section", "news"}};
  EXPECT_EQ(stage_.ids(request_), "1 3 4 5");
  request_.bounds = {{"stock", 3}};
  request_.limit = 2;
  const auto page = stage_.page(request_);
  EXPECT_EQ(ListStage::ids_of(page), "1 4");
  EXPECT_FALSE(page.has_more);
  request_.search = "red";
  EXPECT_EQ(stage_.ids(request_), "1");
}

TEST_F(IncrementalLists, CreatedFromCountsUnlessItIsForFullListsOnly) {
  auto old = listed("1", 100);
  old.created_at = at(5);
  auto young = listed("2", 100);
  young.created_at = at(90);
  stage_.append({old, young});
  request_.created_from = at(50);
  EXPECT_EQ(stage_.ids(request_), "2");
  request_.created_from_if_full = true;
  EXPECT_EQ(stage_.ids(request_), "1 2");
}

TEST_F(IncrementalLists, ARareMatchEndsPagesEarlyAndMovesOn) {
  std::vector<Change> batch;
  for (int i = 0; i < 21'000; ++i) batch.push_back(listed(std::to_string(i), 1, {{{"~rare", i == 20'900 ? "1" : "0"}}, "", ""}));
  stage_.append(batch);
  request_.conditions = {{"rare", "1", false}};
  EXPECT_TRUE(stage_.page(request_).has_more);
  EXPECT_EQ(stage_.all(request_), "20900");
}

TEST_F(IncrementalLists, ANoteBringsItsResourceIntoAFilteredListOnce) {
  stage_.append({listed("1", 1, {{{"status", "pending"}}, "", ""}), listed("2", 1, {{{"status", "live"}}, "", ""})});
  request_.conditions = {{"status", "live"}};
  const auto first = stage_.page(request_);
  EXPECT_EQ(ListStage::ids_of(first), "2");
  stage_.append({note_of("1", 5, {{{"status", "live"}}, "", ""}), note_of("1", 6, {{{"status", "live"}, {"~stock", "1"}}, "", ""}), listed("3", 7, {{{"status", "live"}}, "", ""})});
  request_.limit = 1;
  EXPECT_EQ(stage_.all(with(first.resume_cursor)), "1 3");
  EXPECT_EQ(stage_.all(request_), "1 2 3") << "who starts over meets it at its change";
  request_.since = at(5);
  EXPECT_EQ(stage_.all(request_), "1 3") << "since does not meet it at its change";
  request_.since.reset();
  request_.conditions = {};
  const auto unfiltered = stage_.page(request_);
  stage_.append({note_of("2", 8, {{{"status", "pending"}}, "", ""})});
  EXPECT_EQ(stage_.all(with(unfiltered.resume_cursor)), "2 3") << "nothing that an unfiltered list shows has changed";
}

TEST_F(IncrementalLists, ANoteThatAChangeFollowsIsNotToldByItself) {
  stage_.append({listed("1", 1, {{{"status", "pending"}}, "", ""})});
  request_.conditions = {{"status", "live"}};
  const auto first = stage_.page(request_);
  stage_.append({note_of("1", 5, {{{"status", "live"}}, "", ""}), listed("1", 6, {{{"status", "live"}}, "", ""})});
  EXPECT_EQ(stage_.all(with(first.resume_cursor)), "1");
  stage_.append({note_of("1", 7, {{{"status", "live"}, {"x", "y"}}, "", ""}), tombstone("entry", "1", 8)});
  EXPECT_EQ(stage_.all(with(first.resume_cursor)), "");
}

TEST_F(IncrementalLists, ACursorBehindRetentionIsExpiredAndTheWayBackIsWhole) {
  stage_.append({listed("1", 1), listed("2", 1)});
  request_.limit = 1;
  const auto early = stage_.page(request_);
  auto full = ListStage::entries();
  full.limit = 1;
  const auto opened = stage_.page(full);
  request_.limit = 50;
  stage_.append({listed("1", 2), listed("3", 2)});
  stage_.append({listed("1", 3)});
  const auto resume = stage_.page(with(early.resume_cursor));
  EXPECT_EQ(ListStage::ids_of(resume), "2 3 1");
  ASSERT_TRUE(stage_.rocks.log().retain({std::chrono::seconds{1}, 0}, Offset{100}, at(1000)));
  ASSERT_EQ(stage_.rocks.log().first_offset(), Offset{4});
  EXPECT_EQ(stage_.reader->page(with(opened.resume_cursor)).error().code, Errc::kExpired);
  EXPECT_TRUE(stage_.reader->page(with(resume.resume_cursor)));
  EXPECT_EQ(stage_.all(with(stage_.reader->earliest_cursor(request_))), "2 3 1");
}

TEST_F(IncrementalLists, CacheOnlyIsUnavailableWhereADiskReadWouldBeNeeded) {
  ListStage cold(0);
  std::vector<Change> batch;
  for (int i = 0; i < 2000; ++i) batch.push_back(listed(std::to_string(i), 1, {{{"k", std::string(500, 'x')}}, "", ""}));
  cold.append(batch);
  cold.reopen();
  EXPECT_EQ(cold.reader->page(request_, engine::store::ReadFrom::kCacheOnly).error().code, Errc::kUnavailable);
  ASSERT_TRUE(cold.reader->page(request_));
  EXPECT_TRUE(cold.reader->page(request_, engine::store::ReadFrom::kCacheOnly));
}

}  // namespace
}  // namespace feed
