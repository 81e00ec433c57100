// Waiting for changes, and the stream of events.
#include "app/surfaces/craft_agents/live_changes.h"

#include "engine/net/body_stream.h"
#include "tests/app/surface_stage.h"

namespace {

using namespace std::chrono_literals;
using engine::net::Method;
using engine::net::Response;

/// What the server would tell a handler.
struct Peer final : engine::net::Interruption {
  bool raised() const override { return gone; }
  void listen(std::function<void()> w) override {
    wake = std::move(w);
    if (gone && wake) std::exchange(wake, {})();
  }
  void leave() {
    gone = true;
    if (wake) std::exchange(wake, {})();
  }
  std::function<void()> wake;
  bool gone = false;
};

/// Where a stream writes to.
struct Reader final : engine::net::BodyWriter {
  explicit Reader(Peer& p) : peer(p) {}
  engine::Task<bool> write(std::string_view piece) override {
    text += piece;
    ++pieces;
    co_return !slow;
  }
  engine::net::Interruption& interruption() override { return peer; }
  std::string take() { return std::exchange(text, {}); }
  Peer& peer;
  std::string text;
  int pieces = 0;
  bool slow = false;
};

struct LiveChangesTest : test::SurfaceStage {
  LiveChangesTest() { who.push_back(test::credential("reader", {"changes:read"})); }
  ~LiveChangesTest() override {
    peer.leave();
    test::FakeTimers::drain(loop);
  }

  void ask(const std::string& target, std::vector<engine::net::Header> headers = {}, std::string_view token = "token-reader") {
    asked = request(Method::kGet, target, token);
    for (auto& header : headers) asked.headers.push_back(std::move(header));
    asked.interruption = &peer;
    response.reset();
    asio::co_spawn(loop, surface().handle(asked), [this](std::exception_ptr, Response r) { response = std::move(r); });
    turn(0s);
  }
  void turn(std::chrono::milliseconds time) {
    timers.run_for(loop, time);
    if (time == 0s) test::FakeTimers::drain(loop);
  }
  /// Opens a stream and lets it run until it waits.
  void stream(const std::string& target, std::vector<engine::net::Header> headers = {}) {
    headers.push_back({"Accept", "text/event-stream"});
    ask(target, std::move(headers));
    settle([&] { return response.has_value(); });
    ASSERT_TRUE(response->stream) << response->body;
    asio::co_spawn(loop, response->stream->produce(out), [this](std::exception_ptr) {
      ended = true;
      response->stream.reset();
    });
    turn(0s);
  }
  /// The stream is over, and its last event is an error; `body` gets what it says.
  void ended_with(std::string& body) {
    EXPECT_TRUE(ended);
    const auto text = out.take();
    const std::string head = "event: error\ndata: ";
    ASSERT_TRUE(text.starts_with(head)) << text;
    body = text.substr(head.size(), text.size() - head.size() - 2);
  }
  std::string cursor() { return at(get("/changes?types=entries"), "/page/resumeCursor"); }

