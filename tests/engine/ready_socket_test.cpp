#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/net/ready_socket.h"

namespace {

using engine::Task;
using engine::net::Readiness;
using engine::net::ReadySocket;
using Woken = Readiness::Woken;

// A watched socket, and the peer's end as a bare descriptor.
struct Pair {
  explicit Pair(const std::shared_ptr<Readiness>& set) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) std::abort();
    ours = std::make_unique<ReadySocket>(set, ends[0]);
    peer = ends[1];
  }
  ~Pair() { hang_up(); }
  void say(std::string_view text) const { ASSERT_EQ(::write(peer, text.data(), text.size()), static_cast<ssize_t>(text.size())); }
  void hang_up() {
    if (peer >= 0) ::close(std::exchange(peer, -1));
  }
  std::string read(std::size_t at_most, asio::error_code& failed) const {
    std::string text(at_most, '\0');
    text.resize(ours->read_some(asio::buffer(text), failed));
    return text;
  }
  std::unique_ptr<ReadySocket> ours;
  int peer = -1;
};

Task<void> note_readable(ReadySocket& socket, std::vector<Woken>& woken) {
  const auto how = co_await socket.until_readable();
  woken.push_back(how);
}
Task<void> note_writable(ReadySocket& socket, std::vector<Woken>& woken) {
  const auto how = co_await socket.until_writable();
  woken.push_back(how);
}

struct ReadySockets : testing::Test {
  asio::io_context loop;
  std::shared_ptr<Readiness> set = std::make_shared<Readiness>(loop.get_executor());
  std::vector<Woken> woken;
  asio::error_code failed;

  void turn() {
    loop.restart();
    loop.poll();
  }
  void wait_on(Pair& pair) {
    asio::co_spawn(loop, note_readable(*pair.ours, woken), asio::detached);
    turn();
  }
};

TEST_F(ReadySockets, TellWhatCameAndForgetItOnceItIsRead) {
  Pair pair(set);
  wait_on(pair);
  EXPECT_TRUE(woken.empty());
  EXPECT_EQ(pair.read(8, failed), "");
  EXPECT_EQ(failed, asio::error::would_block);
  pair.say("hello");
  turn();
  ASSERT_EQ(woken, std::vector{Woken::kReady});
  EXPECT_EQ(pair.read(3, failed), "hel");
  EXPECT_TRUE(pair.ours->readable());  // it had room for no more
  EXPECT_EQ(pair.read(8, failed), "lo");
  EXPECT_FALSE(pair.ours->readable());
  wait_on(pair);
  EXPECT_EQ(woken.size(), 1u);
  pair.say("!");
  turn();
  EXPECT_EQ(woken.size(), 2u);
}

TEST_F(ReadySockets, AnEndThatCameWithTheLastBytesIsNotMissed) {
  Pair pair(set);
  wait_on(pair);
  pair.say("last");
  pair.hang_up();
  turn();
  ASSERT_EQ(woken.size(), 1u);
  EXPECT_EQ(pair.read(64, failed), "last");
  wait_on(pair);
  EXPECT_EQ(woken.size(), 2u);
  EXPECT_EQ(pair.read(64, failed), "");
  EXPECT_EQ(failed, asio::error::eof);
  EXPECT_TRUE(pair.ours->disturbed());
}

TEST_F(ReadySockets, ManyAreToldAtOnceAndOneMayTakeAnotherAway) {
  std::vector<std::unique_ptr<Pair>> pairs;
  for (int i = 0; i < 200; ++i) {
    pairs.push_back(std::make_unique<Pair>(set));
    wait_on(*pairs.back());
  }
  for (const auto& pair : pairs) pair->say("x");
  turn();
  EXPECT_EQ(woken, std::vector<Woken>(200, Woken::kReady));

  woken.clear();
  for (const auto& pair : pairs) (void)pair->read(8, failed);
  const auto take_all = [](std::vector<std::unique_ptr<Pair>>& all) -> Task<void> {
    (void)co_await all.front()->ours->until_readable();
    all.clear();
  };
  asio::co_spawn(loop, take_all(pairs), asio::detached);
  turn();
  for (const auto& pair : pairs) pair->say("y");
  turn();
  EXPECT_TRUE(pairs.empty());
}

TEST_F(ReadySockets, AFullOneTellsWhenThereIsRoomAgain) {
  Pair pair(set);
  const std::string much(1 << 20, 'm');
  std::size_t sent = 0;
  while (!failed) sent += pair.ours->write_some(asio::buffer(much), failed);
  ASSERT_EQ(failed, asio::error::would_block);
  asio::co_spawn(loop, note_writable(*pair.ours, woken), asio::detached);
  turn();
  EXPECT_TRUE(woken.empty());
  std::string taken(sent, '\0');
  for (std::size_t got = 0; got < sent;) got += static_cast<std::size_t>(::read(pair.peer, taken.data(), taken.size()));
  turn();
  EXPECT_EQ(woken, std::vector{Woken::kReady});
  EXPECT_GT(pair.ours->write_some(asio::buffer(much), failed), 0u);
}

TEST_F(ReadySockets, ClosingEndsTheWaitAndAllUse) {
  Pair pair(set);
  wait_on(pair);
  pair.ours->close();
  EXPECT_TRUE(woken.empty());  // not inside the call
  turn();
  EXPECT_EQ(woken, std::vector{Woken::kCancelled});
  pair.read(8, failed);
  EXPECT_EQ(failed, asio::error::bad_descriptor);
  wait_on(pair);
  EXPECT_EQ(woken.size(), 2u);
  EXPECT_FALSE(pair.ours->open());
}

TEST_F(ReadySockets, ACancelledCoroutineWaitsNoLonger) {
  Pair pair(set);
  asio::cancellation_signal signal;
  bool ended = false;
  asio::co_spawn(loop, note_readable(*pair.ours, woken), asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr) { ended = true; }));
  turn();
  signal.emit(asio::cancellation_type::all);
  EXPECT_FALSE(ended);
  turn();
  EXPECT_TRUE(ended);
  pair.say("late");
  wait_on(pair);
  EXPECT_EQ(woken.back(), Woken::kReady);
}

TEST_F(ReadySockets, ALoopEndsOnceNobodyWaits) {
  Pair pair(set);
  wait_on(pair);
  pair.ours->close();
  loop.restart();
  loop.run();  // or this test never ends
  EXPECT_EQ(woken.size(), 1u);
}

TEST(ReadySocketsOfAnEndedLoop, TakeWhoWaitsWithThem) {
  const auto alive = std::make_shared<int>();
  {
    asio::io_context loop;
    const auto set = std::make_shared<Readiness>(loop.get_executor());
    const auto wait_for_ever = [](std::shared_ptr<Pair> pair, std::shared_ptr<int> held) -> Task<void> {
      (void)held;
      (void)co_await pair->ours->until_readable();
    };
    asio::co_spawn(loop, wait_for_ever(std::make_shared<Pair>(set), alive), asio::detached);
    loop.poll();
    EXPECT_EQ(alive.use_count(), 2);
  }
  EXPECT_EQ(alive.use_count(), 1);
}

}  // namespace
