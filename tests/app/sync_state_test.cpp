// Checkpoints and lag (contract section 15).
#include <set>

#include "tests/app/surface_stage.h"

namespace {

using namespace std::chrono_literals;
constexpr auto kCheckpoint = "/sync-state/checkpoint";

struct SyncStateTest : test::SurfaceStage {
  static std::string text_or_null(simdjson::dom::element value) { return value.is_null() ? "null" : std::string(value.get_string().value()); }
  std::string message(const engine::net::Response& response) { return std::to_string(response.status) + " " + at(response, "/error/message"); }
};

TEST_F(SyncStateTest, ACheckpointIsARowWithEveryKeyOfTheContract) {
  const auto response = post(kCheckpoint, R"({"integrationKey":"FULL","resourceType":" Entries ","cursor":" c1 ","updatedSince":"2026-03-04T11:00:00+02:00",
                                           "checkpointAt":"2026-03-04 09:54:59","metadata":{"b":[1,2],"a":"é"},"lagSeconds":5})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(at(response, "/ok"), "true");
  EXPECT_NE(at(response, "/requestId"), "absent");
  EXPECT_EQ(at(response, "/data"),
            R"({"id":1,"integrationKey":"full","resourceType":"entries","cursor":"c1","updatedSince":"2026-03-04T09:00:00Z",)"
            R"("checkpointAt":"2026-03-04T09:54:59Z","lagSeconds":301,"lagBucket":"warning","metadata":{"b":[1,2],"a":"é"},)"
            R"("dateCreated":"2026-03-04T10:00:00Z","dateUpdated":"2026-03-04T10:00:00Z","changesBehind":null})");
}

TEST_F(SyncStateTest, WhatIsNotThereOrUnreadableTakesItsDefault) {
  const auto bare = post(kCheckpoint, R"({"resourceType":"orders"})");
  EXPECT_EQ(at(bare, "/data/integrationKey"), "full");
  EXPECT_EQ(at(bare, "/data/cursor"), "null");
  EXPECT_EQ(at(bare, "/data/metadata"), "{}");
  EXPECT_EQ(at(bare, "/data/lagSeconds"), "0");
  const auto garbage = post(kCheckpoint, R"({"resourceType":"orders","updatedSince":"soon","checkpointAt":["x"],"metadata":"{\"a\":1}","cursor":17})");
  EXPECT_EQ(at(garbage, "/data/updatedSince"), "null");
  EXPECT_EQ(at(garbage, "/data/checkpointAt"), "2026-03-04T10:00:00Z");
  EXPECT_EQ(at(garbage, "/data/metadata"), "{}");
  EXPECT_EQ(at(garbage, "/data/cursor"), "17");
  EXPECT_EQ(at(garbage, "/data/id"), "1");
  EXPECT_EQ(at(post(kCheckpoint, R"({"resourceType":"orders","metadata":[]})"), "/data/metadata"), "{}");
  EXPECT_EQ(at(post(kCheckpoint, R"({"resourceType":"orders","updatedSince":"2020-01-01"})"), "/data/updatedSince"), "2020-01-01T00:00:00Z");
  EXPECT_EQ(at(post(kCheckpoint, R"({"resourceType":"orders","updatedSince":"2020-01-01t10:00:00z"})"), "/data/updatedSince"), "2020-01-01T10:00:00Z");
}

TEST_F(SyncStateTest, TheKeyIsBoundToTheCredentialBeforeAnythingElseIsLookedAt) {
  for (const auto* body : {R"({"integrationKey":"crm-sync"})", R"({"integrationKey":5,"resourceType":"entries"})", R"({"integrationKey":"bad key!"})"}) {
    const auto refused = post(kCheckpoint, body);
    EXPECT_EQ(message(refused), "400 `integrationKey` must match the authenticated credential id `full`.");
    EXPECT_EQ(at(refused, "/details"), "absent");
  }
  for (const auto* body : {"{}", "[]", R"({"resourceType":"é!"})", R"({"integrationKey":"","resourceType":null})"}) {
    EXPECT_EQ(message(post(kCheckpoint, body)), "400 `resourceType` is required.") << body;
  }
  EXPECT_EQ(message(post(kCheckpoint, "{bad json")), "400 Request body must be valid JSON.");
  EXPECT_EQ(message(post(kCheckpoint, R"({"resourceType":{"a":1}})")), "400 Invalid `resourceType`; expected scalar value.");
}

