#include "feed/feed_bell.h"

#include <atomic>
#include <deque>
#include <thread>

#include "engine/runtime/loops.h"
#include "feed/feed_reader.h"
#include "tests/feed/log_fixtures.h"
#include "tests/support/fake_timers.h"

namespace feed {
namespace {
using namespace std::chrono_literals;

const TypeTable& table() {
  static const TypeTable types({{"orders", "order", {}}, {"entries", "entry", {}}});
  return types;
}

class FeedBellTest : public ::testing::Test {
 protected:
  struct Reader {
    std::unique_ptr<FeedWait> wait;
    std::optional<FeedWait::End> end;
    unsigned times = 0;
  };
  TypeMask mask(const std::string& names) { return table().parse(names).value(); }
  Reader& reader(const std::string& types) {
    return readers.emplace_back(Reader{std::make_unique<FeedWait>(bell, loop.get_executor(), mask(types)), std::nullopt, 0});
  }
  ~FeedBellTest() override {  // a place outlives its wait
    for (auto& r : readers) {
      if (r.wait) r.wait->wake();
    }
    settle();
  }
  void start(Reader& reader, std::chrono::milliseconds patience) {
    reader.end.reset();
    asio::co_spawn(loop, reader.wait->until(timers.now() + patience), [&reader](std::exception_ptr, FeedWait::End end) {
      reader.end = end;
      ++reader.times;
    });
    settle();
  }
  void settle() { test::FakeTimers::drain(loop); }
  void append(std::vector<Change> changes) { ASSERT_TRUE(log.append(changes, position(++sequence))); }

