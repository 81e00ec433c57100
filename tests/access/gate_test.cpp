// The order of the checks and what each of them answers (contract craft-agents-api section 4.1).
#include "access/gate/gate.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "engine/runtime/asio.h"
#include "tests/access/manual_clock.h"

namespace {

using engine::net::Method;
using engine::net::Request;
using engine::net::Response;
using trust::Reason;

/// Answers with the reason's name, so that a test sees which check spoke.
class PlainSurface final : public trust::Surface {
 public:
  static std::string text(Reason reason) {
    switch (reason) {
      case Reason::kNotFound: return "not_found";
      case Reason::kMethodNotAllowed: return "method";
      case Reason::kServiceDisabled: return "disabled";
      case Reason::kRateLimited: return "rate";
      case Reason::kInvalid: return "invalid";
      case Reason::kNoCredentials: return "no_credentials";
      case Reason::kMisconfigured: return "misconfigured";
      case Reason::kUnauthorized: return "unauthorized";
      case Reason::kAddressRefused: return "address";
      case Reason::kForbidden: return "forbidden";
      case Reason::kExpired: return "expired";
      case Reason::kNotReady: return "not_ready";
      case Reason::kInternal: return "internal";
    }
    return "";
  }
  Response refuse(const trust::Refusal& refusal, std::string_view) const override {
    Response response;
    response.status = 499;
    response.body = text(refusal.reason);
    for (const auto& detail : refusal.details) response.body += "|" + detail;
    if (!refusal.allow.empty()) response.body += " " + refusal.allow;
    if (!refusal.required_scope.empty()) response.body += " " + refusal.required_scope;
    return response;
  }
  void add_headers(Response& response, std::string_view id, const trust::RateDecision* rate) const override {
    response.headers.push_back({"Id", std::string(id)});
    if (rate) response.headers.push_back({"Left", std::to_string(rate->remaining)});
  }
  std::string request_id(const Request&) const override { return "id"; }
};

engine::Task<trust::Reply> answer(trust::CallContext& call) {
  co_return trust::Answer{"hello " + std::string(call.principal.id()) + " " + std::string(trust::name(call.principal.method()))};
}

engine::Task<trust::Reply> explode(trust::CallContext&) {
  throw std::runtime_error("secret detail");
  co_return trust::Answer{};
}

/// What happens elsewhere while a handler works.
std::function<void()> meanwhile;

engine::Task<trust::Reply> take_time(trust::CallContext&) {
  if (meanwhile) meanwhile();
  co_return trust::Answer{"done"};
}

trust::Route route(Method method, std::string_view path, std::string_view scope) {
  trust::Route r;
  r.method = method;
  r.path = path;
  r.scopes.required = {scope};
  r.handler = answer;
  return r;
}

std::vector<trust::Route> table() {
  auto read = route(Method::kGet, "/read", "read:it");
  read.parameters = {{.name = "limit", .type = engine::net::ParameterType::kInteger, .min = 1, .max = 9}};
  auto write = route(Method::kPost, "/write", "write:it");
  write.parameters = {{.name = "id", .type = engine::net::ParameterType::kInteger, .place = engine::net::ParameterPlace::kBody}};
  auto gated = route(Method::kGet, "/gated", "read:it");
  gated.feature = "users";
  auto bad = route(Method::kGet, "/bad", "read:it");
  bad.handler = explode;
  auto slow_read = route(Method::kGet, "/slow", "read:it");
  slow_read.handler = take_time;
  auto slow_write = route(Method::kPost, "/slow", "write:it");
  slow_write.handler = take_time;
  return {read, write, gated, bad, slow_read, slow_write};
}

trust::CredentialConfig credential(std::string id, std::vector<std::string> scopes, std::vector<std::string> from = {}) {
  trust::CredentialConfig config;
  config.id = id;
  config.token = engine::Secret("token-" + id);
  config.scopes = std::move(scopes);
  config.ip_allowlist = std::move(from);
  return config;
}

std::shared_ptr<const trust::CredentialSet> people() {
  return std::make_shared<trust::CredentialSet>(*trust::CredentialSet::build(
      std::vector{credential("reader", {"read:it"}), credential("nobody", {}), credential("all", {"*"}), credential("inside", {"*"}, {"10.0.0.0/8"})},
      {}));
}

struct GateTest : ::testing::Test {
  test::ManualClock clock;
  PlainSurface surface;
  trust::GateSettings settings = trust::resolve({.environment = "test", .rate_limit = 1000});
  std::shared_ptr<const trust::CredentialSet> credentials = people();
  std::unique_ptr<trust::RateLimiter> limiter;
  std::unique_ptr<trust::Gate> gate;

