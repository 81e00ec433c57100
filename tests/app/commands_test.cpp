// What each command asks for and says (contract craft-agents-governance section 8).
#include <set>

#include "app/commands/command_output.h"
#include "tests/app/command_stage.h"

namespace app::commands {
namespace {

using test::run;
using test::ScriptedServer;

constexpr char kProducts[] = "/agents/v1/products?status=live&sort=updatedAt&lowStockThreshold=10&limit=50";
constexpr char kTwoProducts[] =
    R"({"ok":true,"data":[{"id":5,"title":"Tea","slug":"tea","status":"live","updatedAt":"2026-01-02T03:04:05Z","hasUnlimitedStock":false,"totalStock":7},)"
    R"({"id":6,"title":"Café","slug":"café","status":"live","updatedAt":"2026-01-02T03:04:06Z","hasUnlimitedStock":true,"totalStock":null}],"page":{},"pagination":{},"requestId":"r"})";

TEST(PrettyJson, IsFourSpacesAndAscii) {
  EXPECT_EQ(pretty_json(R"({"a":[],"b":{},"c":[1,2.5,true,null],"d":{"é/\n":"🌾\""}})"),
            "{\n    \"a\": [],\n    \"b\": {},\n    \"c\": [\n        1,\n        2.5,\n        true,\n        null\n    ],\n    \"d\": {\n"
            "        \"\\u00e9/\\n\": \"\\ud83c\\udf3e\\\"\"\n    }\n}\n");
}

TEST(PrettyJson, KeepsNumbersAsTheyAre) {
  EXPECT_EQ(pretty_json("[453.91,9007199254740993,-1,18446744073709551615,0.1]"),
            "[\n    453.91,\n    9007199254740993,\n    -1,\n    18446744073709551615,\n    0.1\n]\n");
}

TEST(OneLine, NothingInANameMovesTheTerminal) {
  EXPECT_EQ(one_line("a\n- #9 forged\x1b[2J\x7f\xc2\x9b!"), "a - #9 forged [2J  !");
  EXPECT_EQ(one_line("Großmühle 東京 🌾"), "Großmühle 東京 🌾");
}

TEST(ListCommands, AskWithTheirDefaultsAndWriteALineARow) {
  ScriptedServer server;
  server.answers[kProducts] = {200, kTwoProducts};
  const auto ran = run("product-list", {}, server);
  EXPECT_EQ(ran.status, kFine);
  EXPECT_EQ(ran.out,
            "Products: 2\n- #5 Tea [tea] status=live stock=7 updated=2026-01-02T03:04:05Z\n"
            "- #6 Café [café] status=live stock=unlimited updated=2026-01-02T03:04:06Z\n");
  EXPECT_EQ(ran.err, "");
}

TEST(ListCommands, SendOptionsUnderTheNamesOfTheEndpoint) {
  ScriptedServer server;
  run("product-list", {.values = {{"search", "a&b é"}, {"low-stock", "1"}, {"limit", "3"}, {"status", "all"}}}, server);
  run("order-list", {.values = {{"last-days", "7"}}}, server);
  run("entry-show", {.values = {{"slug", "x"}, {"section", "news"}}}, server);
  EXPECT_EQ(server.asked, (std::vector<std::string>{
                              "GET /agents/v1/products?status=all&q=a%26b%20%C3%A9&sort=updatedAt&lowStock=1&lowStockThreshold=10&limit=3",
                              "GET /agents/v1/orders?status=all&lastDays=7&limit=50", "GET /agents/v1/entries/show?slug=x&section=news"}));
}

TEST(ListCommands, TheListPayloadRepeatsTheFiltersWhereTheServerDoesNot) {
  ScriptedServer server;
  server.answers["/agents/v1/products?status=live&q=5&sort=updatedAt&lowStock=1&lowStockThreshold=10&limit=50"] = {
      200, R"({"ok":true,"data":[],"requestId":"r"})"};
  const auto ran = run("product-list", {.values = {{"low-stock", "1"}, {"search", "5"}}, .json = true}, server);
  EXPECT_EQ(
      ran.out,
      pretty_json(
          R"({"data":[],"meta":{"count":0,"filters":{"status":"live","search":"5","sort":"updatedAt","lowStock":true,"lowStockThreshold":10,"limit":50},"errors":[]}})"));
}

