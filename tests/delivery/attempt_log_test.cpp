// What is kept of attempts, how it is found again, and that it does not grow for ever.
#include "delivery/attempt_log.h"

#include <gtest/gtest.h>

#include "tests/delivery/stage.h"

using namespace std::chrono_literals;
using namespace std::string_literals;

namespace delivery {
namespace {

using test::Arrival;
using test::Stage;

AttemptEntry entry(std::uint64_t event, engine::WallTime at, Cause cause = Cause::kNone) {
  AttemptEntry made;
  made.event = feed::EventId{event};
  made.key = {"entry", std::to_string(event)};
  made.offset = feed::Offset{event};
  made.at = at;
  made.latency = 1500us;
  made.status = cause == Cause::kNone ? 200 : cause == Cause::kStatus ? 500 : 0;
  made.cause = cause;
  if (made.failed()) made.detail = "no";
  return made;
}

struct AttemptLogTest : ::testing::Test {
  AttemptLogTest() {
    engine::store::Options options;
    options.families = families();
    store = std::move(engine::store::Store::open((directory.path() / "store").string(), options).value());
    open({});
  }
  void open(AttemptRetention retention) {
    recorders.clear();
    log = std::make_unique<AttemptLog>(*store, timers, retention, [](std::string_view text) { return std::string(text); });
  }
  /// `events` attempts in one row.
  void write(const std::string& endpoint, const std::vector<AttemptEntry>& entries) {
    if (!recorders[endpoint]) recorders[endpoint] = std::move(log->recorder(endpoint).value());
    auto& recorder = *recorders[endpoint];
    for (const auto& one : entries) recorder.note(AttemptEntry(one), one.key.type + '\0' + one.key.id);
    engine::store::Batch batch;
    const auto packed = recorder.take();
    recorder.add_to(batch, packed);
    ASSERT_TRUE(store->write(batch, engine::store::Durability::kBuffered));
  }
  std::vector<std::string> found(const AttemptLog::Query& query, std::size_t limit = 1000, std::size_t rows = 1000) {
    std::vector<AttemptEntry> all;
    AttemptLog::Place place;
    calls = 0;
    do {
      place = log->find(query, place, limit, all, rows).value();
      ++calls;
    } while (place != AttemptLog::Place{} && all.size() < limit);
    std::vector<std::string> names;
    for (const auto& one : all) names.push_back(one.endpoint + std::to_string(one.event.value));
    return names;
  }
  test::TemporaryDirectory directory;
  test::FakeTimers timers;
  std::unique_ptr<engine::store::Store> store;
  std::unique_ptr<AttemptLog> log;
  std::map<std::string, std::unique_ptr<AttemptRecorder>> recorders;
  int calls = 0;
};

using Names = std::vector<std::string>;

TEST(AttemptRows, AreSmallArePinnedAndReadBack) {
  const engine::WallTime base(5s);
  AttemptPacker packer;
  auto first = entry(7, base);
  auto second = entry(8, base - 3us, Cause::kTimedOut);
  second.replay = true;
  packer.add(first, "entry\0007"s);
  packer.add(second, "entry\0008"s);
  const auto row = packer.take();
  EXPECT_EQ(row, "\1\0\0\0\0\0\x4c\x4b\x40\2\1" "\0\0\0\0\0\0\0\0\7\xa0\6\7\1\xdc\xb\7entry\0007" "\5\0\0\0\0\0\0\0\x8\3\x8\1\xdc\xb\7entry\0008\2\2no"s);
  first.number = 41;
  second.number = 42;
  first.endpoint = second.endpoint = "a";
  EXPECT_EQ(decode_attempts({"a", 41}, row).value(), (std::vector{first, second}));
  EXPECT_EQ(attempt_key("a", 258), "\1a\0\0\0\0\0\0\1\2"s);
  EXPECT_EQ(decode_attempt_key(attempt_key("crm", 9))->endpoint, "crm");
  for (std::size_t n = 0; n < row.size(); ++n) EXPECT_FALSE(decode_attempts({"a", 41}, row.substr(0, n))) << n;
  EXPECT_FALSE(decode_attempts({"a", 41}, row + "x"));
  EXPECT_TRUE(packer.take().size() < 20) << "what follows is a row of its own";
}

TEST(AttemptRows, ACountThatDoesNotFitIsDamageAndNotMemory) {
  EXPECT_FALSE(decode_attempts({"a", 1}, "\1\0\0\0\0\0\0\0\1\xff\xff\xff\xff\xff\xff\xff\x7f\0"s));
}

TEST_F(AttemptLogTest, NewestFirstAndEndpointByEndpoint) {
  const auto now = timers.wall_now();
  write("b", {entry(1, now), entry(2, now)});
  write("a", {entry(3, now)});
  write("b", {entry(4, now, Cause::kStatus)});
  EXPECT_EQ(found({.endpoint = "b"}), (Names{"b4", "b2", "b1"}));
  EXPECT_EQ(found({}), (Names{"a3", "b4", "b2", "b1"}));
  EXPECT_EQ(found({.endpoint = "nobody"}), Names{});
  EXPECT_EQ(found({.event = feed::EventId{2}}), (Names{"b2"}));
  EXPECT_EQ(found({.resource_type = "entry", .resource_id = "3"}), (Names{"a3"}));
  EXPECT_EQ(found({.failed = true}), (Names{"b4"}));
}

TEST_F(AttemptLogTest, TimesBoundTheSearch) {
  for (std::uint64_t n = 1; n <= 5; ++n) {
    write("a", {entry(n, timers.wall_now())});
    timers.advance(1h);
  }
  const auto start = timers.wall_now() - 5h;
  EXPECT_EQ(found({.since = start + 1h, .before = start + 3h}), (Names{"a3", "a2"}));
}

TEST_F(AttemptLogTest, PagesAndBudgetsJoinWithoutGapOrRepeat) {
  for (std::uint64_t n = 0; n < 10; ++n) write(n % 2 ? "a" : "b", {entry(3 * n, timers.wall_now()), entry(3 * n + 1, timers.wall_now()), entry(3 * n + 2, timers.wall_now())});
  const auto all = found({});
  ASSERT_EQ(all.size(), 30u);
  EXPECT_EQ(found({}, 1000, 1), all);
  EXPECT_EQ(calls, 10);
  Names pages;
  AttemptLog::Place place;
  do {
    std::vector<AttemptEntry> page;
    place = log->find({}, place, 4, page).value();
    for (const auto& one : page) pages.push_back(one.endpoint + std::to_string(one.event.value));
  } while (place != AttemptLog::Place{});
  EXPECT_EQ(pages, all);
}

TEST_F(AttemptLogTest, ARestartGoesOnBehindTheLastAttempt) {
  write("a", {entry(1, timers.wall_now()), entry(2, timers.wall_now())});
  recorders.clear();
  write("a", {entry(3, timers.wall_now())});
  EXPECT_EQ(found({}), (Names{"a3", "a2", "a1"}));
}

TEST_F(AttemptLogTest, OnlySoManyAreKept) {
  open({.max_age = 1000h, .max_attempts = 160});
  for (std::uint64_t n = 0; n < 100; ++n) write("a", {entry(10 * n, timers.wall_now()), entry(10 * n + 1, timers.wall_now()), entry(10 * n + 2, timers.wall_now())});
  const auto kept = found({});
  EXPECT_LE(kept.size(), 180u);
  EXPECT_GE(kept.size(), 160u);
  EXPECT_EQ(kept.front(), "a992");
}

TEST_F(AttemptLogTest, OnlySoOldOnesAreKeptAndShown) {
  open({.max_age = 24h, .max_attempts = 1000});
  for (std::uint64_t n = 1; n <= 72; ++n) {
    write("a", {entry(n, timers.wall_now())});
    timers.advance(1h);
  }
  EXPECT_LE(found({}).size(), 25u);
  std::size_t rows = 0;
  auto walk = store->iterate(store->family(kAttemptFamily));
  for (walk.seek({}); walk.valid(); walk.next()) ++rows;
  EXPECT_LE(rows, 26u) << "and the others are gone from the disk";
}

TEST_F(AttemptLogTest, ASweepTrimsEndpointsThatSendNothingAnyMore) {
  open({.max_age = 24h, .max_attempts = 1000});
  write("gone", {entry(1, timers.wall_now())});
  write("quiet", {entry(2, timers.wall_now())});
  timers.advance(23h);
  write("quiet", {entry(3, timers.wall_now())});
  timers.advance(2h);
  const auto rows = [this] {
    Names names;
    auto walk = store->iterate(store->family(kAttemptFamily));
    for (walk.seek({}); walk.valid(); walk.next()) names.push_back(decode_attempt_key(walk.key())->endpoint);
    return names;
  };
  EXPECT_EQ(rows(), (Names{"gone", "quiet", "quiet"}));
  EXPECT_EQ(log->sweep("", 1).value(), "gone");
  EXPECT_EQ(rows(), (Names{"quiet", "quiet"}));
  EXPECT_EQ(log->sweep("gone", 5).value(), "");
  EXPECT_EQ(rows(), (Names{"quiet"}));
  EXPECT_EQ(found({}), (Names{"quiet3"}));
}

TEST_F(AttemptLogTest, WhatCouldNotBeWrittenGoesNextAndMemoryIsBounded) {
  auto recorder = std::move(log->recorder("a").value());
  recorder->note(entry(1, timers.wall_now()), "entry\0001"s);
  recorder->give_back(recorder->take());
  recorder->note(entry(2, timers.wall_now()), "entry\0002"s);
  for (int i = 0; i < 2; ++i) {
    engine::store::Batch batch;
    recorder->add_to(batch, recorder->take());
    ASSERT_TRUE(store->write(batch, engine::store::Durability::kBuffered));
  }
  EXPECT_EQ(found({}), (Names{"a2", "a1"}));
  for (std::uint64_t n = 0; n < 20'000; ++n) recorder->note(entry(n, timers.wall_now()), "entry\0001"s);
  EXPECT_GT(recorder->dropped(), 0u);
}

TEST(AttemptsOfADispatcher, EveryAttemptIsKeptWithWhatTheReceiverSaid) {
  Stage stage([](const Arrival& a) {
    if (a.resource() == "entry/2") return test::Act{400, {}, 30ms, {}, "field\nmissing" + std::string(2000, 'x')};
    if (a.resource() == "entry/3") return test::fails(engine::Errc::kDenied);
    return test::answers(200);
  });
  stage.append({"entry/1", "entry/2", "entry/3"});
  stage.run_for(1h);
  std::vector<AttemptEntry> all;
  ASSERT_TRUE(stage.attempts->find({.endpoint = "default"}, {}, 100, all));
  ASSERT_EQ(all.size(), stage.transport.arrivals.size());
  std::vector<AttemptEntry> refused;
  ASSERT_TRUE(stage.attempts->find({.resource_type = "entry", .resource_id = "2"}, {}, 100, refused));
  ASSERT_EQ(refused.size(), 3u);
  EXPECT_EQ(refused[0].attempt, 3u);
  EXPECT_EQ(refused[2].attempt, 1u);
  EXPECT_EQ(refused[0].status, 400);
  EXPECT_EQ(refused[0].latency, 30ms);
  EXPECT_EQ(refused[0].offset, feed::Offset{2});
  EXPECT_TRUE(refused[0].detail.starts_with("<field missingx")) << "redacted, on one line: " << refused[0].detail;
  EXPECT_EQ(refused[0].detail.size(), kAttemptDetailBytes);
  std::vector<AttemptEntry> denied;
  ASSERT_TRUE(stage.attempts->find({.resource_id = "3", .failed = true}, {}, 100, denied));
  ASSERT_EQ(denied.size(), 1u);
  EXPECT_EQ(denied[0].cause, Cause::kDenied);
  EXPECT_EQ(denied[0].status, 0);
}

TEST(AttemptsOfADispatcher, AReplayIsMarkedAndNamesItsResource) {
  Stage stage;
  stage.append({"entry/1"});
  stage.run_for(1s);
  stage.dispatcher->resend(feed::Offset{1}, {});
  stage.run_for(1s);
  std::vector<AttemptEntry> all;
  ASSERT_TRUE(stage.attempts->find({.resource_id = "1"}, {}, 100, all));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(all[0].replay);
  EXPECT_FALSE(all[1].replay);
  EXPECT_EQ(all[0].event, all[1].event);
}

TEST(AttemptsOfADispatcher, HeldAttemptsAreKeptTooWhileTheEndpointIsDown) {
  Stage stage([](const Arrival&) { return test::fails(engine::Errc::kUnavailable); });
  for (int i = 1; i <= 8; ++i) stage.append({"entry/" + std::to_string(i)});
  stage.run_for(10min);
  std::vector<AttemptEntry> all;
  ASSERT_TRUE(stage.attempts->find({.failed = true}, {}, 10'000, all));
  EXPECT_EQ(all.size(), stage.transport.arrivals.size());
}

}  // namespace
}  // namespace delivery