  trust::Gate& open() {
    if (!gate) {
      limiter = std::make_unique<trust::RateLimiter>(clock, settings.rate);
      gate = std::make_unique<trust::Gate>("/api", table(), settings, credentials, *limiter, surface, clock);
    }
    return *gate;
  }

  static Request request(Method method, std::string path, std::string_view token = {}, std::string query = {}, std::string body = {}) {
    Request r;
    r.method = method;
    r.path = std::move(path);
    r.query = std::move(query);
    r.body = std::move(body);
    r.peer_address = "192.0.2.1";
    if (!token.empty()) r.headers.push_back({"Authorization", "Bearer " + std::string(token)});
    return r;
  }
  static Request write(std::string_view token, std::string body = "{}", std::string_view type = "application/json") {
    auto r = request(Method::kPost, "/api/write", token, {}, std::move(body));
    if (!type.empty()) r.headers.push_back({"Content-Type", std::string(type)});
    return r;
  }
  Response send(const Request& r) {
    asio::io_context loop;
    auto future = asio::co_spawn(loop, open().handle(r), asio::use_future);
    loop.run();
    return future.get();
  }
  std::string ask(const Request& r) { return send(r).body; }
};

TEST_F(GateTest, LetsTheRightOnesThrough) {
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "token-reader")), "hello reader authorization");
  EXPECT_EQ(ask(request(Method::kHead, "/api/read/", "token-reader", "limit=9")), "hello reader authorization");
  EXPECT_EQ(ask(write("token-all")), "hello all authorization");
}

TEST_F(GateTest, WhoStaysLongIsAskedAgain) {
  const engine::net::ScopeRule needed{.required = {"read:it"}};
  const auto& reader = credentials->all().front();
  const trust::Principal who(credentials, reader, trust::AuthMethod::kAuthorization);
  const auto now = [&](const std::vector<trust::CredentialConfig>& configs) -> std::string {
    open().replace_credentials(std::make_shared<trust::CredentialSet>(*trust::CredentialSet::build(configs, {})));
    const auto refused = gate->admit_again(who, needed, "192.0.2.1");
    return refused ? PlainSurface::text(refused->reason) : "welcome";
  };
  EXPECT_FALSE(open().admit_again(who, needed, "192.0.2.1"));
  EXPECT_EQ(now({credential("other", {"*"}), credential("reader", {"read:it"})}), "welcome");
  EXPECT_EQ(now({credential("reader", {"write:it"})}), "forbidden");
  EXPECT_EQ(now({credential("reader", {"read:it"}, {"10.0.0.0/8"})}), "address");
  EXPECT_EQ(now({credential("other", {"*"})}), "unauthorized");
  auto rotated = credential("reader", {"*"});
  rotated.token = engine::Secret("another-token");
  EXPECT_EQ(now({rotated}), "unauthorized");
  EXPECT_EQ(now({}), "unauthorized");
  EXPECT_FALSE(gate->admit_again(trust::Principal(), needed, "192.0.2.1"));
}

TEST_F(GateTest, AGatedRouteIsNotFoundBeforeAnythingElse) {
  settings.enabled = false;
  EXPECT_EQ(ask(request(Method::kPost, "/api/gated")), "not_found");
  EXPECT_EQ(ask(request(Method::kGet, "/api/nowhere")), "not_found");
}

TEST_F(GateTest, AFeatureThatIsOnOpensItsRoute) {
  settings.features.users = true;
  EXPECT_EQ(ask(request(Method::kGet, "/api/gated", "token-reader")), "hello reader authorization");
}

TEST_F(GateTest, TheMethodIsJudgedBeforeTheServiceSwitch) {
  settings.enabled = false;
  EXPECT_EQ(ask(request(Method::kPost, "/api/read")), "method GET, HEAD");
  EXPECT_EQ(ask(request(Method::kOptions, "/api/read")), "method GET, HEAD");
  EXPECT_EQ(ask(request(Method::kGet, "/api/write")), "method POST");
}

TEST_F(GateTest, ADisabledServiceAnswersBeforeTheRateLimitAndWithoutItsHeaders) {
  settings.enabled = false;
  settings.rate.requests = 1;
  for (int i = 0; i < 3; ++i) {
    const auto response = send(request(Method::kGet, "/api/read", "token-reader"));
    EXPECT_EQ(response.body, "disabled");
    EXPECT_FALSE(engine::net::find_header(response.headers, "Left"));
    EXPECT_TRUE(engine::net::find_header(response.headers, "Id"));
  }
}

TEST_F(GateTest, TheFirstRateLimitCountsStrangersToo) {
  settings.rate.requests = 2;
  EXPECT_EQ(ask(request(Method::kGet, "/api/read")), "unauthorized");
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "wrong")), "unauthorized");
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "token-reader")), "rate");
  EXPECT_EQ(ask(request(Method::kGet, "/api/bad", "wrong")), "unauthorized") << "another route is another bucket";
  clock.advance(std::chrono::seconds(60));
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "token-reader")), "hello reader authorization");
}

