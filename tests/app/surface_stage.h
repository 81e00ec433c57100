#pragma once
// The Craft Agents surface over a log in a directory of its own, with time that a test moves.

#include <gtest/gtest.h>
#include <simdjson.h>

#include "access/key_schema.h"
#include "app/surfaces/craft_agents/live_reading.h"
#include "app/surfaces/craft_agents/surface.h"
#include "delivery/dead_letters.h"
#include "delivery/key_schema.h"
#include "engine/base/json_writer.h"
#include "feed/checkpoints.h"
#include "feed/feed_bell.h"
#include "feed/feed_reader.h"
#include "feed/key_schema.h"
#include "feed/list_reader.h"
#include "feed/rocks_change_log.h"
#include "replay/replay_desk.h"
#include "tests/support/fake_timers.h"
#include "tests/support/fixtures.h"

namespace test {

struct ServingStatus final : app::craft_agents::FeedStatusProvider {
  bool ready = true;
  app::craft_agents::FeedStatus feed_status() const override {
    app::craft_agents::FeedStatus now;
    now.serving = ready;
    return now;
  }
  bool serving() const override { return ready; }
};

inline trust::CredentialConfig credential(std::string id, std::vector<std::string> scopes) {
  trust::CredentialConfig config;
  config.id = id;
  config.token = engine::Secret("token-" + id);
  config.scopes = std::move(scopes);
  return config;
}

inline std::shared_ptr<const trust::CredentialSet> credentials(const std::vector<trust::CredentialConfig>& configs) {
  return std::make_shared<const trust::CredentialSet>(*trust::CredentialSet::build(configs, {}));
}

inline feed::Change change(std::string type, std::string id, std::string title) {
  feed::Change c;
  c.key = {std::move(type), std::move(id)};
  c.source_transaction = "t";
  c.feed_action = feed::Action::kCreated;
  c.updated_at = c.raw_updated_at = c.commit_time = engine::WallTime(std::chrono::seconds(1'772'000'000));
  engine::JsonWriter(c.parts.feed).begin_object().key("title").string(title).end_object();
  return c;
}

struct SurfaceStage : ::testing::Test {
  FakeTimers timers;
  TemporaryDirectory directory;
  asio::thread_pool pool{1};
  feed::TypeTable types{{{"products", "product", {"product"}}, {"orders", "order", {"order"}}, {"entries", "entry", {"entry"}}}};
  std::unique_ptr<engine::store::Store> store = open_store();
  std::unique_ptr<feed::RocksChangeLog> owned_log = std::move(*feed::RocksChangeLog::open(*store));
  feed::RocksChangeLog& log = *owned_log;
  feed::FeedReader reader{log, types};
  feed::ListReader lists{*store, log, types};
  ServingStatus status;
  asio::io_context loop;
  feed::FeedBell bell{log, types, timers, {loop.get_executor()}};
  app::craft_agents::LiveLimits limits;  ///< may be changed before the first use
  std::optional<app::craft_agents::LiveReading> live;
  std::unique_ptr<feed::Checkpoints> checkpoints = std::move(*feed::Checkpoints::open(*store));
  std::unique_ptr<delivery::DeadLetters> letters = std::move(*delivery::DeadLetters::open(*store, timers));
  replay::ReplayDesk desk{*letters, true, [](const std::string&, delivery::DeadLetterId) { return true; }};
  trust::ControlPlane* control = nullptr;  ///< may be set before the first use
  app::craft_agents::SurfaceConfig config{"9.9.9"};
  trust::GateConfig gate_config{.environment = "dev", .profile = "test", .rate_limit = 1000};
  std::vector<trust::CredentialConfig> who{credential("full", {"*"}), credential("minimal", {"auth:read", "health:read"})};
  std::unique_ptr<trust::RateLimiter> limiter;
  std::unique_ptr<app::craft_agents::CraftAgentsSurface> opened;
  ~SurfaceStage() override { pool.join(); }
  std::uint64_t sequence = 0;
  simdjson::dom::parser parser;

  std::unique_ptr<engine::store::Store> open_store() {
    engine::store::Options options;
    options.families = delivery::families();
    for (const auto& family : feed::kFamilies()) options.families.push_back(family);
    for (const auto& family : trust::families()) options.families.push_back(family);
    for (const auto& family : replay::families()) options.families.push_back(family);
    return std::move(*engine::store::Store::open((directory.path() / "store").string(), options));
  }
  /// Made at the first use: `config`, `gate_config` and `who` may be changed before.
  app::craft_agents::CraftAgentsSurface& surface() {
    if (!opened) {
      const auto settings = trust::resolve(gate_config);
      live.emplace(bell, limits);
      limiter = std::make_unique<trust::RateLimiter>(timers, settings.rate);
      opened = std::make_unique<app::craft_agents::CraftAgentsSurface>(
          app::craft_agents::SurfaceRooms{reader, lists, *checkpoints, *letters, desk, status, timers, pool, *live, control}, config,
          settings, credentials(who), *limiter);
    }
    return *opened;
  }
  static engine::net::Request request(engine::net::Method method, const std::string& target, std::string_view token, std::string body = {}) {
    engine::net::Request r;
    r.method = method;
    r.target = "/agents/v1" + target;
    r.path = r.target.substr(0, r.target.find('?'));
    if (r.path.size() < r.target.size()) r.query = r.target.substr(r.path.size() + 1);
    r.peer_address = "127.0.0.1";
    r.body = std::move(body);
    if (!token.empty()) r.headers.push_back({"Authorization", "Bearer " + std::string(token)});
    if (method == engine::net::Method::kPost) r.headers.push_back({"Content-Type", "application/json"});
    return r;
  }
  engine::net::Response send(engine::net::Method method, const std::string& target, std::string_view token, std::string body = {}) {
    const auto r = request(method, target, token, std::move(body));
    auto future = asio::co_spawn(loop, surface().handle(r), asio::use_future);
    settle([&] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    return future.get();
  }
  /// Turns the loop until `done`; no time passes.
  template <class Done>
  void settle(Done done) {
    while (!done()) {
      loop.restart();
      loop.poll();
    }
  }
  engine::net::Response get(const std::string& target, std::string_view token = "token-full") {
    return send(engine::net::Method::kGet, target, token);
  }
  engine::net::Response post(const std::string& target, std::string body, std::string_view token = "token-full") {
    return send(engine::net::Method::kPost, target, token, std::move(body));
  }
  /// The JSON value at `pointer`, texts without quotes; "absent" where there is none.
  std::string at(std::string_view body, std::string_view pointer) {
    simdjson::dom::element root, value;
    EXPECT_FALSE(parser.parse(body.data(), body.size()).get(root)) << body;
    if (root.at_pointer(pointer).get(value)) return "absent";
    std::string_view text;
    return value.get(text) ? std::string(simdjson::minify(value)) : std::string(text);
  }
  std::string at(const engine::net::Response& response, std::string_view pointer) { return at(response.body, pointer); }
  void append(std::vector<feed::Change> changes) { ASSERT_TRUE(log.append(changes, {"source", ++sequence, "token"})); }
};

}  // namespace test
