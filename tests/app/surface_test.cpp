// The Craft Agents surface over a log and a dead-letter store in a temporary directory.
#include "app/surfaces/craft_agents/surface.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <set>

#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/live_reading.h"
#include "app/surfaces/craft_agents/routes.h"
#include "delivery/dead_letters.h"
#include "delivery/key_schema.h"
#include "feed/checkpoints.h"
#include "feed/feed_bell.h"
#include "feed/feed_reader.h"
#include "feed/key_schema.h"
#include "feed/list_reader.h"
#include "feed/memory_change_log.h"
#include "feed/rocks_change_log.h"
#include "replay/replay_desk.h"
#include "tests/support/fake_timers.h"
#include "tests/support/fixtures.h"

namespace {

using engine::net::Method;
using engine::net::Request;
using engine::net::Response;
using simdjson::dom::element;

struct Status final : app::craft_agents::FeedStatusProvider {
  bool ready = true;
  app::craft_agents::FeedStatus feed_status() const override {
    app::craft_agents::FeedStatus now;
    now.serving = ready;
    now.phase = ready ? "streaming" : "snapshot";
    now.progress = ready ? 1.0 : 0.25;
    return now;
  }
  bool serving() const override { return ready; }
};

feed::TypeTable table() {
  return feed::TypeTable({{"products", "product", {"product"}}, {"orders", "order", {"order"}}, {"entries", "entry", {"entry"}}});
}

feed::Change change(std::string type, std::string id, std::string title) {
  feed::Change c;
  c.key = {std::move(type), std::move(id)};
  c.source_transaction = "t";
  c.feed_action = feed::Action::kCreated;
  c.updated_at = c.raw_updated_at = c.commit_time = engine::WallTime(std::chrono::seconds(1'772'000'000));
  std::string snapshot;
  engine::JsonWriter(snapshot).begin_object().key("title").string(title).end_object();
  c.parts.feed = snapshot;
  return c;
}

trust::CredentialConfig credential(std::string id, std::vector<std::string> scopes) {
  trust::CredentialConfig config;
  config.id = id;
  config.token = engine::Secret("token-" + id);
  config.scopes = std::move(scopes);
  return config;
}

struct SurfaceTest : ::testing::Test {
  test::FakeTimers clock;
  test::TemporaryDirectory directory;
  asio::thread_pool pool{1};
  feed::TypeTable types = table();
  std::unique_ptr<engine::store::Store> store = open_store();
  std::unique_ptr<feed::RocksChangeLog> owned_log = std::move(*feed::RocksChangeLog::open(*store));
  feed::RocksChangeLog& log = *owned_log;
  feed::FeedReader reader{log, types};
  feed::ListReader lists{*store, log, types};
  Status status;
  feed::FeedBell bell{log, types, clock, {}};
  app::craft_agents::LiveReading live{bell};
  std::unique_ptr<feed::Checkpoints> checkpoints = std::move(*feed::Checkpoints::open(*store));
  std::unique_ptr<delivery::DeadLetters> letters = std::move(*delivery::DeadLetters::open(*store, clock));
  replay::ReplayDesk desk{*letters, true, [](const std::string&, delivery::DeadLetterId) { return true; }};
  trust::GateSettings settings = trust::resolve({.environment = "dev", .profile = "test", .rate_limit = 1000});
  trust::RateLimiter limiter{clock, settings.rate};
  std::unique_ptr<app::craft_agents::CraftAgentsSurface> surface;

  std::unique_ptr<engine::store::Store> open_store() {
    engine::store::Options options;
    options.families = delivery::families();
    for (const auto& family : feed::kFamilies()) options.families.push_back(family);
    return std::move(*engine::store::Store::open(directory.path() / "store", options));
  }
  app::craft_agents::CraftAgentsSurface& open() {
    if (!surface) {
      auto credentials = std::make_shared<trust::CredentialSet>(
          *trust::CredentialSet::build(std::vector{credential("full", {"*"}), credential("minimal", {"auth:read", "changes:read", "health:read"}),
                                                            credential("recorded", {"auth:read", "health:read", "entries:read", "products:read", "changes:read"})}, {}));
      surface = std::make_unique<app::craft_agents::CraftAgentsSurface>(
          app::craft_agents::SurfaceRooms{reader, lists, *checkpoints, *letters, desk, status, clock, pool, live}, app::craft_agents::SurfaceConfig{"9.9.9"}, settings,
          credentials, limiter);
    }
    return *surface;
  }
  Response send(Method method, std::string target, std::string_view token = "token-full", std::string body = {}) {
    Request r;
    r.method = method;
    r.target = target;
    r.path = target.substr(0, target.find('?'));
    if (r.path.size() < target.size()) r.query = target.substr(r.path.size() + 1);
    r.peer_address = "127.0.0.1";
    r.body = std::move(body);
    if (!token.empty()) r.headers.push_back({"Authorization", "Bearer " + std::string(token)});
    if (method == Method::kPost) r.headers.push_back({"Content-Type", "application/json"});
    r.headers.push_back({"Host", "example.test"});
    asio::io_context loop;
    auto future = asio::co_spawn(loop, open().handle(r), asio::use_future);
    loop.run();
    return future.get();
  }
  Response get(std::string path, std::string_view token = "token-full") { return send(Method::kGet, "/agents/v1" + path, token); }
  element parsed(const Response& response) {
    element root;
    EXPECT_FALSE(parser.parse(response.body).get(root)) << response.body;
    return root;
  }
  std::string text(const Response& response, std::string_view pointer) {
    const auto root = parsed(response);
    element value;
    if (root.at_pointer(pointer).get(value)) return "absent";
    std::string_view text;
    return value.get(text) ? std::string(simdjson::minify(value)) : std::string(text);
  }
  void append(std::vector<feed::Change> changes) { ASSERT_TRUE(log.append(changes, {"source", ++sequence, "token"})); }
  simdjson::dom::parser parser;
  std::uint64_t sequence = 0;
};

TEST_F(SurfaceTest, ErrorsHaveTheTargetEnvelopeAndTheHeaders) {
  const auto response = get("/health", {});
  EXPECT_EQ(response.status, 401);
  const auto id = std::string(response.header("X-Request-Id").value_or(""));
  EXPECT_EQ(response.body, R"({"error":{"code":"UNAUTHORIZED","message":"Missing or invalid token."},"status":401,"requestId":")" + id + R"("})");
  EXPECT_EQ(id.size(), 23u);
  EXPECT_TRUE(id.starts_with("agents-"));
  EXPECT_EQ(response.header("Cache-Control"), "no-store, private");
  EXPECT_EQ(response.header("Expires"), "0");
  EXPECT_EQ(response.header("X-RateLimit-Remaining"), "999");
}

TEST_F(SurfaceTest, AMissingScopeIsNamed) {
  const auto response = get("/capabilities", "token-minimal");
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(text(response, "/error/message"), "Missing required scope: capabilities:read");
  EXPECT_EQ(text(response, "/requiredScope"), "capabilities:read");
}

TEST_F(SurfaceTest, ChangesPageProjectAndContinue) {
  append({change("entry", "1", "One"), change("product", "2", "Two"), change("entry", "3", "Quote \" and \\ and \n")});
  const auto first = get("/changes?limit=2&types=entry,products");
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(text(first, "/data/0/snapshot/title"), "One");
  EXPECT_EQ(text(first, "/page/count"), "2");
  EXPECT_EQ(text(first, "/page/hasMore"), "true");
  EXPECT_EQ(text(first, "/page/types"), R"(["products","entries"])");
  EXPECT_EQ(text(first, "/pagination/nextCursor"), text(first, "/page/nextCursor"));
  const auto second = get("/changes?cursor=" + text(first, "/page/nextCursor") + "&filter=snapshot.title:~quote&fields=resourceId");
  EXPECT_EQ(text(second, "/data"), R"([{"resourceId":"3"}])");
  EXPECT_EQ(text(second, "/page/nextCursor"), "null");
  EXPECT_NE(text(second, "/page/resumeCursor"), "absent");
  const auto none = get("/changes?filter=resourceType:nothing");
  EXPECT_EQ(text(none, "/data"), "[]");
  EXPECT_EQ(text(none, "/page/count"), "0");
}

TEST_F(SurfaceTest, ChangesReportProblemsInTheContractsOrder) {
  EXPECT_EQ(text(get("/changes?limit=0"), "/error/message"), "Query parameter `limit` must be between 1 and 200");
  EXPECT_EQ(text(get("/changes?types=bogus&limit=x"), "/details"), R"(["Invalid `limit`; expected integer value."])");
  EXPECT_EQ(text(get("/changes?types=bogus&updatedSince=x"), "/error/message"),
            "Invalid `types` value(s): bogus. Allowed values: products, orders, entries.");
  EXPECT_EQ(text(get("/changes?updatedSince=x"), "/error/message"), "Invalid `updatedSince`; expected RFC3339 timestamp.");
  const auto garbage = get("/changes?cursor=abc&updatedSince=x");
  EXPECT_EQ(garbage.status, 400);
  EXPECT_EQ(text(garbage, "/error/code"), "INVALID_REQUEST");
}

TEST_F(SurfaceTest, ACursorOfAnotherLogIsGoneAndNamesTheWayBack) {
  feed::MemoryChangeLog other(7);
  const feed::FeedReader elsewhere(other, types);
  const auto response = get("/changes?cursor=" + elsewhere.latest_cursor(types.all(), clock.wall_now()));
  EXPECT_EQ(response.status, 410);
  EXPECT_EQ(text(response, "/error/code"), "CURSOR_EXPIRED");
  const auto back = text(response, "/error/details/earliestCursor");
  EXPECT_EQ(get("/changes?cursor=" + back).status, 200);
}

TEST_F(SurfaceTest, UntilTheFirstSnapshotIsCompleteTheFeedAsksToRetry) {
  status.ready = false;
  const auto response = get("/changes");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.header("Retry-After"), "5");
  const auto health = get("/health");
  EXPECT_EQ(health.status, 200);
  EXPECT_EQ(text(health, "/feed"), R"({"serving":false,"phase":"snapshot","progress":0.25})");
}

TEST_F(SurfaceTest, WhoamiIsTheUnionOfBothForms) {
  const auto response = get("/auth/whoami", "token-minimal");
  EXPECT_EQ(text(response, "/data"), R"({"credentialId":"minimal","label":"minimal","scopes":["auth:read","changes:read","health:read"]})");
  EXPECT_EQ(text(response, "/principal/authMethod"), "authorization");
  EXPECT_EQ(text(response, "/principal/managedCredentialId"), "0");
  EXPECT_EQ(text(response, "/rateLimit/limit"), "1000");
}

TEST_F(SurfaceTest, DeadLettersAreListedAndReplayed) {
  delivery::DeadLetter letter;
  letter.event_id = feed::EventId(0xabcdef);
  letter.key = {"entry", "7"};
  letter.action = feed::Action::kUpdated;
  letter.attempts = 3;
  letter.last_error = "boom";
  letter.payload = R"({"id":"evt"})";
  letter.endpoint = "global";
  ASSERT_TRUE(letters->record_failure(letter));
  const auto list = get("/webhooks/dlq?limit=9999&status=FAILED");
  EXPECT_EQ(text(list, "/meta"), R"({"count":1})");
  EXPECT_EQ(text(list, "/data/0/lastError"), "boom");
  EXPECT_EQ(text(get("/webhooks/dlq?status=bogus"), "/data"), "[]");

  const auto replay = [&](std::string body) { return send(Method::kPost, "/agents/v1/webhooks/dlq/replay", "token-full", std::move(body)); };
  const auto neither = replay("{}");
  EXPECT_EQ(neither.status, 400);
  EXPECT_EQ(text(neither, "/error/message"), "Provide either `id` or `mode=all`");
  EXPECT_EQ(text(neither, "/details"), "absent");
  EXPECT_EQ(replay(R"({"id":999})").status, 404);
  const auto one = replay(R"({"id":1})");
  EXPECT_EQ(text(one, "/data/status"), "queued");
  EXPECT_EQ(text(one, "/data/mode"), "single");
  EXPECT_EQ(text(one, "/data/ids"), "[1]");
  EXPECT_EQ(text(one, "/data/payload"), R"({"id":"evt"})");
  EXPECT_EQ(text(replay(R"({"mode":"ALL","id":1})"), "/data"), R"({"attempted":0,"replayed":0,"errors":[],"mode":"all","ids":[]})");
}

TEST_F(SurfaceTest, DescriptorsListExactlyTheRouteTable) {
  std::set<std::string> declared;
  for (const auto& route : open().gate().routes()) {
    if (!route.alias_of.empty() || !trust::is_on(settings.features, route.feature)) continue;
    declared.insert(std::string(engine::net::name(route.method)) + " " + std::string(route.path));
  }
  EXPECT_EQ(declared.size(), 38u) << "users and addresses are off";
  std::set<std::string> listed;
  const auto capabilities = get("/capabilities");
  for (const auto endpoint : parsed(capabilities)["endpoints"].get_array()) {
    listed.insert(std::string(endpoint["method"].get_c_str()) + " " + std::string(endpoint["path"].get_c_str()));
  }
  EXPECT_EQ(listed, declared);
  std::set<std::string> documented;
  const auto openapi = get("/openapi.json");
  for (const auto& [path, operations] : parsed(openapi)["paths"].get_object()) {
    for (const auto& [method, operation] : operations.get_object()) {
      documented.insert((method == "post" ? "POST " : "GET ") + std::string(path));
      EXPECT_FALSE(operation["responses"]["429"].error()) << path;
    }
  }
  EXPECT_EQ(documented, declared);
  EXPECT_EQ(text(openapi, "/servers/0/url"), "http://example.test/agents/v1");
  EXPECT_EQ(text(openapi, "/ok"), "absent");
}

TEST_F(SurfaceTest, RootAliasesAnswerLikeTheirOriginals) {
  EXPECT_EQ(send(Method::kGet, "/capabilities").status, 200);
  EXPECT_EQ(send(Method::kGet, "/openapi.json", {}).status, 401);
  EXPECT_EQ(text(get("/capabilities"), "/discoveryAliases"),
            R"({"/capabilities":"/agents/v1/capabilities","/openapi.json":"/agents/v1/openapi.json"})");
}

TEST_F(SurfaceTest, HostileInputNeverBreaksTheJson) {
  for (const auto* target : {"/changes?filter=%22%5C%00:x", "/changes?fields=%FF%FE", "/changes?types=%22%7D%5D", "/changes?limit=%22%0A", "/%22%5C"}) {
    const auto response = get(target);
    EXPECT_GE(response.status, 400) << target;
    EXPECT_EQ(text(response, "/status"), std::to_string(response.status)) << response.body;
  }
  const auto transport = open().transport_error(431, "too \"large\"");
  EXPECT_EQ(text(transport, "/error/message"), "too \"large\"");
  EXPECT_TRUE(transport.header("X-Request-Id"));
}

/// Status, code and message of every recorded refusal of a route this version serves; the envelope differs by design (TARGET).
TEST_F(SurfaceTest, RecordedRefusalsAreAnsweredAlike) {
  MILLRACE_NEEDS_FIXTURES();
  settings.features.users = settings.features.addresses = true;
  std::set<std::string> served;
  for (const auto& route : open().gate().routes()) served.insert((route.absolute ? "" : "/agents/v1") + std::string(route.path));
  unsigned compared = 0;
  for (const auto& line : test::read_lines(*test::fixtures() / "craft/mariadb/api-t0.jsonl.gz")) {
    simdjson::dom::parser lines;
    const element exchange = lines.parse(line);
    const auto recorded = exchange["response"]["status"].get_int64().value();
    const std::string target(exchange["request"]["target"].get_string().value());
    const std::string token(exchange["request"]["token"].get_string().value());
    if (recorded < 400 || recorded == 500 || !served.contains(target.substr(0, target.find('?'))) || token == "bad") continue;
    const auto method = exchange["request"]["method"].get_string().value() == "GET" ? Method::kGet : Method::kPost;
    const std::string mine = token == "none" ? "" : token == "minimal" ? "token-recorded" : "token-full";
    const auto response = send(method, target, mine);
    const std::string code(exchange["response"]["body"]["error"].get_string().value());
    std::string message(exchange["response"]["body"]["message"].get_string().value());
    std::string_view scope;
    if (recorded == 403 && message.find("status") == message.npos && !exchange["response"]["body"]["requiredScope"].get(scope)) {
      message = "Missing required scope: " + std::string(scope.substr(0, scope.find(' ')));
    }
    if (message == "Invalid `limit`; expected integer between 1 and 200.") message = "Query parameter `limit` must be between 1 and 200";
    if (message.find("`types`") != message.npos) message = "Invalid `types` value(s): bogus. Allowed values: products, orders, entries.";
    EXPECT_EQ(response.status, recorded) << target;
    EXPECT_EQ(text(response, "/error/code"), code) << target;
    EXPECT_EQ(text(response, "/error/message"), message) << target;
    ++compared;
  }
  EXPECT_GE(compared, 250u);
}

}  // namespace