TEST_F(GateTest, RefusedMethodsAreNotCounted) {
  settings.rate.requests = 1;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(request(Method::kPost, "/api/read")), "method GET, HEAD");
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "token-reader")), "hello reader authorization");
}

TEST_F(GateTest, AnUnauthenticatedFormPostIsInvalidNotUnauthorized) {
  EXPECT_EQ(ask(write({}, "id=7", "application/x-www-form-urlencoded")), "invalid");
  EXPECT_EQ(ask(write({}, "{}", {})), "invalid");
  EXPECT_EQ(ask(write({}, "{bad json")), "invalid");
  EXPECT_EQ(ask(write({}, "{}")), "unauthorized");
}

TEST_F(GateTest, JsonMediaTypesAreAcceptedInAnyCaseWithParameters) {
  EXPECT_EQ(ask(write("token-all", "{}", "Application/JSON; charset=utf-8")), "hello all authorization");
  EXPECT_EQ(ask(write("token-all", R"({"id":7})", "application/vnd.api+json")), "hello all authorization");
}

TEST_F(GateTest, AQueryTokenOnAWriteIsRefusedEvenWhenQueryTokensAreAllowed) {
  settings.allow_query_token = true;
  auto r = write("token-all");
  r.query = "apiToken=token-all";
  EXPECT_EQ(ask(r), "invalid");
}

TEST_F(GateTest, WithoutCredentialsTheServerIsMisconfiguredWhateverTheTokenSays) {
  credentials = std::make_shared<trust::CredentialSet>();
  EXPECT_EQ(ask(request(Method::kGet, "/api/read")), "no_credentials");
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "token-reader")), "no_credentials");
}

TEST_F(GateTest, MissingMalformedAndUnknownTokensAreOneAnswer) {
  EXPECT_EQ(ask(request(Method::kGet, "/api/read")), "unauthorized");
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "wrong")), "unauthorized");
  for (const auto* header : {"bearer token-reader", "Basic dG9rZW4=", "Bearertoken-reader", "Bearer token reader", "Bearer \"token-reader\"", "Bearer "}) {
    auto r = request(Method::kGet, "/api/read");
    r.headers.push_back({"Authorization", header});
    EXPECT_EQ(ask(r), "unauthorized") << header;
  }
}

TEST_F(GateTest, TheFirstTransportWithATokenCounts) {
  auto r = request(Method::kGet, "/api/read");
  r.headers.push_back({"X-Agents-Token", " token-reader "});
  EXPECT_EQ(ask(r), "hello reader x-agents-token");
  r.headers.push_back({"Authorization", "Bearer wrong"});
  EXPECT_EQ(ask(r), "unauthorized");
  r.headers.back().value = "Basic malformed-counts-as-absent";
  EXPECT_EQ(ask(r), "hello reader x-agents-token");
}

TEST_F(GateTest, QueryTokensWorkOnlyWhereAllowed) {
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", {}, "apiToken=token-reader")), "unauthorized");
  gate.reset();
  settings.allow_query_token = true;
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", {}, "apiToken=token-reader")), "hello reader query");
}

TEST_F(GateTest, TheAllowlistIsEnforced) {
  auto r = request(Method::kGet, "/api/read", "token-inside");
  EXPECT_EQ(ask(r), "address");
  r.peer_address = "10.9.8.7";
  EXPECT_EQ(ask(r), "hello inside authorization");
  r.peer_address.clear();
  EXPECT_EQ(ask(r), "address");
}

TEST_F(GateTest, UsageIsRecordedForRequestsThatThenFail) {
  std::vector<std::string> seen;
  open().on_usage([&](const trust::Principal& principal, const Request&) { seen.emplace_back(principal.id()); });
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "token-nobody")), "forbidden read:it");
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "token-reader", "limit=0")), "invalid|Invalid `limit`; expected integer between 1 and 9.");
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "wrong")), "unauthorized");
  EXPECT_EQ(seen, (std::vector<std::string>{"nobody", "reader"}));
}

TEST_F(GateTest, TheScopeIsJudgedBeforeTheParameters) {
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "token-nobody", "limit=0")), "forbidden read:it");
}

TEST_F(GateTest, ProblemsOfABodyAreNotListed) { EXPECT_EQ(ask(write("token-all", R"({"id":"x"})")), "invalid"); }

TEST_F(GateTest, WithoutEnforcementEverybodyIsAnonymousWithEveryScope) {
  settings.require_token = false;
  credentials = std::make_shared<trust::CredentialSet>();
  EXPECT_EQ(ask(request(Method::kGet, "/api/read")), "hello anonymous none");
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "wrong")), "hello anonymous none");
}

