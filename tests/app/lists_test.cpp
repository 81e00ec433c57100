// Lists and shows: what a caller may see, in which order, under which filters.
#include <map>

#include "app/surfaces/craft_agents/json_members.h"
#include "app/surfaces/craft_agents/feed_types.h"
#include "app/surfaces/craft_agents/resources.h"
#include "engine/base/fold.h"
#include "feed/facts.h"
#include "tests/app/surface_stage.h"

namespace {

using engine::WallTime;
using std::chrono::seconds;

constexpr std::int64_t kStart = 1'772'000'000;

/// A listed resource whose list, feed and detail parts say its id and title; `facts` as {field, value}.
feed::Change listed(std::string type, std::string id, std::int64_t second, std::vector<std::pair<std::string, std::string>> facts = {},
                    const std::string& title = "Title") {
  feed::Change c;
  c.key = {std::move(type), std::move(id)};
  c.source_transaction = "t";
  c.feed_action = feed::Action::kCreated;
  c.created_at = c.updated_at = c.raw_updated_at = c.commit_time = c.appended_at = WallTime(seconds(kStart + second));
  c.parts.list = R"({"id":)" + c.key.id + R"(,"title":")" + title + R"("})";
  c.parts.feed = c.parts.list;
  c.parts.detail = R"({"id":)" + c.key.id + R"(,"title":")" + title + R"(","enabled":true})";
  feed::Facts known;
  for (const auto& [field, value] : facts) {
    for (std::size_t at = 0; at <= value.size();) {
      const auto end = std::min(value.find('|', at), value.size());
      known.add(field, value.substr(at, end - at), field != "ownersLive" && field != "stock" && field != "unlimited");
      at = end + 1;
    }
  }
  known.add_words(title);
  known.title = engine::folded(title);
  known.sort();
  c.facts = feed::encode_facts(known);
  return c;
}

feed::Change live_entry(std::string id, std::int64_t second, const std::string& title = "Title") {
  return listed("entry", std::move(id), second, {{"status", "live"}, {"ownersLive", "1"}, {"section", "news"}, {"type", "article"}, {"slug", "slug-" + title}}, title);
}

struct ListsTest : test::SurfaceStage {
  ListsTest() {
    types = app::craft_agents::feed_types();
    gate_config.features.users = gate_config.features.addresses = true;
    who = {test::credential("full", {"*"}),
           test::credential("plain", {"entries:read", "orders:read", "users:read", "addresses:read", "products:read", "changes:read", "sections:read"})};
  }
  std::string ids(const engine::net::Response& response) {
    std::string text;
    simdjson::dom::element root;
    EXPECT_FALSE(parser.parse(response.body).get(root)) << response.body;
    simdjson::dom::array data;
    if (root["data"].get(data)) return response.body;
    for (const auto item : data) text += (text.empty() ? "" : " ") + std::string(simdjson::minify(item["id"]));
    return text;
  }
};

TEST_F(ListsTest, AFullListIsNewestFirstInTheTargetEnvelope) {
  append({live_entry("1", 0), live_entry("2", 20), live_entry("3", 10)});
  const auto answer = get("/entries?limit=2");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(ids(answer), "2 3");
  EXPECT_EQ(at(answer, "/ok"), "true");
  EXPECT_EQ(at(answer, "/meta"), R"({"count":2,"filters":{"status":"live","search":null,"section":null,"type":null,"limit":2,"syncMode":"full","updatedSince":null},"errors":[]})");
  EXPECT_EQ(at(answer, "/page/syncMode"), "full");
  EXPECT_EQ(at(answer, "/page/snapshotEnd"), "null");
  EXPECT_EQ(at(answer, "/page/hasMore"), "true");
  EXPECT_EQ(at(answer, "/pagination/nextCursor"), at(answer, "/page/nextCursor"));
  const auto rest = get("/entries?limit=2&cursor=" + at(answer, "/page/nextCursor"));
  EXPECT_EQ(ids(rest), "1");
  EXPECT_EQ(at(rest, "/page/nextCursor"), "null");
}

TEST_F(ListsTest, AnIncrementalListGoesOnFromItsResumeCursor) {
  append({live_entry("1", 0), live_entry("2", 20)});
  const auto first = get("/entries?updatedSince=1970-01-01T00:00:00Z&limit=1");
  EXPECT_EQ(ids(first), "1");
  EXPECT_EQ(at(first, "/page/syncMode"), "incremental");
  EXPECT_EQ(at(first, "/page/updatedSince"), "1970-01-01T00:00:00Z");
  EXPECT_EQ(at(first, "/meta/filters/updatedSince"), "1970-01-01T00:00:00Z");
  const auto second = get("/entries?cursor=" + at(first, "/page/nextCursor") + "&updatedSince=nonsense");
  EXPECT_EQ(ids(second), "2");
  append({live_entry("3", 30)});
  EXPECT_EQ(ids(get("/entries?cursor=" + at(second, "/page/resumeCursor"))), "3");
}

TEST_F(ListsTest, ACursorOfAListAsItIsNowDoesNotGoWithUpdatedSince) {
  append({live_entry("1", 0), live_entry("2", 20)});
  const auto next = at(get("/entries?limit=1"), "/page/nextCursor");
  const auto answer = get("/entries?cursor=" + next + "&updatedSince=2026-01-01T00:00:00Z");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(at(answer, "/details"), R"(["Cursor does not match this endpoint or sync mode."])");
  EXPECT_EQ(get("/entries?section=news&cursor=" + next).status, 400);
  EXPECT_EQ(get("/assets?cursor=" + next).status, 400);
  EXPECT_EQ(get("/entries?cursor=garbage").status, 400);
}

TEST_F(ListsTest, AnExpiredCursorComesWithOneThatWorksForThatVeryList) {
  append({live_entry("1", 0), listed("entry", "2", 10, {{"status", "live"}, {"ownersLive", "1"}, {"section", "pages"}})});
  test::TemporaryDirectory elsewhere;
  engine::store::Options options;
  for (const auto& family : feed::kFamilies()) options.families.push_back(family);
  const auto other_store = std::move(*engine::store::Store::open((elsewhere.path() / "store").string(), options));
  const auto other_log = std::move(*feed::RocksChangeLog::open(*other_store));
  feed::ListRequest request;
  request.type = "entry";
  request.conditions = {{"status", "live"}, {"section", "news"}};
  request.now = timers.wall_now();
  const auto gone = get("/entries?section=news&cursor=" + feed::ListReader(*other_store, *other_log, types).earliest_cursor(request));
  EXPECT_EQ(gone.status, 410) << gone.body;
  EXPECT_EQ(at(gone, "/error/code"), "CURSOR_EXPIRED");
  const auto back = get("/entries?section=news&cursor=" + at(gone, "/error/details/earliestCursor"));
  EXPECT_EQ(ids(back), "1") << back.body;
  EXPECT_EQ(at(back, "/page/syncMode"), "incremental");
}

TEST_F(ListsTest, AnExpiredCursorOfTheFeedComesWithOneForItsOwnTypes) {
  append({live_entry("1", 0)});
  const auto old = reader.earliest_cursor(*types.parse(std::string_view("entries")), timers.wall_now());
  append({live_entry("1", 10, "Again")});
  feed::RetentionPolicy policy;
  policy.max_age = std::chrono::hours(1);
  ASSERT_TRUE(log.retain(policy, log.high_watermark(), timers.wall_now() + std::chrono::hours(48)));
  ASSERT_GT(log.first_offset(), feed::Offset{1});
  const auto gone = get("/changes?types=orders&cursor=" + old);
  EXPECT_EQ(gone.status, 410) << gone.body;
  const auto back = get("/changes?cursor=" + at(gone, "/error/details/earliestCursor"));
  EXPECT_EQ(at(back, "/page/types"), R"(["entries"])");
  EXPECT_EQ(at(back, "/page/count"), "1");
}

/// meta.filters of every list, as recorded, but for values of our own making.
TEST_F(ListsTest, EveryListEchoesItsFiltersInTheContractsOrder) {
  const std::map<std::string, std::string> expected{
      {"/variants", R"("status":"live","search":null,"sku":null,"productId":null,"limit":50)"},
      {"/subscriptions", R"("status":"active","search":null,"reference":null,"userId":null,"planId":null,"limit":50)"},
      {"/transfers", R"("status":"all","search":null,"originLocationId":null,"destinationLocationId":null,"limit":50)"},
      {"/donations", R"("status":"live","search":null,"sku":null,"limit":50)"},
      {"/orders", R"("status":"all","lastDays":30,"limit":50,"includeSensitive":true,"redactEmail":false)"},
      {"/entries", R"("status":"live","search":null,"section":null,"type":null,"limit":50)"},
      {"/assets", R"("search":null,"volume":null,"kind":null,"limit":50)"},
      {"/categories", R"("search":null,"group":null,"limit":50)"},
      {"/tags", R"("search":null,"group":null,"limit":50)"},
      {"/global-sets", R"("search":null,"limit":50)"},
      {"/addresses", R"("search":null,"ownerId":null,"countryCode":null,"postalCode":null,"limit":50,"includeSensitive":true,"redactSensitive":false)"},
      {"/content-blocks", R"("search":null,"ownerId":null,"fieldId":null,"limit":50)"},
      {"/users", R"("status":"active","search":null,"group":null,"limit":50,"includeSensitive":true,"redactEmail":false)"}};
  for (const auto& resource : app::craft_agents::resources()) {
    const auto answer = get(std::string(resource.path));
    ASSERT_EQ(answer.status, 200) << resource.path << answer.body;
    if (!resource.meta) {
      EXPECT_EQ(at(answer, "/meta"), "absent");
      continue;
    }
    EXPECT_EQ(at(answer, "/meta/filters"), "{" + expected.at(std::string(resource.path)) + R"(,"syncMode":"full","updatedSince":null})");
  }
  EXPECT_EQ(at(get("/addresses?countryCode=de&ownerId=7", "token-plain"), "/meta/filters"),
            R"({"search":null,"ownerId":7,"countryCode":"DE","postalCode":null,"limit":50,"includeSensitive":false,"redactSensitive":true,"syncMode":"full","updatedSince":null})");
  EXPECT_EQ(at(get("/entries?q=two&search=one"), "/meta/filters/search"), "one");
  EXPECT_EQ(at(get("/entries?q=two&search="), "/meta/filters/search"), "two");
  EXPECT_EQ(at(get("/entries?limit="), "/meta/filters/limit"), "50");
}

TEST_F(ListsTest, StatusesBeyondTheDefaultNeedTheirScope) {
  append({live_entry("1", 0), listed("entry", "2", 10, {{"status", "disabled"}, {"ownersLive", "1"}, {"slug", "hidden"}}),
          listed("entry", "3", 20, {{"status", "live"}, {"slug", "nested"}})});
  const auto refused = get("/entries?status=all", "token-plain");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(at(refused, "/requiredScope"), "entries:read_all_statuses");
  EXPECT_EQ(at(refused, "/error/message"), "The requested entry status requires elevated scope.");
  EXPECT_EQ(get("/entries?status=all&limit=0", "token-plain").status, 400);
  EXPECT_EQ(get("/entries?status=live&fields=id", "token-plain").status, 200);
  EXPECT_EQ(ids(get("/entries", "token-plain")), "1");
  EXPECT_EQ(ids(get("/entries")), "3 1");
  EXPECT_EQ(ids(get("/entries?status=ANY")), "3 2 1");
  EXPECT_EQ(at(get("/entries?status=any"), "/meta/filters/status"), "all");
  EXPECT_EQ(get("/entries/show?id=2", "token-plain").status, 404);
  EXPECT_EQ(get("/entries/show?slug=nested", "token-plain").status, 404);
  EXPECT_EQ(get("/entries/show?slug=hidden").status, 200);
  EXPECT_EQ(at(get("/entries/show?id=1", "token-plain"), "/data"), R"({"id":1,"title":"Title","enabled":true})");
}

feed::Change order(std::string id, std::int64_t second) {
  auto change = listed("order", std::move(id), second, {{"status", "shipped"}, {"number", "n" + std::to_string(second)}});
  change.parts.list = R"({"email":null,"emailRedacted":true,"total":1})";
  change.parts.detail = R"({"email":null,"emailRedacted":true,"lineItems":[{"sku":"a"}]})";
  change.parts.sensitive = R"({"email":"a\"b@example.test","emailRedacted":false,"lineItems":[{"sku":"a","total":5}]})";
  change.parts.unredacted = R"({"email":"a\"b@example.test","emailRedacted":false})";
  return change;
}

