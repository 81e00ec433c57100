#include <gtest/gtest.h>

#include "delivery/dead_letters.h"
#include "delivery/key_schema.h"
#include "tests/support/fake_timers.h"
#include "tests/support/fixtures.h"

using namespace std::chrono_literals;

namespace delivery {
namespace {

using Status = DeadLetterStatus;

struct DeadLettersTest : ::testing::Test {
  DeadLettersTest() { open(); }
  void open() {
    letters.reset();
    store.reset();
    engine::store::Options options;
    options.families = families();
    store = std::move(engine::store::Store::open((directory.path() / "store").string(), options).value());
    letters = std::move(DeadLetters::open(*store, timers).value());
  }
  static DeadLetter failure(std::uint64_t event, unsigned attempts = 3) {
    DeadLetter letter;
    letter.event_id = feed::EventId{event};
    letter.key = {"entry", std::to_string(event)};
    letter.attempts = attempts;
    letter.last_error = "boom";
    letter.payload = "{\"n\":" + std::to_string(event) + "}";
    letter.endpoint = "default";
    letter.cause = Cause::kStatus;
    return letter;
  }
  std::vector<std::uint64_t> listed(std::optional<Status> status, std::size_t limit = 500) const {
    std::vector<std::uint64_t> ids;
    const auto found = letters->list(status, limit).value();
    for (const DeadLetter& letter : found) ids.push_back(letter.id.value);
    return ids;
  }
  test::TemporaryDirectory directory;
  test::FakeTimers timers;
  std::unique_ptr<engine::store::Store> store;
  std::unique_ptr<DeadLetters> letters;
};

TEST_F(DeadLettersTest, ListsNewestFirstByStatusAndLimit) {
  for (std::uint64_t event = 1; event <= 5; ++event) ASSERT_EQ(letters->record_failure(failure(event)).value(), DeadLetterId{event});
  ASSERT_TRUE(letters->queue(DeadLetterId{2}));
  ASSERT_TRUE(letters->mark_delivered(DeadLetterId{4}));
  EXPECT_EQ(listed(std::nullopt), (std::vector<std::uint64_t>{5, 4, 3, 2, 1}));
  EXPECT_EQ(listed(Status::kFailed), (std::vector<std::uint64_t>{5, 3, 1}));
  EXPECT_EQ(listed(Status::kFailed, 2), (std::vector<std::uint64_t>{5, 3}));
  EXPECT_EQ(listed(Status::kQueued), (std::vector<std::uint64_t>{2}));
  EXPECT_EQ(listed(Status::kDelivered), (std::vector<std::uint64_t>{4}));
}

TEST_F(DeadLettersTest, OneRecordPerEventKeepsTheWorstRun) {
  ASSERT_TRUE(letters->record_failure(failure(7, 3)));
  const auto created = timers.wall_now();
  timers.advance(1h);
  auto again = failure(7, 1);
  again.last_error = "later";
  again.key = {"", "1"};
  EXPECT_EQ(letters->record_failure(again).value(), DeadLetterId{1});
  const auto letter = letters->get(DeadLetterId{1}).value();
  EXPECT_EQ(letter.attempts, 3u);
  EXPECT_EQ(letter.last_error, "later");
  EXPECT_EQ(letter.key, (feed::ResourceKey{"entry", "7"}));
  EXPECT_EQ(letter.created, created);
  EXPECT_EQ(letter.updated, created + 1h);
  EXPECT_EQ(listed(std::nullopt).size(), 1u);
}

TEST_F(DeadLettersTest, AReplayRequestKeepsAttemptsForgetsTheErrorAndIsMadeOnce) {
  ASSERT_TRUE(letters->record_failure(failure(7)));
  auto queued = letters->queue(DeadLetterId{1}).value();
  EXPECT_FALSE(queued.already);
  EXPECT_EQ(queued.letter.status, Status::kQueued);
  EXPECT_EQ(queued.letter.attempts, 3u);
  EXPECT_EQ(queued.letter.last_error, "");
  EXPECT_TRUE(letters->queue(DeadLetterId{1}).value().already);
  EXPECT_EQ(letters->queue(DeadLetterId{99}).error().code, engine::Errc::kNotFound);
}

TEST_F(DeadLettersTest, EverythingIsThereAfterReopening) {
  for (std::uint64_t event = 1; event <= 3; ++event) ASSERT_TRUE(letters->record_failure(failure(event)));
  ASSERT_TRUE(letters->queue(DeadLetterId{3}));
  open();
  EXPECT_EQ(listed(Status::kQueued), (std::vector<std::uint64_t>{3}));
  EXPECT_EQ(letters->ids(Status::kFailed, DeadLetterId{1}, 10).value(), (std::vector<DeadLetterId>{DeadLetterId{2}}));
  EXPECT_EQ(letters->record_failure(failure(9)).value(), DeadLetterId{4});
  EXPECT_EQ(letters->record_failure(failure(2)).value(), DeadLetterId{2});
  EXPECT_EQ(letters->get(DeadLetterId{2}).value().payload, R"({"n":2})");
}

TEST_F(DeadLettersTest, WhatIsQueuedIsFoundByEndpointWithoutReadingOthers) {
  for (std::uint64_t event = 1; event <= 4; ++event) {
    auto letter = failure(event);
    letter.endpoint = event % 2 ? "a" : "ab";
    ASSERT_TRUE(letters->record_failure(letter));
    ASSERT_TRUE(letters->queue(DeadLetterId{event}));
  }
  using Ids = std::vector<DeadLetterId>;
  EXPECT_EQ(letters->queued("a", {}, 10).value(), (Ids{DeadLetterId{1}, DeadLetterId{3}}));
  EXPECT_EQ(letters->queued("a", DeadLetterId{1}, 10).value(), (Ids{DeadLetterId{3}}));
  EXPECT_EQ(letters->queued("ab", {}, 1).value(), (Ids{DeadLetterId{2}}));
  EXPECT_EQ(letters->queued("b", {}, 10).value(), Ids{});
  ASSERT_TRUE(letters->mark_delivered(DeadLetterId{1}));
  auto again = failure(3);
  again.endpoint = "a";
  ASSERT_EQ(letters->record_failure(again).value(), DeadLetterId{3});
  EXPECT_EQ(letters->queued("a", {}, 10).value(), Ids{}) << "delivered, or failed again: no longer queued";
}

// The store of a program that did not know these keys: without any of them, and without the mark that they are complete.
TEST_F(DeadLettersTest, AnOldIndexIsCompletedOnceFromTheLettersThemselves) {
  for (std::uint64_t event = 1; event <= 3; ++event) ASSERT_TRUE(letters->record_failure(failure(event)));
  ASSERT_TRUE(letters->queue(DeadLetterId{2}));
  const auto index = store->family(kDeadLetterIndexFamily);
  engine::store::Batch old;
  old.erase(index, index_version_key());
  old.erase(index, queued_key("default", DeadLetterId{2}));
  old.erase(index, note_key(DeadLetterId{3}));
  ASSERT_TRUE(store->write(old, engine::store::Durability::kSynced));
  EXPECT_TRUE(letters->queued("default", {}, 10).value().empty());
  open();
  EXPECT_EQ(letters->queued("default", {}, 10).value(), (std::vector<DeadLetterId>{DeadLetterId{2}}));
  EXPECT_EQ(letters->record_failure(failure(9)).value(), DeadLetterId{4});
}

TEST_F(DeadLettersTest, AnIndexOfANewerProgramIsRefused) {
  engine::store::Batch newer;
  newer.put(store->family(kDeadLetterIndexFamily), index_version_key(), "\2");
  ASSERT_TRUE(store->write(newer, engine::store::Durability::kSynced));
  EXPECT_EQ(DeadLetters::open(*store, timers).error().code, engine::Errc::kUnsupported);
}

TEST(DeadLetterStatusNames, AreReadInAnyCase) {
  EXPECT_EQ(parse_status("Queued"), Status::kQueued);
  EXPECT_EQ(parse_status("delivered"), Status::kDelivered);
  EXPECT_EQ(parse_status("nope"), std::nullopt);
}

}  // namespace
}  // namespace delivery