TEST(ListCommands, AnUnknownStatusIsTakenAsLiveAndSaid) {
  ScriptedServer server;
  server.answers[kProducts] = {200, kTwoProducts};
  const auto ran = run("product-list", {.values = {{"status", "bogus"}}}, server);
  EXPECT_EQ(ran.status, kFine);
  EXPECT_TRUE(ran.out.starts_with("Products: 2\n"));
  EXPECT_NE(ran.err.find("\"bogus\""), std::string::npos);
}

TEST(ListCommands, ARefusedValueIsNamedByItsOptionAndPrintedAsPayload) {
  ScriptedServer server;
  const std::string refusal =
      R"({"error":{"code":"INVALID_REQUEST","message":"Invalid `lastDays`; expected integer."},"details":["Invalid `lastDays`; expected integer."],"requestId":"r"})";
  server.answers["/agents/v1/orders?status=all&lastDays=x&limit=50"] = {400, refusal};
  const auto text = run("order-list", {.values = {{"last-days", "x"}}}, server);
  EXPECT_EQ(text.status, kFailed);
  EXPECT_EQ(text.out, "");
  EXPECT_EQ(text.err, "Invalid --last-days; expected integer.\n");
  const auto json = run("order-list", {.values = {{"last-days", "x"}}, .json = true}, server);
  EXPECT_EQ(json.status, kFailed);
  EXPECT_EQ(json.out, pretty_json(R"({"data":[],"meta":{"count":0,"errors":["Invalid --last-days; expected integer."]}})"));
}

TEST(ShowCommands, NeedExactlyOneIdentifierAndAskNobodyWithoutIt) {
  ScriptedServer server;
  const auto none = run("order-show", {.json = true}, server);
  const auto both = run("order-show", {.values = {{"number", "a"}, {"resource-id", "1"}}}, server);
  EXPECT_EQ(none.status, kFailed);
  EXPECT_EQ(both.status, kFailed);
  EXPECT_EQ(none.out,
            pretty_json(R"({"data":null,"meta":{"count":0,"errors":["Provide exactly one identifier: --resource-id or --number."]}})"));
  EXPECT_EQ(both.err, "Provide exactly one identifier: --resource-id or --number.\n");
  EXPECT_TRUE(server.asked.empty());
}

TEST(ShowCommands, WhatIsRedactedIsMarked) {
  ScriptedServer server;
  server.answers["/agents/v1/orders/show?id=7"] = {
      200,
      R"({"ok":true,"data":{"id":7,"number":"abc","status":"new","email":null,"emailRedacted":true,"totalPrice":9.5,)"
      R"("dateCreated":"2026-01-01T00:00:00Z","lineItems":[{"id":1,"description":"Tea","sku":"T","qty":2}]},"meta":{"count":1,"errors":[]},"requestId":"r"})"};
  EXPECT_EQ(run("order-show", {.values = {{"resource-id", "7"}}}, server).out,
            "Order abc (#7)\nStatus: new\nEmail: [redacted]\nTotal: 9.50\nCreated: 2026-01-01T00:00:00Z\nLine items: 1\n  - Tea sku=T "
            "qty=2 total=[redacted]\n");
}

TEST(ShowCommands, NotFoundIsOneLineAndFails) {
  ScriptedServer server;
  server.answers["/agents/v1/entries/show?id=1"] = {404, R"({"error":{"code":"NOT_FOUND","message":"Entry not found."},"requestId":"r"})"};
  const auto ran = run("entry-show", {.values = {{"resource-id", "1"}}, .json = true}, server);
  EXPECT_EQ(ran.status, kFailed);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, "Entry not found.\n");
}

TEST(EveryCommand, SaysWhyThereIsNoAnswer) {
  class Away final : public OperatorServer {
    engine::Result<ServerAnswer> get(std::string_view) override { return engine::fail(engine::Errc::kUnavailable, "nobody there"); }
    engine::Result<ServerAnswer> post(std::string_view, std::string_view) override {
      return engine::fail(engine::Errc::kUnavailable, "nobody there");
    }
  } away;
  for (const auto& one : command_table()) {
    for (const bool json : {false, true}) {
      const auto ran = run(one.name, {.values = {{"resource-id", "1"}, {"credential", "1"}}, .json = json}, away);
      EXPECT_EQ(ran.status, kFailed) << one.name;
      EXPECT_EQ(ran.err, "nobody there\n") << one.name;
      EXPECT_EQ(ran.out, "") << one.name;
    }
  }
}