TEST_F(ListsTest, SensitiveMembersAreShownToWhoeverHasTheScope) {
  append({order("1", 0)});
  EXPECT_EQ(at(get("/orders?lastDays=0", "token-plain"), "/data/0"), R"({"email":null,"emailRedacted":true,"total":1})");
  EXPECT_EQ(at(get("/orders?lastDays=0"), "/data/0"), R"({"email":"a\"b@example.test","emailRedacted":false,"total":1})");
  EXPECT_EQ(at(get("/orders?lastDays=0&fields=email"), "/data/0"), R"({"email":"a\"b@example.test"})");
  EXPECT_EQ(at(get("/orders/show?id=1", "token-plain"), "/data/lineItems/0"), R"({"sku":"a"})");
  EXPECT_EQ(at(get("/orders/show?id=1"), "/data/lineItems/0"), R"({"sku":"a","total":5})");
}

TEST_F(ListsTest, WithRedactionOffEverybodySeesWhatTheScopeAloneDoesNotGive) {
  gate_config.redact_email = false;
  append({order("1", 0)});
  const auto list = get("/orders?lastDays=0", "token-plain");
  EXPECT_EQ(at(list, "/data/0/email"), "a\"b@example.test");
  EXPECT_EQ(at(list, "/meta/filters/includeSensitive"), "false");
  EXPECT_EQ(at(list, "/meta/filters/redactEmail"), "false");
  EXPECT_EQ(at(get("/orders/show?id=1", "token-plain"), "/data/lineItems/0"), R"({"sku":"a"})");
}