  Peer peer;
  Reader out{peer};
  engine::net::Request asked;
  std::optional<Response> response;
  bool ended = false;
};

TEST_F(LiveChangesTest, AWaitIsAnsweredWhenSomethingOfItsTypesArrives) {
  append({test::change("entry", "1", "old")});
  const auto from = cursor();
  ask("/changes?wait=60&cursor=" + from);
  turn(5s);
  EXPECT_FALSE(response);
  append({test::change("order", "1", "another type")});
  turn(0s);
  EXPECT_FALSE(response);
  append({test::change("entry", "2", "new")});
  turn(0s);
  ASSERT_TRUE(response);
  EXPECT_EQ(at(*response, "/data/0/resourceId"), "2");
  EXPECT_EQ(at(*response, "/page/count"), "1");
  EXPECT_EQ(at(*response, "/page/types"), R"(["entries"])");
  EXPECT_EQ(at(get("/changes?cursor=" + at(*response, "/page/resumeCursor")), "/data"), "[]");
  EXPECT_EQ(live->seated(), 0u);
}

TEST_F(LiveChangesTest, WhatIsThereIsAnsweredWithoutWaiting) {
  append({test::change("entry", "1", "a")});
  ask("/changes?wait=60");
  ASSERT_TRUE(response);
  EXPECT_EQ(at(*response, "/page/count"), "1");
  ask("/changes?wait=60&updatedSince=2020-01-01T00:00:00Z");
  ASSERT_TRUE(response);
  ask("/changes?wait=0&types=orders");
  ASSERT_TRUE(response);
  EXPECT_EQ(timers.sleepers(), 0u);
}

TEST_F(LiveChangesTest, AtTheEndOfTheWaitComesTheOrdinaryEmptyPage) {
  ask("/changes?wait=2&updatedSince=2026-03-04T10:00:00Z");
  turn(1900ms);
  EXPECT_FALSE(response);
  append({});
  turn(400ms);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(at(*response, "/data"), "[]");
  EXPECT_EQ(at(*response, "/page/updatedSince"), "2026-03-04T10:00:00Z");
  EXPECT_EQ(at(*response, "/page/snapshotEnd"), "2026-03-04T10:00:02Z");
  EXPECT_EQ(at(*response, "/page/hasMore"), "false");
  EXPECT_EQ(at(*response, "/page/nextCursor"), "null");
}

TEST_F(LiveChangesTest, AnEmptyPageOfAWaitStandsBehindWhatWentBy) {
  ask("/changes?wait=2&types=entries");
  append({test::change("order", "1", "a"), test::change("order", "2", "b")});
  turn(3s);
  ASSERT_TRUE(response);
  EXPECT_EQ(reader.changes_behind(at(*response, "/page/resumeCursor")).value(), 0u);
}

TEST_F(LiveChangesTest, TheWaitIsCheckedLikeEveryInteger) {
  for (const auto* bad : {"-1", "61", "x", "1.5"}) {
    const auto refused = get(std::string("/changes?wait=") + bad);
    EXPECT_EQ(refused.status, 400) << bad;
  }
  EXPECT_EQ(at(get("/changes?wait=61"), "/error/message"), "Invalid `wait`; expected integer between 0 and 60.");
  EXPECT_EQ(at(get("/changes?wait=x&limit=0"), "/details"), R"(["Query parameter `limit` must be between 1 and 200","Invalid `wait`; expected integer value."])");
  EXPECT_EQ(get("/changes?wait=").status, 200);
}

TEST_F(LiveChangesTest, APeerThatLeavesEndsTheWait) {
  ask("/changes?wait=60");
  EXPECT_EQ(live->seated(), 1u);
  peer.leave();
  turn(0s);
  ASSERT_TRUE(response);
  EXPECT_EQ(at(*response, "/data"), "[]");
  EXPECT_EQ(live->seated(), 0u);
}

TEST_F(LiveChangesTest, AWaitCountsOnceForTheRateLimit) {
  gate_config.rate_limit = 2;
  gate_config.rate_window_seconds = 3600;
  ask("/changes?wait=10");
  for (int i = 0; i < 5; ++i) {
    append({test::change("order", std::to_string(i), "o")});
    turn(0s);
  }
  ASSERT_TRUE(response);
  ask("/changes?wait=0");
  EXPECT_EQ(response->status, 200);
  ask("/changes?wait=0");
  EXPECT_EQ(response->status, 429);
}

TEST_F(LiveChangesTest, AfterAWaitTheCredentialMustStillBeLive) {
  ask("/changes?wait=10");
  surface().gate().replace_credentials(test::credentials({test::credential("full", {"*"})}));
  append({test::change("entry", "1", "not for you")});
  turn(0s);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 401);
}

TEST_F(LiveChangesTest, OneCredentialHasOnlyItsShareOfTheWaits) {
  limits.readers = 2;
  limits.readers_per_credential = 1;
  std::vector<std::optional<Response>> answers(4);
  std::vector<engine::net::Request> requests;
  for (const auto* token : {"token-reader", "token-reader", "token-full", "token-full"}) requests.push_back(request(Method::kGet, "/changes?wait=5", token));
  for (std::size_t i = 0; i < 4; ++i) {
    asio::co_spawn(loop, surface().handle(requests[i]), [&answers, i](std::exception_ptr, Response r) { answers[i] = std::move(r); });
  }
  test::FakeTimers::drain(loop);
  EXPECT_FALSE(answers[0]);
  ASSERT_TRUE(answers[1]);
  EXPECT_EQ(answers[1]->status, 429);
  EXPECT_EQ(at(*answers[1], "/error/code"), "RATE_LIMIT_EXCEEDED");
  EXPECT_NE(at(*answers[1], "/retryAfter"), "absent");
  EXPECT_FALSE(answers[2]);
  ASSERT_TRUE(answers[3]);
  turn(6s);
  EXPECT_EQ(answers[0]->status, 200);
  EXPECT_EQ(live->seated(), 0u);
}

