// What operators see and do over HTTP (contract craft-agents-governance 2.2, 2.4, 2.5, 2.14).
#include "app/surfaces/admin/surface.h"

#include "access/credential_directory.h"
#include "app/operators.h"
#include "tests/access/trust_stage.h"
#include "tests/app/surface_stage.h"

namespace {

using engine::net::Method;
using engine::net::Request;
using engine::net::Response;

struct AdminSurfaceTest : test::TrustStage {
  asio::io_context loop;
  asio::thread_pool pool{1};
  trust::RateLimiter limiter{clock, {1'000'000, std::chrono::seconds(60)}};
  std::unique_ptr<app::admin::AdminSurface> admin;
  simdjson::dom::parser parser;

  AdminSurfaceTest() {
    const std::vector operators{app::local_operator(engine::Secret("operator-token"))};
    auto settings = trust::resolve({.environment = "test"});
    admin = std::make_unique<app::admin::AdminSurface>(app::admin::AdminRooms{*credentials, *audit, clock, pool}, settings,
                                                       app::operator_sets(operators, {})->admin, limiter);
  }
  ~AdminSurfaceTest() override { pool.join(); }

  Response send(Method method, std::string target, std::string body = {}) {
    Request request;
    request.method = method;
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
    request.body = std::move(body);
    request.peer_address = "127.0.0.1";
    request.headers = {{"Authorization", "Bearer operator-token"}, {"Content-Type", "application/json"}};
    auto future = asio::co_spawn(loop, admin->handle(request), asio::use_future);
    while (future.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      loop.restart();
      loop.poll();
    }
    return future.get();
  }
  Response get(std::string path) { return send(Method::kGet, "/admin/v1" + path); }
  Response post(std::string path, std::string body = "{}") { return send(Method::kPost, "/admin/v1" + path, std::move(body)); }
  std::string at(const Response& response, std::string_view pointer) {
    simdjson::dom::element root, value;
    EXPECT_FALSE(parser.parse(response.body.data(), response.body.size()).get(root)) << response.body;
    if (root.at_pointer(pointer).get(value)) return "absent";
    std::string_view text;
    return value.get(text) ? std::string(simdjson::minify(value)) : std::string(text);
  }
};

TEST_F(AdminSurfaceTest, AnEmptySetIsAnEmptyList) {
  const auto none = get("/credentials");
  EXPECT_EQ(none.status, 200);
  EXPECT_EQ(at(none, "/data"), "[]");
  EXPECT_EQ(at(none, "/meta/count"), "0");
}

TEST_F(AdminSurfaceTest, ATokenIsInTheAnswerThatMadeItAndInNoOther) {
  const auto made = post("/credentials", R"({"handle":"Search Index","scopes":["orders:read","health:read"],"owner":"ops","ipAllowlist":["10.0.0.0/8"]})");
  ASSERT_EQ(made.status, 200) << made.body;
  const auto token = at(made, "/data/revealedCredential/token");
  EXPECT_TRUE(token.starts_with("search-index-"));
  EXPECT_EQ(at(made, "/data/revealedCredential/action"), "created");
  EXPECT_EQ(at(made, "/data/credential/scopes"), R"(["health:read","orders:read"])");
  for (const auto* path : {"/credentials", "/credentials/1", "/credentials/search-index", "/audit", "/audit/export"}) {
    const auto shown = get(path);
    EXPECT_EQ(shown.status, 200) << path;
    EXPECT_EQ(shown.body.find(token.substr(13)), std::string::npos) << path;
  }
  const auto again = post("/credentials/search-index/rotate", R"({"overlapSeconds":60})");
  EXPECT_EQ(at(again, "/data/revealedCredential/action"), "rotated");
  EXPECT_NE(at(again, "/data/revealedCredential/token"), token);
  EXPECT_NE(at(again, "/data/credential/previousTokenUntil"), "null");
}

TEST_F(AdminSurfaceTest, WhatIsSentIsChangedWhatIsNotStays) {
  ASSERT_EQ(post("/credentials", R"({"handle":"a","description":"first","owner":"ops","ipAllowlist":["10.0.0.1"],"scopes":"orders:read products:read"})").status, 200);
  auto changed = post("/credentials/a/update", R"({"description":"second"})");
  EXPECT_EQ(at(changed, "/data/description"), "second");
  EXPECT_EQ(at(changed, "/data/owner"), "ops");
  EXPECT_EQ(at(changed, "/data/ipAllowlist"), R"(["10.0.0.1/32"])");
  EXPECT_EQ(at(changed, "/data/scopes"), R"(["orders:read","products:read"])");
  changed = post("/credentials/a/update", R"({"owner":"","ipAllowlist":[],"scopes":[]})");
  EXPECT_EQ(at(changed, "/data/owner"), "");
  EXPECT_EQ(at(changed, "/data/ipAllowlist"), "[]");
  EXPECT_EQ(at(changed, "/data/scopes"), "[]");
  EXPECT_EQ(at(changed, "/data/description"), "second");
}

TEST_F(AdminSurfaceTest, TheLifecycleGoesByItsPaths) {
  ASSERT_EQ(post("/credentials", R"({"handle":"a"})").status, 200);
  EXPECT_EQ(at(post("/credentials/1/pause"), "/data/mode"), "paused");
  EXPECT_EQ(at(post("/credentials/1/resume"), "/data/mode"), "active");
  EXPECT_EQ(at(post("/credentials/1/revoke"), "/data/mode"), "revoked");
  EXPECT_EQ(post("/credentials/1/pause").status, 400);
  EXPECT_EQ(at(post("/credentials/1/revoke-and-rotate"), "/data/revealedCredential/action"), "revoked and rotated");
  EXPECT_EQ(post("/credentials/1/delete").status, 200);
  EXPECT_EQ(post("/credentials/1/delete").status, 404);
  EXPECT_EQ(get("/credentials/1").status, 404);
  EXPECT_EQ(at(get("/audit/verify"), "/data/holds"), "true");
  EXPECT_EQ(at(get("/audit/verify"), "/data/rows"), "6");
}

TEST_F(AdminSurfaceTest, WrongInputNamesItsFieldAndChangesNothing) {
  for (const auto& [body, field] : {std::pair{R"({})", "handle"}, {R"({"handle":"x","scopes":["nope"]})", "scopes"}, {R"({"handle":"x","ttlDays":"soon"})", "ttlDays"},
                                    {R"({"handle":"x","ipAllowlist":["10.0.0.0/99"]})", "ipAllowlist"}, {R"({"handle":"x","scopes":[1]})", "scopes"},
                                    {R"({"handle":"x","token":"abc"})", "token"}, {R"({"handle":"x","forceHumanApproval":"perhaps"})", "forceHumanApproval"}}) {
    const auto refused = post("/credentials", body);
    EXPECT_EQ(refused.status, 400) << body;
    EXPECT_NE(at(refused, "/error/message").find(field), std::string::npos) << refused.body;
  }
  EXPECT_TRUE(credentials->list().empty());
  EXPECT_EQ(audit->count(), 0u);
}

TEST_F(AdminSurfaceTest, TheAuditLogIsReadInPagesAndExportedInOrder) {
  for (const auto* handle : {"a", "b", "c"}) ASSERT_EQ(post("/credentials", std::string(R"({"handle":")") + handle + "\"}").status, 200);
  const auto newest = get("/audit?limit=2");
  EXPECT_EQ(at(newest, "/meta/count"), "2");
  EXPECT_EQ(at(newest, "/data/0/entityId"), "3");
  EXPECT_EQ(at(get("/audit?before=2"), "/data/0/entityId"), "1");
  EXPECT_EQ(at(get("/audit?entityType=credential&entityId=2"), "/meta/count"), "1");
  EXPECT_EQ(at(newest, "/data/0/actorId"), "cp:local");
  EXPECT_EQ(at(newest, "/data/0/actorType"), "cp-user");
  EXPECT_EQ(at(newest, "/data/0/ipAddress"), "127.0.0.1");
  const auto lines = get("/audit/export?from=2").body;
  EXPECT_TRUE(lines.starts_with(R"({"id":2,)"));
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  EXPECT_EQ(get("/audit?limit=0").status, 400);
}

}  // namespace
