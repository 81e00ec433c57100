// What an operator finds among dead letters, and that no call reads more than its share.
#include "delivery/dead_letter_search.h"

#include <gtest/gtest.h>

#include "delivery/key_schema.h"
#include "tests/support/fake_timers.h"
#include "tests/support/fixtures.h"

using namespace std::chrono_literals;

namespace delivery {
namespace {

struct DeadLetterSearchTest : ::testing::Test {
  DeadLetterSearchTest() { open(); }
  void open() {
    letters.reset();
    store.reset();
    engine::store::Options options;
    options.families = families();
    store = std::move(engine::store::Store::open((directory.path() / "store").string(), options).value());
    letters = std::move(DeadLetters::open(*store, timers).value());
  }
  DeadLetterId bury(std::string endpoint, std::string type, Cause cause = Cause::kStatus, std::string error = "HTTP 500") {
    DeadLetter letter;
    letter.event_id = feed::EventId{++events};
    letter.key = {std::move(type), std::to_string(events)};
    letter.action = events % 2 ? feed::Action::kCreated : feed::Action::kUpdated;
    letter.last_error = std::move(error);
    letter.payload = "{}";
    letter.endpoint = std::move(endpoint);
    letter.cause = cause;
    return letters->record_failure(letter).value();
  }
  std::vector<std::uint64_t> found(const DeadLetterFilter& filter, std::size_t limit = 100, std::size_t budget = kSearchBudget) {
    std::vector<DeadLetter> all;
    DeadLetterId below{};
    do {
      below = search().list(filter, below, limit, all, budget).value();
      ++calls;
    } while (below != DeadLetterId{} && all.size() < limit);
    std::vector<std::uint64_t> ids;
    for (const auto& letter : all) ids.push_back(letter.id.value);
    return ids;
  }
  std::uint64_t counted(const DeadLetterFilter& filter) {
    std::uint64_t n = 0;
    EXPECT_EQ(search().count(filter, {}, n).value(), DeadLetterId{});
    return n;
  }
  DeadLetterSearch search() const { return DeadLetterSearch(*letters); }

