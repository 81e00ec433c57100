// What the surface says about itself, and external resources, which exist by description alone.
#include <map>
#include <set>

#include "app/surfaces/craft_agents/feed_types.h"
#include "app/surfaces/craft_agents/recipes.h"
#include "feed/facts.h"
#include "tests/app/surface_stage.h"

namespace {

using app::craft_agents::ExternalField;
using app::craft_agents::ExternalParameter;
using app::craft_agents::ExternalResource;

ExternalResource redirects() {
  ExternalResource resource;
  resource.plugin = "Retour";
  resource.resource = "redirects";
  resource.plugin_name = "Retour";
  resource.name = "Redirects";
  resource.parameters = {ExternalParameter{.name = "q", .fact = "urls", .contains = true},
                         ExternalParameter{.name = "statusCode", .type = "integer", .minimum = 300, .maximum = 399, .fact = "statusCode"},
                         ExternalParameter{.name = "enabled", .type = "boolean", .fact = "enabled"}};
  resource.fields = {ExternalField{"id", "integer"}, ExternalField{"sourceUrl"}};
  resource.detail_fields = {ExternalField{"raw", "object"}};
  return resource;
}

feed::Change redirect(std::string id, const std::string& source, const std::string& status) {
  auto change = test::change("retour.redirects", std::move(id), "x");
  change.created_at = change.appended_at = change.commit_time;
  change.parts.list = change.parts.feed = R"({"id":)" + change.key.id + R"(,"sourceUrl":")" + source + R"("})";
  change.parts.detail = R"({"id":)" + change.key.id + R"(,"raw":{}})";
  feed::Facts facts;
  facts.add("urls", "/elsewhere", false);
  facts.add("urls", source, false);
  facts.add("statusCode", status);
  facts.add("enabled", "1");
  facts.sort();
  change.facts = feed::encode_facts(facts);
  return change;
}

struct DescriptorsTest : test::SurfaceStage {
  std::vector<ExternalResource> externals{redirects()};
  DescriptorsTest() {
    types = app::craft_agents::feed_types(externals);
    who.push_back(test::credential("feed", {"changes:read"}));
    config.externals = externals;
  }
  std::set<std::string> keys(const engine::net::Response& response, std::string_view pointer) {
    simdjson::dom::element root;
    EXPECT_FALSE(parser.parse(response.body).get(root));
    std::set<std::string> names;
    simdjson::dom::object object;
    if (root.at_pointer(pointer).get(object)) return names;
    for (const auto& [name, value] : object) names.insert(std::string(name));
    return names;
  }
};

TEST_F(DescriptorsTest, SchemasHaveTheContractsKeys) {
  externals.clear();
  config.externals.clear();
  std::set<std::string> expected{"auth.whoami", "changes.feed", "syncstate.checkpoint", "consumers.checkpoint", "schema.catalog", "templates.catalog", "starterpacks.catalog"};
  for (const auto* name : {"products", "variants", "subscriptions", "transfers", "donations", "orders", "entries", "assets", "categories", "tags", "globalsets", "contentblocks"}) {
    expected.insert(std::string(name) + ".list");
    if (std::string_view(name) != "products" && std::string_view(name) != "entries") expected.insert(std::string(name) + ".show");
  }
  const auto answer = get("/schema");
  EXPECT_EQ(keys(answer, "/schemas"), expected);
  EXPECT_EQ(at(answer, "/count"), std::to_string(expected.size()));
  EXPECT_EQ(at(answer, "/schemas/entries.list/path"), "/agents/v1/entries");
  EXPECT_EQ(at(answer, "/schemas/entries.list/query/properties/updatedSince/format"), "date-time");
  EXPECT_EQ(at(answer, "/schemas/consumers.checkpoint/deprecated"), "true");
  EXPECT_EQ(at(answer, "/schemas/syncstate.checkpoint/body/type"), "object");
  EXPECT_EQ(at(answer, "/schemas/syncstate.checkpoint/body/properties/checkpointAt"), R"({"type":"string","format":"date-time"})");
  EXPECT_EQ(at(answer, "/schemas/syncstate.checkpoint/body/properties/metadata/type"), "object");
}

TEST_F(DescriptorsTest, CapabilitiesNameTheOperatorsCommands) {
  const auto answer = get("/capabilities");
  EXPECT_EQ(at(answer, "/commands/0"), "agents/product-list");
  EXPECT_EQ(at(answer, "/commands/13"), "agents/starter-packs");
  EXPECT_EQ(at(answer, "/commands/14"), "absent");
}

TEST_F(DescriptorsTest, OneSchemaIsGivenByItsKey) {
  const auto one = get("/schema?version=V1&endpoint=Products.List");
  EXPECT_EQ(at(one, "/endpoint"), "products.list");
  EXPECT_EQ(at(one, "/schema/response/properties/data/items/properties/totalStock/type"), R"(["integer","null"])");
  const auto version = get("/schema?version=v9");
  EXPECT_EQ(version.status, 400);
  EXPECT_EQ(at(version, "/error/message"), "Unsupported schema version `v9`.");
  EXPECT_EQ(at(version, "/details"), "absent");
  EXPECT_EQ(get("/schema?endpoint=nobody").status, 400);
  EXPECT_EQ(at(get("/schema?version=a%20b&endpoint=%2F"), "/details"),
            R"(["Invalid `version`; allowed characters are letters, digits, `.`, `_`, and `-`.","Invalid `endpoint`; allowed characters are letters, digits, `.`, `_`, and `-`."])");
}

TEST_F(DescriptorsTest, RecipesPointToRoutesThatAreServed) {
  std::map<std::string, const trust::Route*> served;
  for (const auto& route : surface().gate().routes()) {
    if (route.alias_of.empty()) served.emplace(std::string(engine::net::name(route.method)) + " " + std::string(route.path), &route);
  }
  for (const auto& recipe : app::craft_agents::recipes()) {
    if (recipe.experimental) continue;  // always listed, served with the control plane
    for (const auto& step : recipe.sequence) {
      const auto route = served.find(std::string(step.method) + " " + std::string(step.path));
      ASSERT_NE(route, served.end()) << step.path;
      EXPECT_EQ(route->second->key, step.key);
      EXPECT_NE(std::find(recipe.required_scopes.begin(), recipe.required_scopes.end(), route->second->scopes.required.front()), recipe.required_scopes.end());
    }
  }
}

TEST_F(DescriptorsTest, TemplatesAndStarterPacksComeTogetherAndOneByOne) {
  const auto templates = get("/templates");
  EXPECT_EQ(at(templates, "/count"), "4");
  EXPECT_EQ(at(templates, "/contracts"), R"({"openapi":"/agents/v1/openapi.json","schema":"/agents/v1/schema"})");
  EXPECT_EQ(at(templates, "/templates/2/requiresExperimental"), "true");
  EXPECT_EQ(at(templates, "/templates/0/requiresExperimental"), "absent");
  EXPECT_EQ(at(get("/templates?id=%20Support-Context-Lookup"), "/template/endpointSequence/1/schemaRef"), "/agents/v1/schema?version=v1&endpoint=orders.list");
  const auto unknown = get("/templates?id=nope");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(at(unknown, "/error/message"), "Unknown template `nope`.");
  const auto packs = get("/starter-packs");
  for (int i = 0; i < 4; ++i) {
    const auto pack = "/starterPacks/" + std::to_string(i);
    EXPECT_EQ(at(packs, pack + "/id"), at(templates, "/templates/" + std::to_string(i) + "/id"));
    for (const auto* runtime : {"curl", "javascript", "python"}) {
      const auto snippet = at(packs, pack + "/runtimes/" + runtime + "/snippet");
      for (const auto* word : {"SITE_URL", "BASE_URL", "AGENTS_TOKEN"}) EXPECT_NE(snippet.find(word), std::string::npos) << pack << runtime << word;
    }
  }
  EXPECT_EQ(at(packs, "/starterPacks/3/env/3"), R"({"name":"ENTRY_ID","required":true,"default":"1001"})");
}

TEST_F(DescriptorsTest, AnExternalResourceIsListedShownAndDescribed) {
  append({redirect("1", "/old", "301"), redirect("2", "/older", "302")});
  const auto list = get("/plugins/retour/redirects?statusCode=301");
  ASSERT_EQ(list.status, 200) << list.body;
  EXPECT_EQ(at(list, "/data"), R"([{"id":1,"sourceUrl":"/old"}])");
  EXPECT_EQ(at(list, "/provider"), R"({"plugin":"retour","resource":"redirects","scope":"plugins:retour:redirects:read"})");
  EXPECT_EQ(at(list, "/meta/count"), "1");
  EXPECT_EQ(at(list, "/page/nextCursor"), "null");
  EXPECT_EQ(at(get("/plugins/retour/redirects?q=OLDER"), "/meta/count"), "1");
  EXPECT_EQ(at(get("/plugins/retour/redirects?enabled=off"), "/meta/count"), "0");
  EXPECT_EQ(get("/plugins/retour/redirects?statusCode=200").status, 400);
  EXPECT_EQ(at(get("/plugins/RETOUR/Redirects/2"), "/data"), R"({"id":2,"raw":{}})");
  EXPECT_EQ(get("/plugins/retour/redirects/two").status, 400);
  EXPECT_EQ(get("/plugins/retour/redirects/9").status, 404);
  EXPECT_EQ(get("/plugins/retour/nothing", {}).status, 404) << "before authentication";
  EXPECT_EQ(at(get("/plugins/retour/redirects", "token-feed"), "/requiredScope"), "plugins:retour:redirects:read");
  const auto capabilities = get("/capabilities");
  EXPECT_EQ(at(capabilities, "/externalResources/0/resources/0/detailPath"), "/plugins/retour/redirects/{id}");
  EXPECT_TRUE(keys(capabilities, "/authorization/availableScopes").contains("plugins:retour:redirects:read"));
  EXPECT_TRUE(keys(get("/schema"), "/schemas").contains("plugins.retour.redirects.show"));
  const auto openapi = get("/openapi.json");
  EXPECT_EQ(at(openapi, "/paths/~1plugins~1retour~1redirects~1{id}/get/parameters/0/in"), "path");
  EXPECT_EQ(at(openapi, "/paths/~1plugins~1retour~1redirects/get/x-required-scopes"), R"(["plugins:retour:redirects:read"])");
}

TEST_F(DescriptorsTest, TheFeedHasExternalResourcesForWhoNamesThemAndHoldsTheirScope) {
  append({redirect("1", "/old", "301"), test::change("entry", "7", "Seven")});
  EXPECT_EQ(at(get("/changes"), "/page/count"), "1");
  const auto named = get("/changes?types=plugins.retour.redirects");
  EXPECT_EQ(at(named, "/data/0/resourceType"), "retour.redirects");
  EXPECT_EQ(at(named, "/page/types"), R"(["plugins.retour.redirects"])");
  EXPECT_EQ(at(get("/changes?types=retour.redirects", "token-feed"), "/requiredScope"), "plugins:retour:redirects:read");
  EXPECT_EQ(get("/changes?cursor=" + at(named, "/page/resumeCursor"), "token-feed").status, 403);
}

TEST_F(DescriptorsTest, ExternalResourcesThatAreNotWellFormedAreLeftOut) {
  auto bad = redirects();
  bad.resource = "a b";
  config.externals = {redirects(), redirects(), bad};
  EXPECT_EQ(at(get("/capabilities"), "/externalResources/0/resources/1"), "absent");
}

}  // namespace