TEST_F(ListsTest, OrdersOfTheLastDaysAloneAreListedUnlessTheListIsIncremental) {
  const auto now = engine::unix_seconds(timers.wall_now()) - kStart;
  append({order("1", now - 40 * 86400), order("2", now - 86400)});
  EXPECT_EQ(at(get("/orders"), "/page/count"), "1");
  EXPECT_EQ(at(get("/orders?lastDays=0"), "/page/count"), "2");
  EXPECT_EQ(at(get("/orders?lastDays="), "/meta/filters/lastDays"), "30");
  const auto incremental = get("/orders?updatedSince=1970-01-01T00:00:00Z&limit=1");
  EXPECT_EQ(at(incremental, "/meta/filters/lastDays"), "0");
  EXPECT_EQ(at(incremental, "/page/hasMore"), "true");
  const auto onward = get("/orders?limit=1&cursor=" + at(incremental, "/page/nextCursor"));
  EXPECT_EQ(at(onward, "/page/count"), "1");
  EXPECT_EQ(at(onward, "/meta/filters/lastDays"), "0");
  EXPECT_EQ(at(get("/orders?status=nobody"), "/page/count"), "0");
  EXPECT_EQ(at(get("/orders?lastDays=0&status=SHIPPED!"), "/page/count"), "2");
}

