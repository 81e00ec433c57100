#pragma once
// A stage for the dispatcher: one loop, time that moves on command, a real store, a log in memory, and a receiver that does as it is told.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "delivery/dead_letters.h"
#include "delivery/dispatcher.h"
#include "delivery/interests.h"
#include "delivery/key_schema.h"
#include "engine/runtime/asio.h"
#include "engine/store/store.h"
#include "feed/memory_change_log.h"
#include "tests/support/fake_timers.h"
#include "tests/support/fixtures.h"
#include "tests/support/header_lines.h"

namespace test {

inline constexpr const char* kSecret = "whsec_test_0123456789";

/// What the receiver does with one request.
struct Act {
  int status = 200;                                ///< 0: fails with `error`
  engine::Errc error = engine::Errc::kUnavailable;
  std::chrono::milliseconds after{0};              ///< kTimedOut is waited for by itself
  std::string lines{};                             ///< of the head
  std::string body{};
};
inline Act fails(engine::Errc error) { return {0, error, {}, {}, {}}; }
inline Act answers(int status, std::string lines = {}) { return {status, {}, {}, std::move(lines), {}}; }

inline std::string text_between(const std::string& body, const std::string& before) {
  const auto at = body.find(before) + before.size();
  return body.substr(at, body.find('"', at) - at);
}

struct Arrival {
  std::string event, signature, timestamp, body;
  int status = 0;
  engine::WallTime at{};
  std::string resource() const { return text_between(body, R"("resourceType":")") + "/" + text_between(body, R"("resourceId":")"); }
  std::string action() const { return text_between(body, R"("action":")"); }
  int version() const { return std::atoi(body.substr(body.find(R"("n":)") + 4).c_str()); }
};

/// Asks `decide` for each request and remembers what came. kTimedOut takes as long as the request allows.
class ScriptedTransport final : public engine::net::Transport {
 public:
  using Decide = std::function<Act(const Arrival&)>;
  ScriptedTransport(engine::Timers& timers, Decide decide) : timers_(timers), decide_(std::move(decide)) {}

  engine::Task<engine::Result<engine::net::OutboundResponse>> post(engine::net::OutboundRequest request) override {
    const auto headers = test::headers_of(request.lines);
    Arrival arrival{std::string(*engine::net::find_header(headers, "X-Agents-Webhook-Id")),
                    std::string(*engine::net::find_header(headers, "X-Agents-Webhook-Signature")),
                    std::string(*engine::net::find_header(headers, "X-Agents-Webhook-Timestamp")),
                    std::string(request.body), 0, timers_.wall_now()};
    const Act act = decide_(arrival);
    arrival.status = act.status;
    arrivals.push_back(arrival);
    most_at_once = std::max(most_at_once, ++now_);
    const auto wait = act.status == 0 && act.error == engine::Errc::kTimedOut ? request.total_timeout : act.after;
    if (wait.count() > 0) co_await timers_.sleep_until(timers_.now() + wait);
    --now_;
    if (act.status == 0) co_return engine::fail(act.error, "scripted failure");
    co_return engine::net::OutboundResponse{act.status, act.lines, act.body};
  }
  void decide(Decide decide) { decide_ = std::move(decide); }
  void forget_in_flight() { now_ = 0; }

  std::vector<Arrival> arrivals;
  std::vector<Arrival> accepted() const {
    std::vector<Arrival> good;
    for (const Arrival& one : arrivals) {
      if (one.status >= 200 && one.status < 300) good.push_back(one);
    }
    return good;
  }
  std::size_t most_at_once = 0;

 private:
  engine::Timers& timers_;
  Decide decide_;
  std::size_t now_ = 0;
};

/// Everything but the dispatcher outlives restarts.
class Stage {
  // First, so that it goes last: what crashed lives left behind (sleepers, frames) belongs to these loops.
  std::vector<std::unique_ptr<asio::io_context>> loops_;

 public:
  explicit Stage(ScriptedTransport::Decide decide = [](const Arrival&) { return answers(200); }, std::vector<delivery::Interest> wanted = {},
                 std::vector<std::string> more_families = {})
      : transport(timers, std::move(decide)), interests(std::move(wanted)), more_families_(std::move(more_families)) {
    config.url = "http://receiver.test/hook";
    config.secrets.emplace_back(kSecret);
    open_store((directory.path() / "0").string());
    start();
  }
  ~Stage() {
    if (running) stop();
  }