TEST_F(SyncStateTest, TheLegacyTokenChoosesItsKeyWhileItIsAlone) {
  who = {test::credential("default", {"*"})};
  EXPECT_EQ(at(post(kCheckpoint, R"({"integrationKey":" --CRM  Sync!! ","resourceType":"entries"})", "token-default"), "/data/integrationKey"), "crm-sync");
  EXPECT_EQ(message(post(kCheckpoint, R"({"resourceType":"entries"})", "token-default")), "400 `integrationKey` is required for the legacy token.");
  surface().gate().replace_credentials(test::credentials({test::credential("default", {"*"}), test::credential("other", {"*"})}));
  EXPECT_EQ(post(kCheckpoint, R"({"integrationKey":"crm","resourceType":"entries"})", "token-default").status, 400);
}

TEST_F(SyncStateTest, WithoutTokensTheKeyIsTheCallers) {
  gate_config.require_token = false;
  EXPECT_EQ(at(post(kCheckpoint, R"({"integrationKey":"crm","resourceType":"entries"})", ""), "/data/integrationKey"), "crm");
  EXPECT_EQ(post(kCheckpoint, R"({"resourceType":"entries"})", "").status, 400);
}

TEST_F(SyncStateTest, NothingIsCutAndTooMuchIsSaid) {
  const std::string longest(16384, 'c');
  EXPECT_EQ(at(post(kCheckpoint, R"({"resourceType":"a","cursor":")" + longest + "\"}"), "/data/cursor"), longest);
  EXPECT_EQ(message(post(kCheckpoint, R"({"resourceType":"a","cursor":"c)" + longest + "\"}")), "400 `cursor` is too long; at most 16384 bytes are kept.");
  EXPECT_EQ(message(post(kCheckpoint, R"({"resourceType":"a","metadata":{"m":")" + std::string(17'000, 'm') + "\"}}")),
            "400 `metadata` is too large; at most 16384 bytes of JSON are kept.");
  EXPECT_EQ(at(post(kCheckpoint, R"({"resourceType":")" + std::string(40, 'r') + "\"}"), "/data/resourceType"), std::string(32, 'r'));
}

TEST_F(SyncStateTest, LagGrowsByItselfAndTheLongestComesFirst) {
  const auto report = [&](std::string resource, std::string at) {
    ASSERT_EQ(post(kCheckpoint, R"({"resourceType":")" + resource + R"(","checkpointAt":")" + at + "\"}").status, 200);
  };
  report("later", "2030-01-01T00:00:00Z");
  report("fresh", "2026-03-04T09:55:00Z");
  report("stale", "2026-03-04T09:29:59Z");
  report("tie", "2026-03-04T09:55:00Z");
  timers.set_wall(timers.wall_now() + 1s);
  report("fresh", "2026-03-04T09:55:00Z");  // its dateUpdated is now behind that of "tie"
  const auto lag = get("/sync-state/lag?fields=id");
  EXPECT_EQ(at(lag, "/meta"), R"({"count":4})");
  const std::vector<std::string> order{"stale", "tie", "fresh", "later"}, seconds{"1802", "301", "301", "0"}, buckets{"critical", "warning", "warning", "healthy"};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto row = "/data/" + std::to_string(i);
    EXPECT_EQ(at(lag, row + "/resourceType"), order[i]);
    EXPECT_EQ(at(lag, row + "/lagSeconds"), seconds[i]);
    EXPECT_EQ(at(lag, row + "/lagBucket"), buckets[i]);
  }
  EXPECT_EQ(at(get("/sync-state/lag?limit=1"), "/data/0/resourceType"), "stale");
  EXPECT_EQ(at(get("/sync-state/lag?limit=1"), "/meta/count"), "1");
  EXPECT_EQ(at(get("/sync-state/lag?resourceType=FRESH&integrationKey=Full"), "/meta/count"), "1");
  EXPECT_EQ(at(get("/sync-state/lag?integrationKey=nobody"), "/data"), "[]");
  EXPECT_EQ(message(get("/sync-state/lag?limit=1001")), "400 Invalid `limit`; expected integer between 1 and 1000.");
  EXPECT_EQ(get("/sync-state/lag?limit=0").status, 400);
}

