#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <future>

#include "engine/runtime/loops.h"
#include "engine/runtime/on_pool.h"
#include "engine/runtime/stop_signal.h"
#include "engine/runtime/within.h"
#include "tests/support/fake_timers.h"

namespace {

using namespace std::chrono_literals;
using engine::Errc;
using engine::Result;
using engine::Task;
using test::FakeTimers;

Task<void> note_wake(FakeTimers& timers, engine::MonoTime start, std::chrono::seconds after, std::vector<std::chrono::seconds>& woken) {
  co_await timers.sleep_until(start + after);
  woken.push_back(std::chrono::duration_cast<std::chrono::seconds>(timers.now() - start));
}

Task<void> tick(FakeTimers& timers, int& ticks) {
  for (;;) {
    co_await timers.sleep_until(timers.now() + 1s);
    ++ticks;
  }
}

TEST(FakeTimers, RingsSleepersInOrderEachAtItsOwnTime) {
  asio::io_context loop;
  FakeTimers timers;
  std::vector<std::chrono::seconds> woken;
  for (const auto after : {3s, 1s, 2s, 10s}) asio::co_spawn(loop, note_wake(timers, timers.now(), after, woken), asio::detached);
  timers.run_for(loop, 5s);
  EXPECT_EQ(woken, (std::vector<std::chrono::seconds>{1s, 2s, 3s}));
  EXPECT_EQ(timers.sleepers(), 1u);
}

TEST(FakeTimers, AnHourOfTicksIsAnHourOfTicks) {
  int ticks = 0;
  FakeTimers timers;
  asio::io_context loop;
  asio::co_spawn(loop, tick(timers, ticks), asio::detached);
  const auto wall = timers.wall_now();
  timers.run_for(loop, 1h);
  EXPECT_EQ(ticks, 3600);
  EXPECT_EQ(timers.wall_now(), wall + 1h);
}

Task<Result<int>> answer_after(engine::Timers& timers, std::chrono::seconds wait, int& finished) {
  co_await timers.sleep_until(timers.now() + wait);
  ++finished;
  co_return 42;
}

Task<Result<int>> throws_at_once() {
  throw std::runtime_error("broken");
  co_return 1;
}

// Spawns `work`, lets `passed` go by, and tells what came out.
template <class T>
std::optional<Result<T>> outcome(asio::io_context& loop, FakeTimers& timers, Task<Result<T>> work, std::chrono::seconds passed, bool* threw = nullptr) {
  std::optional<Result<T>> result;
  asio::co_spawn(loop, std::move(work), [&](std::exception_ptr thrown, Result<T> r) {
    if (threw) *threw = thrown != nullptr;
    if (!thrown) result.emplace(std::move(r));
  });
  timers.run_for(loop, passed);
  return result;
}

TEST(Within, GivesTheResultOfWorkThatIsInTime) {
  asio::io_context loop;
  FakeTimers timers;
  int finished = 0;
  const auto result = outcome(loop, timers, engine::within(timers, timers.now() + 10s, answer_after(timers, 3s, finished)), 4s);
  ASSERT_TRUE(result && *result);
  EXPECT_EQ(**result, 42);
  EXPECT_EQ(timers.sleepers(), 0u);  // the loser is gone
}

TEST(Within, TimesOutWorkThatIsLate) {
  asio::io_context loop;
  FakeTimers timers;
  int finished = 0;
  const auto result = outcome(loop, timers, engine::within(timers, timers.now() + 2s, answer_after(timers, 60s, finished)), 3s);
  ASSERT_TRUE(result && !*result);
  EXPECT_EQ(result->error().code, Errc::kTimedOut);
  EXPECT_EQ(timers.sleepers(), 0u);
}

TEST(Within, LetsExceptionsThrough) {
  asio::io_context loop;
  FakeTimers timers;
  bool threw = false;
  outcome(loop, timers, engine::within(timers, timers.now() + 2s, throws_at_once()), 1s, &threw);
  EXPECT_TRUE(threw);
}

Task<void> compare_threads(asio::thread_pool& pool, std::promise<std::array<std::thread::id, 3>>& ids) {
  const auto before = std::this_thread::get_id();
  auto ask = [] { return std::this_thread::get_id(); };
  const auto inside = co_await engine::on_pool(pool, ask);
  ids.set_value({before, inside, std::this_thread::get_id()});
}

TEST(OnPool, RunsElsewhereAndComesBack) {
  engine::Loops loops(1);
  asio::thread_pool pool(1);
  std::promise<std::array<std::thread::id, 3>> ids;
  asio::co_spawn(loops.executor(0), compare_threads(pool, ids), asio::detached);
  loops.run();
  const auto [before, inside, after] = ids.get_future().get();
  EXPECT_NE(before, inside);
  EXPECT_EQ(before, after);
}

TEST(Loops, GiveEachLoopItsOwnNamedThreadInTurn) {
  engine::Loops loops(2, "net");
  loops.run();
  std::vector<std::string> names;
  for (int i = 0; i < 3; ++i) {
    std::promise<std::string> name;
    asio::post(loops.next(), [&name] {
      char text[16] = {};
      pthread_getname_np(pthread_self(), text, sizeof text);
      name.set_value(text);
    });
    names.push_back(name.get_future().get());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"net-0", "net-1", "net-0"}));
  loops.stop();
  loops.join();
}

TEST(StopSignal, TellsEverySignal) {
  asio::io_context loop;
  std::vector<int> signals;
  engine::StopSignal stop(loop.get_executor(), [&](int number) { signals.push_back(number); });
  kill(getpid(), SIGTERM);
  while (signals.empty()) loop.run_one();
  kill(getpid(), SIGINT);
  while (signals.size() < 2) loop.run_one();
  EXPECT_EQ(signals, (std::vector<int>{SIGTERM, SIGINT}));
}

TEST(SignalCall, TakesTheSignalsItNamesAndLeavesOthersToOthers) {
  asio::io_context loop;
  std::vector<int> stops, hang_ups;
  engine::StopSignal stop(loop.get_executor(), [&](int number) { stops.push_back(number); });
  engine::SignalCall hang_up(loop.get_executor(), {SIGHUP}, [&](int number) { hang_ups.push_back(number); });
  for (std::size_t i = 1; i <= 2; ++i) {
    kill(getpid(), SIGHUP);
    while (hang_ups.size() < i) loop.run_one();
  }
  EXPECT_TRUE(stops.empty());
}

}  // namespace