  test::TemporaryDirectory directory;
  test::FakeTimers timers;
  std::unique_ptr<engine::store::Store> store;
  std::unique_ptr<DeadLetters> letters;
  std::uint64_t events = 0;
  int calls = 0;
};

using Ids = std::vector<std::uint64_t>;

TEST_F(DeadLetterSearchTest, EveryConditionNarrowsAndAllMustHold) {
  bury("a", "entry");
  bury("b", "order", Cause::kTimedOut);
  bury("a", "order");
  bury("b", "entry", Cause::kTimedOut);
  EXPECT_EQ(found({}), (Ids{4, 3, 2, 1}));
  EXPECT_EQ(found({.endpoint = "a"}), (Ids{3, 1}));
  EXPECT_EQ(found({.resource_type = "order"}), (Ids{3, 2}));
  EXPECT_EQ(found({.resource_id = "4"}), (Ids{4}));
  EXPECT_EQ(found({.action = feed::Action::kCreated}), (Ids{3, 1}));
  EXPECT_EQ(found({.cause = Cause::kTimedOut}), (Ids{4, 2}));
  EXPECT_EQ(found({.endpoint = "b", .resource_type = "entry"}), (Ids{4}));
  EXPECT_EQ(found({.endpoint = "a", .cause = Cause::kTimedOut}), Ids{});
  EXPECT_EQ(found({.endpoint = "nobody"}), Ids{});
  EXPECT_EQ(counted({.cause = Cause::kTimedOut}), 2u);
}

TEST_F(DeadLetterSearchTest, StatusIsThatOfNowAndNotOfThen) {
  for (int i = 0; i < 3; ++i) bury("a", "entry");
  ASSERT_TRUE(letters->queue(DeadLetterId{2}));
  EXPECT_EQ(found({.status = DeadLetterStatus::kFailed}), (Ids{3, 1}));
  ASSERT_TRUE(letters->mark_delivered(DeadLetterId{2}));
  EXPECT_EQ(found({.endpoint = "a", .status = DeadLetterStatus::kDelivered}), (Ids{2}));
}

TEST_F(DeadLetterSearchTest, TimesTakeTheirStartInAndLeaveTheirEndOut) {
  std::vector<engine::WallTime> at;
  for (int i = 0; i < 5; ++i) {
    bury("a", "entry");
    at.push_back(timers.wall_now());
    timers.advance(1h);
  }
  EXPECT_EQ(found({.since = at[2]}), (Ids{5, 4, 3}));
  EXPECT_EQ(found({.before = at[2]}), (Ids{2, 1}));
  EXPECT_EQ(found({.since = at[1], .before = at[3]}), (Ids{3, 2}));
  EXPECT_EQ(found({.since = at[4] + 1s}), Ids{});
  EXPECT_EQ(found({.before = at[0]}), Ids{});
}

TEST_F(DeadLetterSearchTest, AClockThatWasSetBackKeepsTheOrderOfTime) {
  bury("a", "entry");
  const auto first = timers.wall_now();
  timers.set_wall(first - 24h);
  bury("a", "entry");
  EXPECT_EQ(letters->get(DeadLetterId{2}).value().created, first);
  open();
  bury("a", "entry");
  EXPECT_EQ(letters->get(DeadLetterId{3}).value().created, first);
  EXPECT_EQ(found({.since = first}), (Ids{3, 2, 1}));
}

TEST_F(DeadLetterSearchTest, PagesJoinWithoutGapOrRepeat) {
  for (int i = 0; i < 10; ++i) bury(i % 3 ? "a" : "b", "entry");
  std::vector<DeadLetter> first, second;
  const auto next = search().list({.endpoint = "a"}, {}, 4, first).value();
  ASSERT_EQ(first.size(), 4u);
  EXPECT_EQ(search().list({.endpoint = "a"}, next, 4, second).value(), DeadLetterId{});
  Ids ids;
  for (const auto* page : {&first, &second}) {
    for (const auto& letter : *page) ids.push_back(letter.id.value);
  }
  EXPECT_EQ(ids, (Ids{9, 8, 6, 5, 3, 2}));
}

TEST_F(DeadLetterSearchTest, ACallReadsNoMoreThanItsBudgetAndTheNextGoesOn) {
  for (int i = 0; i < 20; ++i) bury("a", i == 0 ? "order" : "entry");
  EXPECT_EQ(found({.resource_type = "order"}, 10, 3), (Ids{1}));
  EXPECT_EQ(calls, 7);
  std::uint64_t n = 0;
  EXPECT_EQ(search().count({}, {}, n, 6).value(), DeadLetterId{15});
  EXPECT_EQ(n, 6u);
  EXPECT_EQ(search().count({}, DeadLetterId{15}, n).value(), DeadLetterId{});
  EXPECT_EQ(n, 20u);
}

TEST_F(DeadLetterSearchTest, GroupsTellHowManySinceWhenAndOne) {
  bury("a", "entry", Cause::kStatus, "HTTP 500");
  const auto first = timers.wall_now();
  timers.advance(1h);
  bury("b", "entry", Cause::kTimedOut, "slow");
  timers.advance(1h);
  bury("a", "entry", Cause::kStatus, "HTTP 404");
  DeadLetterGroups groups;
  ASSERT_EQ(search().group({}, GroupBy::kCause, {}, groups).value(), DeadLetterId{});
  ASSERT_EQ(groups.groups.size(), 2u);
  const auto& status = groups.groups.at("status");
  EXPECT_EQ(status.count, 2u);
  EXPECT_EQ(status.first, first);
  EXPECT_EQ(status.last, first + 2h);
  EXPECT_EQ(status.sample, DeadLetterId{3});
  DeadLetterGroups errors;
  ASSERT_TRUE(search().group({.endpoint = "a"}, GroupBy::kError, {}, errors));
  EXPECT_EQ(errors.groups.size(), 2u);
  EXPECT_TRUE(errors.groups.contains("HTTP 404"));
}

TEST_F(DeadLetterSearchTest, ThereAreOnlySoManyGroupsTheRestIsCounted) {
  for (std::size_t i = 0; i < DeadLetterGroups::kMaxGroups + 5; ++i) bury("a", "entry", Cause::kUnreachable, "error " + std::to_string(i));
  DeadLetterGroups groups;
  ASSERT_TRUE(search().group({}, GroupBy::kError, {}, groups));
  EXPECT_EQ(groups.groups.size(), DeadLetterGroups::kMaxGroups);
  EXPECT_EQ(groups.others, 5u);
}

TEST_F(DeadLetterSearchTest, IdsToWorkOffComeOldestFirstUpToAFixedEnd) {
  for (int i = 0; i < 6; ++i) bury(i == 2 ? "b" : "a", "entry");
  std::vector<DeadLetterId> ids;
  EXPECT_EQ(search().ids({.endpoint = "a"}, {}, DeadLetterId{5}, 2, ids).value(), DeadLetterId{2});
  EXPECT_EQ(search().ids({.endpoint = "a"}, DeadLetterId{2}, DeadLetterId{5}, 10, ids).value(), DeadLetterId{5});
  EXPECT_EQ(ids, (std::vector{DeadLetterId{1}, DeadLetterId{2}, DeadLetterId{4}, DeadLetterId{5}}));
}

TEST_F(DeadLetterSearchTest, AStoreWithoutNotesGetsThemWhenItIsOpened) {
  for (int i = 0; i < 3; ++i) bury("a", "entry");
  engine::store::Batch batch;
  batch.erase_range(store->family(kDeadLetterIndexFamily), "m", "o");
  batch.erase(store->family(kDeadLetterIndexFamily), index_version_key());
  ASSERT_TRUE(store->write(batch, engine::store::Durability::kSynced));
  ASSERT_EQ(found({}), Ids{});
  open();
  EXPECT_EQ(found({.endpoint = "a"}), (Ids{3, 2, 1}));
  EXPECT_EQ(letters->newest(), DeadLetterId{3});
}

TEST(DeadLetterNotes, ReadBackAndEveryProperPrefixIsRefused) {
  const DeadLetterNote note{DeadLetterId{7}, DeadLetterStatus::kFailed, Cause::kDenied, feed::Action::kDeleted, engine::WallTime(5s), "a", {"order", "9"}, "no"};
  const auto bytes = encode(note);
  EXPECT_EQ(bytes, std::string("\1\1\5\3\0\0\0\0\0\x4c\x4b\x40\1a\5order\1" "9\2no", 25));
  EXPECT_EQ(decode_note(DeadLetterId{7}, bytes).value(), note);
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(decode_note(DeadLetterId{7}, std::string_view(bytes).substr(0, n))) << n;
  EXPECT_FALSE(decode_note(DeadLetterId{7}, bytes + "x"));
}

}  // namespace
}  // namespace delivery
