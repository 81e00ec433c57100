#pragma once
// The operator's desk over HTTP: the administration surface over a log, dead letters and an audit log, with time that a test moves.

#include "access/managed_credentials.h"
#include "app/operators.h"
#include "app/surfaces/admin/surface.h"
#include "delivery/attempt_log.h"
#include "delivery/interests.h"
#include "replay/replay_jobs.h"
#include "tests/access/trust_stage.h"
#include "tests/app/surface_stage.h"

namespace test {

struct AdminDeskStage : SurfaceStage {
  CountingRandom random;
  std::unique_ptr<trust::Vault> vault = std::move(*trust::Vault::open(*store, engine::Secret(std::string(32, 'k')), {}, random));
  std::unique_ptr<trust::AuditLog> audit = std::move(*trust::AuditLog::open(*store, *vault, timers));
  std::shared_ptr<const trust::TokenKey> key = std::make_shared<const trust::TokenKey>(engine::Secret("key"));
  std::unique_ptr<trust::ManagedCredentials> managed = std::move(*trust::ManagedCredentials::open(*store, *audit, key, random, timers));
  delivery::InterestTable interests{{}};
  std::vector<std::pair<std::string, std::uint64_t>> sent;  ///< what the desk handed to a dispatcher
  replay::ReplayDesk audited_desk{*letters, true,
                                  [this](const std::string& endpoint, delivery::DeadLetterId id) {
                                    sent.emplace_back(endpoint, id.value);
                                    return true;
                                  },
                                  audit.get()};
  replay::ReplayJobs jobs{{*store, *letters, *audit, timers}, history()};
  delivery::AttemptLog attempts{*store, timers, {}, [](std::string_view text) { return std::string(text); }};
  app::admin::DeskRooms rooms{*letters, audited_desk, jobs, attempts};
  trust::RateLimiter admin_limiter{timers, {1'000'000, std::chrono::seconds(60)}};
  std::unique_ptr<app::admin::AdminSurface> admin;
  std::uint64_t events = 0;

  /// One endpoint, "default", that is told of everything.
  replay::History history() {
    replay::History made;
    made.read = [this](const std::string&, feed::Offset from, feed::Offset end, std::size_t changes) { return delivery::read_history(log, interests, from, end, changes); };
    made.first_since = [this](engine::WallTime t) { return delivery::first_appended_since(log, t); };
    made.high_watermark = [this] { return log.high_watermark(); };
    made.knows = [](const std::string& endpoint) { return endpoint == "default"; };
    return made;
  }
  delivery::DeadLetterId bury(std::string endpoint, std::string type, delivery::Cause cause = delivery::Cause::kStatus) {
    delivery::DeadLetter letter;
    letter.event_id = feed::EventId{++events};
    letter.key = {std::move(type), std::to_string(events)};
    letter.action = feed::Action::kUpdated;
    letter.last_error = "Webhook delivery failed with HTTP 500 (Internal Server Error).";
    letter.payload = "{\"n\":" + std::to_string(events) + "}";
    letter.endpoint = std::move(endpoint);
    letter.cause = cause;
    letter.attempts = 3;
    return letters->record_failure(letter).value();
  }
  engine::net::Response ask(engine::net::Method method, const std::string& target, std::string body = {}) {
    if (!admin) {
      const std::vector operators{app::local_operator(engine::Secret("operator-token"))};
      admin = std::make_unique<app::admin::AdminSurface>(app::admin::AdminRooms{*managed, *audit, timers, pool, {}, {}, &rooms}, trust::resolve(gate_config),
                                                         app::operator_sets(operators, {})->admin, admin_limiter);
    }
    auto asked = request(method, target, "operator-token", std::move(body));
    asked.path.replace(0, std::string_view("/agents/v1").size(), "/admin/v1");
    auto future = asio::co_spawn(loop, admin->handle(asked), asio::use_future);
    settle([&] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    return future.get();
  }
  engine::net::Response look(const std::string& target) { return ask(engine::net::Method::kGet, target); }
  engine::net::Response act(const std::string& target, std::string body = "{}") { return ask(engine::net::Method::kPost, target, std::move(body)); }
};

}  // namespace test