TEST_F(GateTest, AThrowingHandlerIsAnInternalErrorThatShowsNothing) {
  EXPECT_EQ(ask(request(Method::kGet, "/api/bad", "token-reader")), "internal");
}

TEST_F(GateTest, ReplacedCredentialsCountFromTheNextRequest) {
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "token-reader")), "hello reader authorization");
  open().replace_credentials(std::make_shared<trust::CredentialSet>(*trust::CredentialSet::build(std::vector{credential("other", {"*"})}, {})));
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "token-reader")), "unauthorized");
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "token-other")), "hello other authorization");
}

TEST_F(GateTest, BothStagesCountAndHeadersShowTheLast) {
  settings.rate.requests = 5;
  EXPECT_EQ(*engine::net::find_header(send(request(Method::kGet, "/api/read")).headers, "Left"), "4");
  EXPECT_EQ(*engine::net::find_header(send(request(Method::kGet, "/api/read", "token-reader")).headers, "Left"), "4");
  EXPECT_EQ(*engine::net::find_header(send(request(Method::kGet, "/api/read", "token-reader")).headers, "Left"), "3");
}

TEST_F(GateTest, WhatIsTakenAwayWhileAHandlerWorksReadsNothingAnyMore) {
  meanwhile = [this] { gate->replace_credentials(std::make_shared<trust::CredentialSet>(*trust::CredentialSet::build(std::vector{credential("other", {"*"})}, {}))); };
  EXPECT_EQ(ask(request(Method::kGet, "/api/slow", "token-all")), "unauthorized");
  gate.reset();
  auto slow = write("token-all");
  slow.path = "/api/slow";
  EXPECT_EQ(ask(slow), "done");  // it was done while it was allowed
  gate.reset();
  meanwhile = [this] { gate->replace_credentials(credentials); };
  EXPECT_EQ(ask(request(Method::kGet, "/api/slow", "token-all")), "done");
  meanwhile = {};
}

TEST_F(GateTest, AnExpiredTokenIsAsGoodAsUnknownFromItsInstantOn) {
  trust::ManagedCredential managed;
  managed.id = trust::ManagedId{7};
  managed.handle = "brief";
  managed.scopes = {"read:it"};
  managed.expires_at = clock.wall_now() + std::chrono::seconds(10);
  const auto key = std::make_shared<const trust::TokenKey>(engine::Secret("k"));
  managed.digest = key->digest("token-brief");
  credentials = std::make_shared<trust::CredentialSet>(*trust::CredentialSet::build(std::vector{managed}, clock.wall_now(), {}, {}, {}, key));
  const trust::Principal stays(credentials, credentials->all().front(), trust::AuthMethod::kAuthorization);
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "token-brief")), "hello brief authorization");
  EXPECT_FALSE(gate->admit_again(stays, {.required = {"read:it"}}, ""));
  clock.advance(std::chrono::seconds(10));
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "token-brief")), "unauthorized");
  EXPECT_EQ(gate->admit_again(stays, {.required = {"read:it"}}, "")->reason, Reason::kUnauthorized);
}

TEST_F(GateTest, NobodyIsAskedForATokenOnlyWhereNoneWasEverConfigured) {
  credentials = std::make_shared<trust::CredentialSet>();
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "any")), "no_credentials");
  trust::CredentialSet all_gone;
  all_gone.mark_configured();
  gate->replace_credentials(std::make_shared<trust::CredentialSet>(std::move(all_gone)));
  EXPECT_EQ(ask(request(Method::kGet, "/api/read", "any")), "unauthorized");
}

TEST_F(GateTest, WhatPassesIsCountedAndRefusalsAreTold) {
  trust::Traffic traffic(clock);
  std::vector<std::string> told;
  settings.rate.requests = 3;
  open().count_in(traffic);
  gate->on_denial([&](const trust::Refusal& refusal, const trust::Principal& who, const Request&, std::string_view) {
    told.push_back(PlainSurface::text(refusal.reason) + " " + std::string(who.id()));
  });
  ask(request(Method::kGet, "/api/nowhere"));
  ask(request(Method::kGet, "/api/read", "token-reader"));
  ask(request(Method::kGet, "/api/read", "wrong"));
  ask(request(Method::kGet, "/api/read", "token-nobody"));
  ask(request(Method::kGet, "/api/read", "token-reader"));
  EXPECT_EQ(traffic.totals().of, (std::array<std::uint64_t, 5>{4, 1, 1, 1, 0}));
  EXPECT_EQ(told, (std::vector<std::string>{"not_found anonymous", "unauthorized anonymous", "forbidden nobody", "rate anonymous"}));
}

}  // namespace