TEST_F(ListsTest, ProductsWithLowStockAndTheirOrders) {
  append({listed("product", "1", 0, {{"status", "live"}, {"unlimited", "0"}, {"stock", "3"}}, "Beta"),
          listed("product", "2", 10, {{"status", "live"}, {"unlimited", "0"}, {"stock", "30"}}, "alpha"),
          listed("product", "3", 20, {{"status", "live"}, {"unlimited", "1"}}, "Gamma"), listed("product", "4", 30, {{"status", "expired"}}, "Delta")});
  EXPECT_EQ(ids(get("/products")), "1 2 3");
  EXPECT_EQ(ids(get("/products?sort=title&status=all")), "2 1 4 3");
  EXPECT_EQ(ids(get("/products?lowStock=1")), "1");
  EXPECT_EQ(ids(get("/products?lowStock=yes&lowStockThreshold=30")), "1 2");
  EXPECT_EQ(ids(get("/products?lowStock=0")), "1 2 3");
  const auto mixed = get("/products?lowStock=1&updatedSince=2026-01-01T00:00:00Z");
  EXPECT_EQ(mixed.status, 400);
  EXPECT_NE(at(mixed, "/error/message").find("lowStock"), std::string::npos);
  EXPECT_EQ(at(get("/products?limit=0&status=x&sort=y&lowStock=z&lowStockThreshold=-1&filter=q"), "/details"),
            R"(["Query parameter `limit` must be between 1 and 200","Invalid `status` value `x`. Allowed values: live, pending, disabled, expired, all, any.",)"
            R"("Invalid `sort` value `y`. Allowed values: updatedAt, createdAt, title.","Invalid `lowStock`; expected boolean value (`1|0|true|false|yes|no|on|off`).",)"
            R"("Invalid `lowStockThreshold`; expected integer between 0 and 1000000.","Invalid `filter` expression `q`; expected `path:value`.",)"
            R"("`filter` must include at least one valid `path:value` expression."])");
}

