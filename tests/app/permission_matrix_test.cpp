// Every route that is declared, asked by every kind of principal: a new route is covered the moment it is in its table.
#include <set>

#include "access/control/control_plane.h"
#include "access/key_schema.h"
#include "app/operators.h"
#include "app/surfaces/admin/surface.h"
#include "delivery/attempt_log.h"
#include "replay/replay_jobs.h"
#include "tests/access/trust_stage.h"
#include "tests/app/operations_stage.h"
#include "tests/app/stage_fleet.h"

namespace {

using engine::net::Method;
using engine::net::Request;
using engine::net::Response;

constexpr std::string_view kHere = "192.0.2.1";

/// A path of that route, with something for each "{name}".
std::string path_of(const trust::Route& route, std::string_view base) {
  std::string path = route.absolute ? std::string(route.path) : std::string(base) + std::string(route.path);
  for (auto open = path.find('{'); open != path.npos; open = path.find('{')) path.replace(open, path.find('}') - open + 1, "1");
  return path;
}

Request request_for(const trust::Route& route, std::string_view base, std::string_view token) {
  Request request;
  request.method = route.method;
  request.path = request.target = path_of(route, base);
  request.peer_address = kHere;
  if (!token.empty()) request.headers.push_back({"X-Agents-Token", std::string(token)});
  if (!route.reads()) {
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = "{}";
  }
  return request;
}

bool satisfied(const engine::net::ScopeRule& rule, const trust::ScopeSet& scopes) {
  const auto granted = [&](std::string_view scope) { return scopes.grants(scope); };
  return std::all_of(rule.required.begin(), rule.required.end(), granted) || std::any_of(rule.alternatives.begin(), rule.alternatives.end(), granted);
}

std::set<std::string> scopes_of(const std::vector<trust::Route>& routes) {
  std::set<std::string> all;
  for (const auto& scope : trust::scope_catalogue()) all.emplace(scope.name);
  for (const auto& route : routes) {
    for (const auto* list : {&route.scopes.required, &route.scopes.alternatives, &route.scopes.optional}) all.insert(list->begin(), list->end());
  }
  return all;
}

/// A managed credential loses the scopes of parts that are off.
bool is_on(std::string_view scope, const trust::Features& features) {
  for (const auto& known : trust::scope_catalogue()) {
    if (known.name == scope) return (known.feature != "commerce" && known.feature != "writes") || trust::is_on(features, known.feature);
  }
  return true;
}

/// One credential per scope, and one of each kind that must not get in.
struct Principals {
  std::vector<trust::ManagedCredential> managed;
  std::shared_ptr<const trust::TokenKey> key = std::make_shared<const trust::TokenKey>(engine::Secret("key"));
  std::vector<std::pair<std::string, std::string>> tokens_by_scope;

  Principals(const std::set<std::string>& scopes, engine::WallTime now) {
    for (const auto& scope : scopes) {
      auto& one = add("scope-" + std::to_string(managed.size()), {scope});
      tokens_by_scope.emplace_back(scope, "token-" + one.handle);
    }
    add("paused", {"*"}).paused_at = now;
    add("revoked", {"*"}).revoked_at = now;
    add("expired", {"*"}).expires_at = now;
    add("elsewhere", {"*"}).ip_allowlist = {"10.0.0.0/8"};
    add("nothing", {});
  }
  trust::ManagedCredential& add(std::string handle, std::vector<std::string> scopes) {
    trust::ManagedCredential one;
    one.id = trust::ManagedId{managed.size() + 1};
    one.digest = key->digest("token-" + handle);
    one.handle = std::move(handle);
    one.scopes = std::move(scopes);
    return managed.emplace_back(std::move(one));
  }
  std::shared_ptr<const trust::CredentialSet> set(engine::WallTime now, const trust::Features& features) const {
    return std::make_shared<const trust::CredentialSet>(*trust::CredentialSet::build(managed, now, {}, features, {}, key));
  }
};

struct PermissionMatrix : test::OperationsStage {
  engine::crypto::SystemRandom random;
  std::unique_ptr<trust::Vault> vault = std::move(*trust::Vault::open(*store, engine::Secret(std::string(32, 'k')), {}, random));
  std::unique_ptr<trust::AuditLog> audit = std::move(*trust::AuditLog::open(*store, *vault, timers));
  std::unique_ptr<trust::ControlPlane> plane = std::move(*trust::ControlPlane::open(*store, *audit, timers, {[] { return std::size_t{2}; }}));
  std::size_t asked = 0;