TEST_F(SyncStateTest, ChangesBehindCountsWhatWasAppendedBehindTheCursor) {
  append({test::change("entry", "1", "a"), test::change("entry", "2", "b"), test::change("order", "3", "c")});
  const auto page = get("/changes?types=entries&limit=1");
  const auto report = [&](const std::string& cursor) { return at(post(kCheckpoint, R"({"resourceType":"changes","cursor":")" + cursor + "\"}"), "/data/changesBehind"); };
  EXPECT_EQ(report(at(page, "/page/nextCursor")), "2");
  const auto end = at(get("/changes?types=entries"), "/page/resumeCursor");
  EXPECT_EQ(report(end), "0");
  append({test::change("order", "4", "d"), test::change("entry", "2", "e")});
  timers.set_wall(timers.wall_now() + 240h);  // no longer good for reading, still a position
  EXPECT_EQ(at(get("/sync-state/lag"), "/data/0/changesBehind"), "2");
  EXPECT_EQ(report("cursor_of_somebody_else"), "null");
}

TEST_F(SyncStateTest, TheOlderNamesAreTheSameEndpointsAndEitherScopeWillDo) {
  who = {test::credential("old", {"consumers:read", "consumers:write"}), test::credential("new", {"syncstate:read", "syncstate:write"}),
         test::credential("none", {"health:read"})};
  EXPECT_EQ(post("/consumers/checkpoint", R"({"resourceType":"a"})", "token-old").status, 200);
  EXPECT_EQ(post(kCheckpoint, R"({"resourceType":"b"})", "token-old").status, 200);
  EXPECT_EQ(post("/consumers/checkpoint", R"({"resourceType":"a"})", "token-new").status, 200);
  EXPECT_EQ(at(get("/consumers/lag", "token-new"), "/data"), at(get("/sync-state/lag", "token-old"), "/data"));
  const auto refused = get("/sync-state/lag", "token-none");
  EXPECT_EQ(message(refused), "403 Missing required scope: syncstate:read");
  EXPECT_EQ(at(refused, "/requiredScope"), "syncstate:read | consumers:read");
  EXPECT_EQ(message(post("/consumers/checkpoint", "{}", "token-none")), "403 Missing required scope: syncstate:write");
  EXPECT_EQ(get(kCheckpoint, "token-new").status, 405);
}

TEST_F(SyncStateTest, TheDocumentShowsTheBody) {
  const auto document = get("/openapi.json").body;
  const std::string operation = "/paths/~1sync-state~1checkpoint/post";
  for (const auto* field : {"integrationKey", "resourceType", "cursor", "updatedSince", "checkpointAt", "metadata"}) {
    EXPECT_NE(at(document, operation + "/requestBody/content/application~1json/schema/properties/" + field), "absent") << field;
  }
  EXPECT_EQ(at(document, "/paths/~1consumers~1checkpoint/post/deprecated"), "true");
  EXPECT_EQ(at(document, "/paths/~1consumers~1lag/get/x-replaced-by"), "/sync-state/lag");
  EXPECT_EQ(at(document, "/paths/~1sync-state~1lag/get/x-legacy-scopes"), R"(["consumers:read"])");
}

/// Every recorded report and list of rows, in order: the same statuses, messages and rows. Lag is compared where it was not frozen at writing.
TEST_F(SyncStateTest, RecordedReportsAreAnsweredAlike) {
  MILLRACE_NEEDS_FIXTURES();
  who = {test::credential("full", {"*"}), test::credential("minimal", {"auth:read"}), test::credential("price-bot", {"*"})};
  unsigned compared = 0;
  for (const auto& line : test::read_lines(*test::fixtures() / "craft/mariadb/api-extra.jsonl.gz")) {
    simdjson::dom::parser lines;
    const simdjson::dom::element exchange = lines.parse(line);
    std::string target(exchange["request"]["target"].get_string().value());
    if (target.find("/sync-state/") == target.npos && target.find("/consumers/") == target.npos) continue;
    if (exchange["request"]["method"].get_string().value() != "POST") continue;
    const std::string token = "token-" + std::string(exchange["request"]["token"].get_string().value());
    const auto response = post(target.substr(std::string("/agents/v1").size()), simdjson::minify(exchange["request"]["body"].value()), token);
    const auto recorded = exchange["response"]["body"];
    ++compared;
    EXPECT_EQ(response.status, exchange["response"]["status"].get_int64().value()) << line;
    if (response.status != 200) {
      EXPECT_EQ(at(response, "/error/message"), recorded["message"].get_string().value());
      continue;
    }
    for (const auto* field : {"integrationKey", "resourceType", "updatedSince"}) {
      EXPECT_EQ(at(response, std::string("/data/") + field), text_or_null(recorded["data"][field].value())) << line;
    }
    EXPECT_TRUE(at(response, "/data/cursor").starts_with(text_or_null(recorded["data"]["cursor"].value()))) << line;  // the original cuts at 255
  }
  EXPECT_GE(compared, 30u);
}

}  // namespace