TEST_F(LiveChangesTest, AStreamTellsWhatIsThereAndThenWhatComes) {
  append({test::change("entry", "1", "a"), test::change("entry", "2", "b")});
  stream("/changes?types=entries");
  EXPECT_EQ(response->header("Content-Type"), "text/event-stream; charset=UTF-8");
  const auto item = [](const std::string& id, const std::string& title) {
    return R"(data: {"resourceType":"entry","resourceId":")" + id + R"(","action":"created","updatedAt":"2026-02-25T06:13:20Z","snapshot":{"title":")" + title + "\"}}\n\n";
  };
  const auto here = cursor();
  EXPECT_EQ(out.take(), "retry: 3000\n\nevent: change\n" + item("1", "a") + "event: change\nid: " + here + "\n" + item("2", "b"));
  append({test::change("order", "1", "x")});
  turn(0s);
  EXPECT_EQ(out.take(), "");
  append({test::change("entry", "3", "c")});
  turn(0s);
  EXPECT_EQ(out.take(), "event: change\nid: " + cursor() + "\n" + item("3", "c"));
}

TEST_F(LiveChangesTest, AStreamOfManyPagesTellsEachItemOnce) {
  std::vector<feed::Change> many;
  for (int i = 0; i < 23; ++i) many.push_back(test::change("entry", std::to_string(i), "t"));
  append(many);
  stream("/changes?limit=5");
  const auto text = out.take();
  std::size_t events = 0;
  for (auto found = text.find("event: change"); found != text.npos; found = text.find("event: change", found + 1)) ++events;
  EXPECT_EQ(events, 23u);
  EXPECT_EQ(out.pieces, 5);
}

TEST_F(LiveChangesTest, SilenceIsFilledWithCommentsThatKeepThePlaceFresh) {
  stream("/changes?types=entries");
  out.take();
  append({test::change("order", "1", "x")});
  turn(14s);
  EXPECT_EQ(out.take(), "");
  turn(1500ms);
  EXPECT_EQ(out.take(), ": keep-alive\nid: " + cursor() + "\n\n");
  turn(15'500ms);
  EXPECT_EQ(out.take(), ": keep-alive\n\n");
}

TEST_F(LiveChangesTest, FieldsAndFilterApplyAndTheirPlaceAdvances) {
  append({test::change("entry", "1", "keep"), test::change("entry", "2", "drop")});
  stream("/changes?types=entries&fields=resourceId&filter=snapshot.title:keep");
  EXPECT_EQ(out.take(), "retry: 3000\n\nevent: change\nid: " + cursor() + "\ndata: {\"resourceId\":\"1\"}\n\n");
  append({test::change("entry", "3", "drop")});
  turn(0s);
  EXPECT_EQ(out.take(), "id: " + cursor() + "\n\n");
}

TEST_F(LiveChangesTest, LastEventIdWinsOverTheCursor) {
  append({test::change("entry", "1", "a")});
  const auto early = cursor();
  append({test::change("entry", "2", "b")});
  const auto late = cursor();
  append({test::change("entry", "3", "c")});
  stream("/changes?cursor=" + early + "&updatedSince=2020-01-01T00:00:00Z", {{"Last-Event-ID", late}});
  const auto text = out.take();
  EXPECT_EQ(text.find("\"resourceId\":\"2\""), text.npos);
  EXPECT_NE(text.find("\"resourceId\":\"3\""), text.npos);
}

TEST_F(LiveChangesTest, WhatCannotBeginAsAStreamIsAnOrdinaryRefusal) {
  ask("/changes", {{"Accept", "text/event-stream"}, {"Last-Event-ID", "garbage!"}});
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 400);
  EXPECT_FALSE(response->stream);
  EXPECT_EQ(live->seated(), 0u);
  ask("/changes", {{"Accept", "text/event-stream"}}, "token-minimal");
  EXPECT_EQ(response->status, 403);
}