TEST_F(ListsTest, FiltersThatKnowNothingGiveAnEmptyList) {
  append({live_entry("1", 0)});
  for (const auto* target : {"/entries?section=nope", "/entries?type=nope", "/users?group=nope", "/orders?status=nope", "/transfers?status=nope",
                             "/assets?volume=nope", "/assets?kind=nope", "/tags?group=nope", "/addresses?countryCode=XX", "/variants?sku=nope"}) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 200) << target;
    EXPECT_EQ(at(answer, "/data"), "[]") << target;
  }
}

TEST_F(ListsTest, ASearchFindsWordsByTheirBeginnings) {
  append({live_entry("1", 0, "River north"), live_entry("2", 10, "Rivers"), live_entry("3", 20, "Lake")});
  EXPECT_EQ(ids(get("/entries?q=river")), "2 1");
  EXPECT_EQ(ids(get("/entries?search=river+NOR&q=lake")), "1");
}

TEST_F(ListsTest, AShowTakesExactlyOneIdentifier) {
  append({live_entry("7", 0, "a")});
  EXPECT_EQ(at(get("/entries/show"), "/details"), R"(["Provide exactly one identifier: `id` or `slug`."])");
  EXPECT_EQ(at(get("/entries/show?id=7&slug=x"), "/details"), R"(["Provide exactly one identifier: `id` or `slug`."])");
  EXPECT_EQ(at(get("/entries/show?id=abc"), "/details"), R"(["Invalid `id`; expected integer value."])");
  EXPECT_EQ(at(get("/entries/show?id=abc&slug=x"), "/details"), R"(["Invalid `id`; expected integer value.","Provide exactly one identifier: `id` or `slug`."])");
  EXPECT_EQ(at(get("/transfers/show"), "/error/message"), "Provide `id` with a positive integer value.");
  EXPECT_EQ(at(get("/orders/show?reference=x"), "/error/message"), "Provide exactly one identifier: `id` or `number`.");
  EXPECT_EQ(at(get("/entries/show?id=7"), "/meta"), R"({"count":1,"errors":[]})");
  EXPECT_EQ(at(get("/entries/show?slug=SLUG-A&section=news"), "/data/id"), "7");
  EXPECT_EQ(get("/entries/show?slug=slug-a&section=pages").status, 404);
  EXPECT_EQ(at(get("/entries/show?id=7&section=pages"), "/data/id"), "7");
  EXPECT_EQ(at(get("/entries/show?id=007"), "/data/id"), "7");
  EXPECT_EQ(at(get("/global-sets/show?id=1"), "/error/message"), "Global set not found.");
  EXPECT_EQ(get("/products/show?id=1").status, 404);
}