TEST(EveryCommand, RefusesAnAnswerThatIsNoneOfMillrace) {
  class Other final : public OperatorServer {
    engine::Result<ServerAnswer> get(std::string_view) override { return ServerAnswer{200, "<html>"}; }
    engine::Result<ServerAnswer> post(std::string_view, std::string_view) override { return ServerAnswer{200, "<html>"}; }
  } other;
  for (const auto& one : command_table()) {
    const auto ran = run(one.name, {.values = {{"resource-id", "1"}, {"credential", "1"}}}, other);
    EXPECT_EQ(ran.status, kFailed) << one.name;
    EXPECT_NE(ran.err, "") << one.name;
    EXPECT_EQ(ran.out, "") << one.name;
  }
}

TEST(EveryCommand, AnUnknownTokenIsExplained) {
  ScriptedServer server;
  server.answers["/agents/v1/sections"] = {401,
                                           R"({"error":{"code":"UNAUTHORIZED","message":"Missing or invalid token."},"requestId":"r"})"};
  const auto ran = run("section-list", {}, server);
  EXPECT_EQ(ran.status, kFailed);
  EXPECT_NE(ran.err.find("is admin.json of an earlier run"), std::string::npos) << ran.err;
}

TEST(CheckCommands, WarningsFailOnlyWhenStrict) {
  ScriptedServer server;
  server.answers["/agents/v1/diagnostics/bundle"] = {
      200, R"({"checks":{"smoke":{"errors":[],"warnings":["b","a","b"],"details":{"x":1},"generatedAt":"2026-01-01T00:00:00Z"}}})"};
  const auto lenient = run("smoke", {}, server);
  EXPECT_EQ(lenient.status, kFine);
  EXPECT_EQ(lenient.out, "Check: smoke\nStatus: ok\nWarnings:\n- a\n- b\n");
  const auto strict = run("smoke", {.strict = true}, server);
  EXPECT_EQ(strict.status, kFailed);
  EXPECT_EQ(strict.out, "Check: smoke\nStatus: failed\nMode: strict\nWarnings:\n- a\n- b\n");
  EXPECT_EQ(
      run("smoke", {.json = true, .strict = true}, server).out,
      pretty_json(
          R"({"check":"smoke","status":"failed","strict":true,"errors":[],"warnings":["a","b"],"details":{"x":1},"generatedAt":"2026-01-01T00:00:00Z"})"));
}

TEST(CheckCommands, AServerWithoutTheEndpointIsNoFine) {
  ScriptedServer server;
  for (const auto& one : command_table()) {
    if (!one.checks) continue;
    const auto ran = run(one.name, {}, server);
    EXPECT_EQ(ran.status, kFailed) << one.name;
    EXPECT_NE(ran.err.find(one.endpoint), std::string::npos) << ran.err;
  }
}

TEST(CheckCommands, TheMonitorsIssuesAreAsBadAsItsStatus) {
  ScriptedServer server;
  const auto answer = [&](const std::string& status) {
    server.answers["/admin/v1/notifications/check"] = {200, R"({"ok":true,"data":{"currentStatus":")" + status +
                                                                R"(","snapshot":{"status":")" + status +
                                                                R"(","issues":["late"],"generatedAt":"t"}},"requestId":"r"})"};
    return run("notifications-check", {}, server);
  };
  EXPECT_EQ(answer("warn").status, kFine);
  const auto critical = answer("critical");
  EXPECT_EQ(critical.status, kFailed);
  EXPECT_EQ(critical.err, "Errors:\n- late\n");
  EXPECT_EQ(server.asked.back(), "POST /admin/v1/notifications/check {}");
}

TEST(CatalogueCommands, AnUnknownIdIsNamed) {
  ScriptedServer server;
  const auto ran = run("starter-packs", {.values = {{"template-id", "nope"}}, .json = true}, server);
  EXPECT_EQ(ran.status, kFailed);
  EXPECT_EQ(ran.err, "Unknown starter pack: nope\n");
  EXPECT_EQ(server.asked, std::vector<std::string>{"GET /agents/v1/starter-packs?id=nope"});
}

TEST(CommandTable, NamesAreUniqueAndDescribedOnesAreTheContracts) {
  std::set<std::string_view> names, described;
  for (const auto& one : command_table()) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    if (one.described) described.insert(one.name);
    std::set<std::string_view> options;
    for (const auto& option : one.options) EXPECT_TRUE(options.insert(option.name).second) << one.name << ' ' << option.name;
  }
  EXPECT_EQ(described, (std::set<std::string_view>{"product-list", "order-list", "order-show", "entry-list", "entry-show", "section-list",
                                                   "auth-check", "readiness-check", "reliability-check", "lifecycle-report",
                                                   "template-catalog", "starter-packs", "diagnostics-bundle", "smoke"}));
}

}  // namespace
}  // namespace app::commands