TEST_F(LiveChangesTest, JsonIsAnsweredToWhoPrefersIt) {
  for (const auto* accept : {"*/*", "application/json, text/event-stream", "text/html"}) {
    ask("/changes", {{"Accept", accept}});
    ASSERT_TRUE(response);
    EXPECT_FALSE(response->stream) << accept;
  }
  for (const auto* accept : {"text/event-stream", "Text/Event-Stream; q=0.9", "text/html, text/event-stream, application/json"}) {
    ask("/changes", {{"Accept", accept}});
    EXPECT_TRUE(response->stream) << accept;
  }
}

TEST_F(LiveChangesTest, AStreamEndsWithTheErrorWhenItsCredentialGoes) {
  stream("/changes");
  out.take();
  surface().gate().replace_credentials(test::credentials({test::credential("reader", {"health:read"})}));
  turn(15'500ms);
  std::string body;
  ASSERT_NO_FATAL_FAILURE(ended_with(body));
  EXPECT_EQ(at(body, "/error/code"), "FORBIDDEN");
  EXPECT_EQ(at(body, "/status"), "403");
  EXPECT_EQ(live->seated(), 0u);
}

// The server rings when credentials change: no time passes and nothing arrives.
TEST_F(LiveChangesTest, AnIdleWaitEndsAtOnceWhenItsCredentialGoes) {
  ask("/changes?wait=60");
  ASSERT_FALSE(response);
  surface().gate().replace_credentials(test::credentials({test::credential("full", {"*"})}));
  bell.ring_all();
  turn(0s);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 401);
}

TEST_F(LiveChangesTest, AnIdleStreamEndsAtOnceWhenItsCredentialGoes) {
  stream("/changes");
  out.take();
  surface().gate().replace_credentials(test::credentials({test::credential("full", {"*"})}));
  bell.ring_all();
  turn(0s);
  std::string body;
  ASSERT_NO_FATAL_FAILURE(ended_with(body));
  EXPECT_EQ(at(body, "/error/code"), "UNAUTHORIZED");
}

TEST_F(LiveChangesTest, WhoMayStillReadWaitsOnWhenCredentialsChange) {
  ask("/changes?wait=60");
  surface().gate().replace_credentials(test::credentials({test::credential("reader", {"changes:read"}), test::credential("new", {"*"})}));
  bell.ring_all();
  turn(0s);
  EXPECT_FALSE(response);
}

TEST_F(LiveChangesTest, AStreamWhoseCursorExpiresEndsWithTheErrorAndTheWayBack) {
  stream("/changes?types=entries");
  out.take();
  for (int i = 0; i < 3; ++i) append({test::change("order", "1", "version " + std::to_string(i))});
  ASSERT_TRUE(log.retain({.max_bytes = 1}, log.high_watermark(), timers.wall_now()));
  ASSERT_GT(log.first_offset(), feed::Offset{1});
  turn(15'500ms);
  std::string body;
  ASSERT_NO_FATAL_FAILURE(ended_with(body));
  EXPECT_EQ(at(body, "/error/code"), "CURSOR_EXPIRED");
  EXPECT_EQ(get("/changes?cursor=" + at(body, "/error/details/earliestCursor")).status, 200);
}

TEST_F(LiveChangesTest, AStreamWhoseCredentialGoesIsToldNothingMore) {
  stream("/changes");
  out.take();
  surface().gate().replace_credentials(test::credentials({test::credential("full", {"*"})}));
  append({test::change("entry", "1", "not for you")});
  turn(0s);
  EXPECT_TRUE(ended);
  EXPECT_EQ(out.take().find("not for you"), std::string::npos);
}

TEST_F(LiveChangesTest, AStreamEndsQuietlyWhenItsPeerLeavesOrIsTooSlow) {
  stream("/changes");
  out.take();
  peer.leave();
  turn(0s);
  EXPECT_TRUE(ended);
  EXPECT_EQ(out.take(), "");
  peer.gone = false;
  ended = false;
  stream("/changes");
  out.slow = true;
  append({test::change("entry", "1", "a")});
  turn(0s);
  EXPECT_TRUE(ended);
  EXPECT_EQ(live->seated(), 0u);
}

}  // namespace