TEST_F(ListsTest, ExtraParametersNarrowAShowByIdToo) {
  append({listed("variant", "5", 0, {{"sku", "A-1"}, {"productId", "9"}}), listed("variant", "4", 0, {{"sku", "A-1"}, {"productId", "8"}})});
  EXPECT_EQ(at(get("/variants/show?sku=A-1"), "/data/id"), "4");
  EXPECT_EQ(at(get("/variants/show?sku=A-1&productId=9"), "/data/id"), "5");
  EXPECT_EQ(get("/variants/show?id=5&productId=8").status, 404);
  EXPECT_EQ(get("/variants/show?id=5&productId=9").status, 200);
}

TEST_F(ListsTest, SectionsComeByHandle) {
  for (const auto& [id, handle] : std::map<std::string, std::string>{{"1", "news"}, {"2", "Zebra"}, {"3", "home"}}) {
    auto section = listed("section", id, 0, {{"handle", handle}});
    section.visible.feed = section.visible.webhook = false;
    section.parts.list = R"({"id":)" + id + R"(,"handle":")" + handle + R"("})";
    append({section});
  }
  const auto answer = get("/sections", "token-plain");
  EXPECT_EQ(ids(answer), "2 3 1");
  EXPECT_EQ(at(answer, "/meta"), R"({"count":3,"errors":[]})");
}

TEST_F(ListsTest, WithoutItsShopTheShopsListsAreRefusedOnceTheScopeIsHeld) {
  gate_config.features.commerce = false;
  EXPECT_EQ(get("/variants", "token-plain").status, 403);
  const auto refused = get("/products");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(at(refused, "/error/code"), "INVALID_REQUEST");
  EXPECT_EQ(get("/orders/show?id=1").status, 400);
  EXPECT_EQ(at(get("/changes?types=products,entries"), "/details"), R"(["Commerce plugin is unavailable for product changes."])");
  EXPECT_EQ(at(get("/changes"), "/page/types"), R"(["entries","assets","categories","tags","globalsets","addresses","contentblocks","users"])");
}

TEST_F(ListsTest, UsersAndAddressesAnswer404WhereTheyAreSwitchedOff) {
  gate_config.features.users = gate_config.features.addresses = false;
  for (const auto* target : {"/users", "/users/show?id=1", "/addresses", "/addresses/show"}) EXPECT_EQ(get(target, {}).status, 404) << target;
}

TEST_F(ListsTest, UntilTheFirstSnapshotIsCompleteListsAskToRetry) {
  status.ready = false;
  for (const auto* target : {"/entries", "/entries/show?id=1", "/sections"}) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 503) << target;
    EXPECT_TRUE(answer.header("Retry-After")) << target;
  }
}

TEST(JsonMembers, OverlayReplacesWhatIsThereAndAddsNothing) {
  using app::craft_agents::overlaid;
  EXPECT_EQ(overlaid(R"({"a":1,"b":[{"x":"}"}],"c":"\"," })", R"({"b":null,"d":4,"c":{"k":[1,2]}})"), R"({"a":1,"b":null,"c":{"k":[1,2]}})");
  EXPECT_EQ(overlaid(R"({"a":1})", ""), R"({"a":1})");
  EXPECT_EQ(overlaid("{}", R"({"a":1})"), "{}");
  for (const auto* broken : {"", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":\"", "{\"a\":[}", "[1]", "{\"a\":1,}", "{\"a\":1}x", "{\"a\":}"}) {
    EXPECT_TRUE(app::craft_agents::json_members(broken).empty()) << broken;
  }
}

}  // namespace