  /// Appends a change for each of these resources ("entry/7"), snapshot {"id":7,"n":<how many so far>}, and wakes the dispatcher.
  void append(const std::vector<std::string>& resources, feed::Action action = feed::Action::kUpdated) {
    std::vector<feed::Change> changes;
    for (const std::string& resource : resources) changes.push_back(change(resource, action));
    ASSERT_TRUE(log.append(changes, {"source", ++appended_, ""}));
    if (dispatcher) dispatcher->wake();
  }
  feed::Change change(const std::string& resource, feed::Action action = feed::Action::kUpdated) {
    const auto slash = resource.find('/');
    feed::Change made;
    made.key = {resource.substr(0, slash), resource.substr(slash + 1)};
    made.commit_time = made.appended_at = made.updated_at = timers.wall_now();
    made.webhook_action = made.feed_action = action;
    made.event_id = feed::EventId{++events_};
    made.parts.webhook = "{\"id\":" + made.key.id + ",\"n\":" + std::to_string(++versions[resource]) + "}";
    return made;
  }

  void start() {
    loops_.push_back(std::make_unique<asio::io_context>());
    auto opened_table = delivery::InterestTable::open(*store, interests, log.high_watermark());
    auto opened_letters = delivery::DeadLetters::open(*store, timers);
    ASSERT_TRUE(opened_table && opened_letters);
    table = std::move(*opened_table);
    letters = std::move(*opened_letters);
    attempts = std::make_unique<delivery::AttemptLog>(*store, timers, retention, [](std::string_view text) { return "<" + std::string(text) + ">"; });
    const auto here = loop().get_executor();
    auto opened = delivery::Dispatcher::open({here, here, timers, transport, *store, log, *table, *letters, ++lives_, &incidents, attempts.get()}, config);
    ASSERT_TRUE(opened) << opened.error().detail;
    dispatcher = std::move(*opened);
    running = true;
    asio::co_spawn(loop(), run(), asio::detached);
    FakeTimers::drain(loop());
  }
  /// Graceful: what is in flight ends.
  void stop() {
    dispatcher->stop();
    run_for(std::chrono::seconds(61));
    ASSERT_FALSE(running);
    dispatcher.reset();
  }
  /// The process dies now: what the store holds at this moment is all that is left. start() works on it.
  void crash() {
    const auto rest = directory.path() / std::to_string(lives_);
    ASSERT_TRUE(store->checkpoint(rest.string()));
    dispatcher.reset();
    attempts.reset();
    letters.reset();
    table.reset();
    store.reset();
    running = false;
    transport.forget_in_flight();
    open_store(rest.string());
  }
  asio::io_context& loop() { return *loops_.back(); }
  void run_for(std::chrono::nanoseconds duration) { timers.run_for(loop(), duration); }
  /// The versions of each resource in the order in which the receiver accepted them, repeats of the same event left out.
  std::map<std::string, std::vector<int>> accepted_versions() const {
    std::map<std::string, std::vector<int>> accepted;
    std::set<std::string> seen;
    for (const Arrival& one : transport.accepted()) {
      if (seen.insert(one.event).second) accepted[one.resource()].push_back(one.version());
    }
    return accepted;
  }

  TemporaryDirectory directory;
  FakeTimers timers;
  engine::telemetry::OpenIncidents incidents{timers};
  ScriptedTransport transport;
  feed::MemoryChangeLog log;
  std::vector<delivery::Interest> interests;
  delivery::EndpointConfig config;
  std::unique_ptr<engine::store::Store> store;
  std::unique_ptr<delivery::InterestTable> table;
  std::unique_ptr<delivery::DeadLetters> letters;
  delivery::AttemptRetention retention;
  std::unique_ptr<delivery::AttemptLog> attempts;
  std::unique_ptr<delivery::Dispatcher> dispatcher;
  bool running = false;
  std::map<std::string, int> versions;

 private:
  engine::Task<void> run() {
    co_await dispatcher->run();
    running = false;
  }
  void open_store(const std::string& at) {
    engine::store::Options options;
    options.families = delivery::families();
    options.families.insert(options.families.end(), more_families_.begin(), more_families_.end());
    auto opened = engine::store::Store::open(at, options);
    ASSERT_TRUE(opened) << opened.error().detail;
    store = std::move(*opened);
  }
  std::vector<std::string> more_families_;  // of rooms above, for tests there
  std::uint64_t appended_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t lives_ = 0;
};

}  // namespace test
