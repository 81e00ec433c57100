#pragma once
// A server of the read surface over a sample log, for benchmarks through HTTP.

#include <memory>
#include <optional>
#include <string>

#include "app/surfaces/craft_agents/feed_types.h"
#include "app/surfaces/craft_agents/live_reading.h"
#include "app/surfaces/craft_agents/surface.h"
#include "bench/sample_log.h"
#include "delivery/dead_letters.h"
#include "engine/net/http_server.h"
#include "feed/checkpoints.h"
#include "feed/feed_bell.h"
#include "feed/feed_reader.h"
#include "feed/list_reader.h"
#include "replay/replay_desk.h"

namespace bench {

class AlwaysServing final : public app::craft_agents::FeedStatusProvider {
 public:
  app::craft_agents::FeedStatus feed_status() const override {
    app::craft_agents::FeedStatus status;
    status.serving = true;
    return status;
  }
  bool serving() const override { return true; }
};

// The whole road from socket to log on one loop of this process.
struct FeedServer {
  SampleLog& sample;
  feed::TypeTable types = app::craft_agents::feed_types();
  feed::FeedReader reader{sample.log(), types};
  feed::ListReader lists{sample.store(), sample.log(), types};
  std::unique_ptr<feed::Checkpoints> checkpoints;
  std::unique_ptr<delivery::DeadLetters> letters;
  std::optional<replay::ReplayDesk> desk;
  AlwaysServing status;
  asio::thread_pool pool{1};
  std::optional<feed::FeedBell> bell;                  // these two outlive the loops: whoever still waits there leaves them with the loop
  std::optional<app::craft_agents::LiveReading> live;
  engine::Loops loops{1, "http"};
  std::optional<trust::RateLimiter> limiter;
  std::unique_ptr<app::craft_agents::CraftAgentsSurface> surface;
  std::unique_ptr<engine::net::HttpServer> http;
  std::uint16_t port = 0;

  explicit FeedServer(SampleLog& log) : sample(log) {}
  ~FeedServer() {
    loops.stop();
    loops.join();
    pool.join();
  }
  engine::Result<void> start() {
    auto opened = delivery::DeadLetters::open(sample.store(), sample.timers());
    if (!opened) return opened.take_error();
    letters = std::move(*opened);
    auto rows = feed::Checkpoints::open(sample.store());
    if (!rows) return rows.take_error();
    checkpoints = std::move(*rows);
    desk.emplace(*letters, false, [](const std::string&, delivery::DeadLetterId) { return false; });
    trust::GateConfig gate;
    gate.profile = gate.environment = "test";
    gate.rate_limit = 1'000'000'000;
    const auto settings = trust::resolve(gate);
    std::vector<trust::CredentialConfig> credentials(1);
    credentials[0].id = "bench";
    credentials[0].token = engine::Secret("tok-bench-0123456789");
    credentials[0].scopes = std::vector<std::string>{"changes:read", "entries:read", "entries:read_all_statuses", "syncstate:write"};
    auto set = trust::CredentialSet::build(credentials, settings.features);
    if (!set) return set.take_error();
    bell.emplace(sample.log(), types, sample.timers(), std::vector{loops.executor(0)});
    live.emplace(*bell, app::craft_agents::LiveLimits{.readers = 20'000, .readers_per_credential = 20'000});
    limiter.emplace(sample.timers(), settings.rate);
    surface = std::make_unique<app::craft_agents::CraftAgentsSurface>(
        app::craft_agents::SurfaceRooms{reader, lists, *checkpoints, *letters, *desk, status, sample.timers(), pool, *live}, app::craft_agents::SurfaceConfig{}, settings,
        std::make_shared<const trust::CredentialSet>(std::move(*set)), *limiter);
    http = std::make_unique<engine::net::HttpServer>(
        loops, sample.timers(), engine::net::ServerLimits{}, [this](engine::net::Request& request) { return surface->handle(request); },
        [this](int code, std::string_view why) { return surface->transport_error(code, why); });
    auto listening = http->listen("127.0.0.1", 0);
    if (!listening) return listening.take_error();
    port = *listening;
    loops.run();
    return engine::ok();
  }
};

inline std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer tok-bench-0123456789\r\n\r\n";
}

}  // namespace bench