  /// Everything is there: a route that needs a room has it.
  app::craft_agents::CraftAgentsSurface& whole_surface() {
    test::SurfaceStage::control = plane.get();
    gate_config.rate_limit = 1'000'000'000;
    start();
    return surface();
  }

  template <class Surface>
  Response ask(Surface& surface, const Request& request) {
    ++asked;
    auto future = asio::co_spawn(loop, surface.handle(request), asio::use_future);
    settle([&] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    return future.get();
  }

  template <class Surface>
  void check(Surface& surface, std::string_view base) {
    auto& gate = surface.gate();
    const auto now = timers.wall_now();
    const Principals who(scopes_of(gate.routes()), now);
    gate.replace_credentials(who.set(now, gate.settings().features));
    for (const auto& route : gate.routes()) {
      const auto name = std::string(engine::net::name(route.method)) + " " + path_of(route, base);
      if (!trust::is_on(gate.settings().features, route.feature)) {
        EXPECT_EQ(ask(surface, request_for(route, base, {})).status, 404) << name;
        continue;
      }
      check_strangers(surface, route, base, name);
      check_scopes(surface, route, base, name, who);
    }
  }

  template <class Surface>
  void check_strangers(Surface& surface, const trust::Route& route, std::string_view base, const std::string& name) {
    std::set<std::string> bodies;
    for (const auto* token : {"", "unknown", "token-paused", "token-revoked", "token-expired"}) {
      auto request = request_for(route, base, token);
      request.headers.push_back({"X-Request-Id", "the-same-for-all"});
      const auto response = ask(surface, request);
      EXPECT_EQ(response.status, 401) << name << " with " << token;
      bodies.insert(response.body);
    }
    EXPECT_EQ(bodies.size(), 1u) << name << ": who is refused must not learn why";
    const auto elsewhere = ask(surface, request_for(route, base, "token-elsewhere"));
    EXPECT_EQ(elsewhere.status, 401) << name;
    EXPECT_NE(elsewhere.body.find("IP address"), std::string::npos) << name << ": " << elsewhere.body;
    const auto nothing = ask(surface, request_for(route, base, "token-nothing"));
    const bool open = route.scopes.required.empty() && route.scopes.alternatives.empty();
    EXPECT_EQ(nothing.status == 403, !open) << name << ": " << nothing.status;
  }

  template <class Surface>
  void check_scopes(Surface& surface, const trust::Route& route, std::string_view base, const std::string& name, const Principals& who) {
    const auto& features = surface.gate().settings().features;
    bool anybody = false, openable = false;
    for (const auto& [scope, token] : who.tokens_by_scope) {
      const bool on = is_on(scope, features);
      openable = openable || (on && satisfied(route.scopes, trust::ScopeSet(std::vector<std::string>{scope})));
      const auto response = ask(surface, request_for(route, base, token));
      const bool allowed = on && satisfied(route.scopes, trust::ScopeSet(std::vector<std::string>{scope}));
      anybody = anybody || allowed;
      EXPECT_NE(response.status, 401) << name << " with " << scope;
      if (allowed) {
        EXPECT_NE(response.status, 403) << name << " with " << scope << ": " << response.body;
      } else {
        EXPECT_EQ(response.status, 403) << name << " with " << scope << ": " << response.body;
        EXPECT_NE(response.body.find("\"requiredScope\":\""), std::string::npos) << name << " with " << scope;
      }
    }
    EXPECT_EQ(anybody, openable) << name;
    EXPECT_TRUE(openable || !features.commerce) << name << ": no single scope opens it";  // without a shop its scopes are gone, its routes are not
  }
};

TEST_F(PermissionMatrix, EveryRouteOfTheAgentsDialectGivesExactlyTheDeclaredAnswer) {
  gate_config.features = {.commerce = true, .users = true, .addresses = true, .writes = true};
  check(whole_surface(), "/agents/v1");
  EXPECT_GT(asked, 3500u);
}

TEST_F(PermissionMatrix, RoutesOfFeaturesThatAreOffAreNotFoundByAnybody) {
  gate_config.features = {.commerce = false, .users = false, .addresses = false, .writes = false};
  check(whole_surface(), "/agents/v1");
}

TEST_F(PermissionMatrix, EveryRouteOfTheOperatorsDialectGivesExactlyTheDeclaredAnswer) {
  struct Rooms final : test::TrustStage {
    void TestBody() override {}
  } rooms;
  auto settings = trust::resolve(gate_config);
  settings.rate.requests = 1'000'000'000;
  trust::RateLimiter own(timers, settings.rate);
  test::StageFleet endpoints(*this, *vault, *audit);
  const delivery::AttemptLog attempts(*store, timers);
  replay::History nowhere;
  nowhere.knows = [](const std::string&) { return false; };
  replay::ReplayJobs jobs({*store, *letters, *audit, timers}, std::move(nowhere));
  const app::admin::DeskRooms desk_rooms{*letters, desk, jobs, attempts};
  app::admin::AdminSurface admin({*rooms.credentials, *rooms.audit, timers, pool, [] { return std::string("metric 1\n"); }, [] { return engine::Result<std::string>("{}"); }, &desk_rooms, &endpoints.rooms}, settings, {}, own);
  check(admin, "/admin/v1");
  EXPECT_GT(asked, 500u);
}

TEST(Operators, PermissionsBecomeScopesAndNothingElseDoes) {
  app::OperatorConfig viewer{.id = "viewer", .token = engine::Secret("token-of-the-viewer"), .permissions = {"credentials:view"}};
  app::OperatorConfig reader{.id = "reader", .token = engine::Secret("token-of-the-reader"), .permissions = {"operations:read", "control:view"}};
  app::OperatorConfig chief{.id = "chief", .token = engine::Secret("token-of-the-chief"), .permissions = {"*"}};
  const std::vector all{viewer, reader, chief};
  const auto sets = app::operator_sets(all, {.writes = true});
  ASSERT_TRUE(sets) << sets.error().detail;
  const auto agents = [&](std::string_view token) { return sets->agents->find(token, {})->scopes; };
  EXPECT_TRUE(agents("token-of-the-viewer").empty());
  EXPECT_TRUE(agents("token-of-the-reader").grants("orders:read"));
  EXPECT_FALSE(agents("token-of-the-reader").grants("orders:read_sensitive"));
  EXPECT_FALSE(agents("token-of-the-reader").grants("webhooks:dlq:replay"));
  EXPECT_TRUE(agents("token-of-the-reader").grants("control:approvals:read"));
  EXPECT_FALSE(agents("token-of-the-reader").grants("control:approvals:decide"));
  EXPECT_TRUE(agents("token-of-the-chief").grants("control:approvals:decide"));
  EXPECT_FALSE(agents("token-of-the-chief").grants("orders:read_sensitive"));
  EXPECT_TRUE(sets->admin->find("token-of-the-chief", {})->scopes.grants("credentials:delete"));
  EXPECT_FALSE(sets->admin->find("token-of-the-viewer", {})->scopes.grants("credentials:manage"));
  EXPECT_EQ(sets->admin->find("token-of-the-viewer", {})->id, "cp:viewer");
  EXPECT_EQ(app::approvers(all), 1u);
}

TEST(Operators, WhatIsNoPermissionIsNamed) {
  const std::vector all{app::OperatorConfig{.id = "a", .token = engine::Secret("t"), .permissions = {"everything"}}, app::OperatorConfig{.id = "b c", .permissions = {}}};
  const auto sets = app::operator_sets(all, {});
  ASSERT_FALSE(sets);
  for (const auto* part : {"\"everything\" is not a permission", "cp:b c", "has no token"}) EXPECT_NE(sets.error().detail.find(part), std::string::npos) << sets.error().detail;
}

}  // namespace