  asio::io_context loop;
  test::FakeTimers timers;
  MemoryChangeLog log;
  FeedBell bell{log, table(), timers, {loop.get_executor()}};
  std::deque<Reader> readers;
  std::uint64_t sequence = 0;
};

TEST_F(FeedBellTest, OnlyReadersOfWhatCameAreWoken) {
  auto& orders = reader("orders");
  auto& entries = reader("entries");
  auto& both = reader("");
  for (auto* r : {&orders, &entries, &both}) start(*r, 60s);
  append({change("entry", "1", 10)});
  EXPECT_FALSE(entries.end) << "the writer's thread wakes nobody itself";
  settle();
  EXPECT_EQ(entries.end, FeedWait::End::kArrived);
  EXPECT_EQ(both.end, FeedWait::End::kArrived);
  EXPECT_FALSE(orders.end);
  append({change("entry", "2", 11), change("unknown", "1", 11), change("order", "1", 12)});
  settle();
  EXPECT_EQ(orders.end, FeedWait::End::kArrived);
}

TEST_F(FeedBellTest, WhatIsNotInTheFeedWakesNobody) {
  auto& all = reader("");
  start(all, 60s);
  auto hidden = change("entry", "1", 10);
  hidden.visible.feed = false;
  append({hidden});
  settle();
  EXPECT_FALSE(all.end);
  auto elsewhere = change("asset", "1", 10);
  append({elsewhere});
  settle();
  EXPECT_FALSE(all.end);
}

TEST_F(FeedBellTest, WhatComesBetweenReadingAndWaitingIsNotMissed) {
  auto& entries = reader("entries");
  entries.wait->mark();
  append({change("entry", "1", 10)});
  settle();
  start(entries, 60s);
  EXPECT_EQ(entries.end, FeedWait::End::kArrived);
  entries.wait->mark();
  start(entries, 60s);
  EXPECT_FALSE(entries.end);
  append({change("entry", "1", 11)});
  settle();
  EXPECT_EQ(entries.times, 2u);
}

TEST_F(FeedBellTest, AWaitEndsAtItsDeadlineAndNoSweepIsLeft) {
  auto& soon = reader("orders");
  auto& later = reader("orders");
  auto& never = reader("orders");
  start(soon, 1s);
  start(later, 10s);
  start(never, 0s);
  EXPECT_EQ(never.end, FeedWait::End::kDeadline);
  timers.run_for(loop, 999ms);
  EXPECT_FALSE(soon.end);
  timers.run_for(loop, 251ms);
  EXPECT_EQ(soon.end, FeedWait::End::kDeadline);
  EXPECT_FALSE(later.end);
  timers.run_for(loop, 10s);
  EXPECT_EQ(later.end, FeedWait::End::kDeadline);
  EXPECT_EQ(timers.sleepers(), 0u);
}

TEST_F(FeedBellTest, AWokenReaderDoesNotWaitAgain) {
  auto& entries = reader("entries");
  start(entries, 60s);
  entries.wait->wake();
  settle();
  EXPECT_EQ(entries.end, FeedWait::End::kWoken);
  start(entries, 60s);
  EXPECT_EQ(entries.end, FeedWait::End::kWoken);
}

TEST_F(FeedBellTest, AReaderMayChangeWhatItWantsAndLeaveAtAnyTime) {
  auto& a = reader("orders");
  auto& b = reader("orders");
  auto& c = reader("orders");
  start(a, 60s);
  start(b, 60s);
  b.wait->want(mask("entries"));
  c.wait.reset();
  append({change("entry", "1", 1)});
  settle();
  EXPECT_EQ(b.end, FeedWait::End::kArrived);
  EXPECT_FALSE(a.end);
}

TEST_F(FeedBellTest, MoreThanItLooksAtWakesEverybody) {
  auto& orders = reader("orders");
  start(orders, 60s);
  std::vector<Change> many;
  for (int i = 0; i < 1025; ++i) many.push_back(change("entry", std::to_string(i), 1));
  append(many);
  settle();
  EXPECT_EQ(orders.end, FeedWait::End::kArrived);
}

TEST(FeedBellLook, EverybodyCanBeMadeToLookAgainThoughNothingCame) {
  MemoryChangeLog log;
  asio::io_context loop;
  test::FakeTimers timers;
  FeedBell bell(log, table(), timers, {loop.get_executor()});
  FeedWait orders(bell, loop.get_executor(), table().parse("orders").value());
  FeedWait entries(bell, loop.get_executor(), table().parse("entries").value());
  std::vector<FeedWait::End> ends;
  for (auto* wait : {&orders, &entries}) {
    asio::co_spawn(loop, wait->until(timers.now() + 60s), [&](std::exception_ptr, FeedWait::End e) { ends.push_back(e); });
  }
  test::FakeTimers::drain(loop);
  EXPECT_TRUE(ends.empty());
  bell.ring_all();
  test::FakeTimers::drain(loop);
  EXPECT_EQ(ends, (std::vector<FeedWait::End>{FeedWait::End::kArrived, FeedWait::End::kArrived}));
}

TEST(FeedBellLook, RecordsThatAreNotInMemoryWakeEverybody) {
  RocksLog store(0);  // no hot tail
  asio::io_context loop;
  test::FakeTimers timers;
  FeedBell bell(store.log(), table(), timers, {loop.get_executor()});
  FeedWait orders(bell, loop.get_executor(), table().parse("orders").value());
  std::optional<FeedWait::End> end;
  asio::co_spawn(loop, orders.until(timers.now() + 60s), [&](std::exception_ptr, FeedWait::End e) { end = e; });
  ASSERT_TRUE(store.log().append(std::vector{change("order", "1", 1)}, position(1)));
  test::FakeTimers::drain(loop);
  EXPECT_EQ(end, FeedWait::End::kArrived);
}

TEST(FeedBellThreads, ReadersOfTwoLoopsSeeEveryAppendOfAThird) {
  MemoryChangeLog log;
  engine::Loops loops(2);
  engine::SystemTimers timers;
  const FeedReader reader(log, table());
  FeedBell bell(log, table(), timers, {loops.executor(0), loops.executor(1)});
  constexpr int kChanges = 300;
  std::atomic<int> done{0};
  const auto follow = [&](asio::any_io_executor loop) -> engine::Task<void> {
    FeedWait wait(bell, loop, table().all());
    PageRequest asked{.types = table().all(), .limit = 200, .now = at(2'000'000'000)};
    for (int seen = 0; seen < kChanges;) {
      wait.mark();
      const auto page = reader.page(asked, engine::store::ReadFrom::kCacheOnly);
      seen += static_cast<int>(page->count());
      asked.cursor = page->resume_cursor;
      if (page->count() == 0) co_await wait.until(engine::MonoTime::max());
    }
    ++done;
  };
  for (std::size_t i = 0; i < 2; ++i) {
    for (int readers = 0; readers < 3; ++readers) asio::co_spawn(loops.executor(i), follow(loops.executor(i)), asio::detached);
  }
  loops.run();
  for (int i = 0; i < kChanges; ++i) ASSERT_TRUE(log.append(std::vector{change("entry", std::to_string(i), 1)}, position(std::uint64_t(i) + 1)));
  while (done < 6) std::this_thread::yield();
  loops.stop();
  loops.join();
}

}  // namespace
}  // namespace feed
