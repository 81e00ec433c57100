// Managed credentials and the audit log from the command line (contract craft-agents-governance sections 2 and 4.10).
#include <fstream>

#include "app/commands/command_output.h"
#include "tests/app/command_stage.h"
#include "tests/support/fixtures.h"

namespace app::commands {
namespace {

using test::run;
using test::ScriptedServer;

constexpr char kRecord[] =
    R"({"id":7,"handle":"bot","displayName":"Bot","description":"reads","owner":"me","tokenPrefix":"bot-abc","scopes":["auth:read","health:read"],"mode":"active",)"
    R"("webhookSubscriptions":{"resourceTypes":[],"actions":["updated"],"active":true},"ipAllowlist":["10.0.0.0/8"],"expiresAt":null,"expiryStatus":"never",)"
    R"("forceHumanApproval":false,"approvalRecipients":[],"rotatedAt":null,"lastUsedAt":"2026-01-01T00:00:00Z","lastUsedIp":"10.1.2.3"})";

ServerAnswer success(const std::string& data) { return {200, R"({"ok":true,"data":)" + data + R"(,"requestId":"r"})"}; }
ServerAnswer revealing() {
  return success(R"({"credential":)" + std::string(kRecord) +
                 R"(,"revealedCredential":{"id":7,"token":"bot-secret","handle":"bot","displayName":"Bot","action":"created"}})");
}

TEST(CredentialCommands, TheTokenIsAloneOnStandardOutput) {
  ScriptedServer server;
  server.answers["/admin/v1/credentials"] = revealing();
  const auto ran = run("credentials create", {.values = {{"handle", "bot"}}}, server);
  EXPECT_EQ(ran.status, kFine);
  EXPECT_EQ(ran.out, "bot-secret\n");
  EXPECT_EQ(ran.err.find("bot-secret"), std::string::npos);
  EXPECT_NE(ran.err.find("keep it now"), std::string::npos);
}

TEST(CredentialCommands, TheTokenStandsInTheDocumentWithTheWarningBeside) {
  ScriptedServer server;
  server.answers["/admin/v1/credentials/bot/rotate"] = revealing();
  const auto ran = run("credentials rotate", {.values = {{"credential", "bot"}}, .json = true}, server);
  const auto document = JsonDocument::parse(ran.out);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().at("data").at("revealedCredential").at("token").text(), "bot-secret");
  EXPECT_NE(ran.err, "");
}

TEST(CredentialCommands, SendOnlyWhatWasGivenInTheTypesOfTheApi) {
  ScriptedServer server;
  run("credentials update",
      {.values = {{"credential", "a/b"},
                  {"scopes", "health:read, auth:read"},
                  {"ip-allowlist", ""},
                  {"ttl-days", "-1"},
                  {"force-human-approval", "0"},
                  {"owner", ""}}},
      server);
  EXPECT_EQ(
      server.asked,
      std::vector<std::string>{
          R"(POST /admin/v1/credentials/a%2Fb/update {"owner":"","scopes":["health:read","auth:read"],"ipAllowlist":[],"ttlDays":-1,"forceHumanApproval":false})"});
}

TEST(CredentialCommands, EveryActionAsksItsPath) {
  ScriptedServer server;
  for (const auto name : {"show", "revoke", "pause", "resume", "delete"})
    run("credentials " + std::string(name), {.values = {{"credential", "bot"}}}, server);
  run("credentials rotate", {.values = {{"credential", "bot"}, {"overlap-seconds", "60"}}}, server);
  run("credentials rotate", {.values = {{"credential", "bot"}, {"revoke", "1"}}}, server);
  EXPECT_EQ(server.asked,
            (std::vector<std::string>{
                "GET /admin/v1/credentials/bot", "POST /admin/v1/credentials/bot/revoke {}", "POST /admin/v1/credentials/bot/pause {}",
                "POST /admin/v1/credentials/bot/resume {}", "POST /admin/v1/credentials/bot/delete {}",
                R"(POST /admin/v1/credentials/bot/rotate {"overlapSeconds":60})", "POST /admin/v1/credentials/bot/revoke-and-rotate {}"}));
}

TEST(CredentialCommands, ANumberThatIsNoneIsWrongUseAndAsksNobody) {
  ScriptedServer server;
  const auto ran = run("credentials create", {.values = {{"handle", "bot"}, {"ttl-days", "7d"}}}, server);
  EXPECT_EQ(ran.status, kWrongUse);
  EXPECT_EQ(ran.err, "--ttl-days: expected a whole number, not \"7d\"\n");
  EXPECT_TRUE(server.asked.empty());
}

TEST(CredentialCommands, ATokenOfOnesOwnComesFromAFile) {
  const test::TemporaryDirectory directory;
  const auto file = directory.path() / "token";
  std::ofstream(file) << "my-own-token-0123456789\nsecond line\n";
  ScriptedServer server;
  run("credentials create", {.values = {{"handle", "bot"}, {"token-file", file.string()}}}, server);
  EXPECT_EQ(server.asked, std::vector<std::string>{R"(POST /admin/v1/credentials {"handle":"bot","token":"my-own-token-0123456789"})"});
  EXPECT_EQ(run("credentials create", {.values = {{"handle", "bot"}, {"token-file", (directory.path() / "none").string()}}}, server).status,
            kWrongUse);
}

TEST(CredentialCommands, TheRefusalOfAFieldIsSaidAsTheServerSaysIt) {
  ScriptedServer server;
  server.answers["/admin/v1/credentials"] = {400, R"({"error":{"code":"INVALID_REQUEST","message":"handle: taken"},"requestId":"r"})"};
  const auto ran = run("credentials create", {.values = {{"handle", "bot"}}}, server);
  EXPECT_EQ(ran.status, kFailed);
  EXPECT_EQ(ran.err, "handle: taken\n");
  EXPECT_EQ(ran.out, "");
}

TEST(CredentialCommands, ListsAndRecordsNameWhatAnOperatorLooksFor) {
  ScriptedServer server;
  server.answers["/admin/v1/credentials"] = success("[" + std::string(kRecord) + "]");
  server.answers["/admin/v1/credentials/bot"] = success(kRecord);
  EXPECT_EQ(run("credentials list", {}, server).out,
            "Credentials: 1\n- #7 bot (Bot) mode=active scopes=2 token=bot-abc… expires=never used=2026-01-01T00:00:00Z from 10.1.2.3\n");
  const auto record = run("credentials show", {.values = {{"credential", "bot"}}}, server).out;
  for (const auto line : {"Credential bot (#7)\n", "Scopes: auth:read, health:read\n", "Webhooks: any type; updated\n",
                          "Allowed from: 10.0.0.0/8\n", "Expires: never\n"}) {
    EXPECT_NE(record.find(line), std::string::npos) << line << record;
  }
}

std::string rows(int from, int to) {
  std::string lines;
  for (int i = from; i <= to; ++i) lines += R"({"id":)" + std::to_string(i) + "}\n";
  return lines;
}

TEST(AuditCommands, AnExportGoesOnPageByPage) {
  ScriptedServer server;
  server.answers["/admin/v1/audit/export?from=1&limit=5000"] = {200, rows(1, 5000)};
  server.answers["/admin/v1/audit/export?from=5001&limit=5000"] = {200, rows(5001, 5003)};
  const auto ran = run("audit export", {}, server);
  EXPECT_EQ(ran.status, kFine);
  EXPECT_EQ(ran.out, rows(1, 5003));
}

TEST(AuditCommands, AnExportThatBreaksOffFails) {
  ScriptedServer server;
  server.answers["/admin/v1/audit/export?from=1&limit=5000"] = {200, rows(1, 5000)};
  EXPECT_EQ(run("audit export", {}, server).status, kFailed);
  server.answers["/admin/v1/audit/export?from=1&limit=5000"] = {200, rows(1, 3) + "{\"id\":4"};
  EXPECT_EQ(run("audit export", {}, server).status, kFailed);
}

TEST(AuditCommands, ABrokenChainFailsAndNamesTheRow) {
  ScriptedServer server;
  server.answers["/admin/v1/audit/verify"] = success(R"({"holds":true,"rows":3,"head":"ab","brokenAt":null,"problem":null})");
  const auto good = run("audit verify", {}, server);
  EXPECT_EQ(good.status, kFine);
  EXPECT_NE(good.out.find("3 rows, the chain holds"), std::string::npos);
  server.answers["/admin/v1/audit/verify"] = success(R"({"holds":false,"rows":3,"head":"ab","brokenAt":2,"problem":"does not follow"})");
  for (const bool json : {false, true}) EXPECT_EQ(run("audit verify", {.json = json}, server).status, kFailed);
  EXPECT_EQ(run("audit verify", {}, server).err, "Audit log: the chain is broken at row 2: does not follow\n");
}

TEST(AuditCommands, AListNamesWhoDidWhatAndHowToGoOn) {
  ScriptedServer server;
  server.answers["/admin/v1/audit?category=credential&actorId=op&limit=50"] = success(
      R"([{"id":9,"at":"2026-01-01T00:00:00Z","category":"credential","action":"rotate","outcome":"success","actorType":"operator","actorId":"op","ipAddress":"127.0.0.1","entityType":"credential","entityId":"7","summary":"bot rotated"}])");
  EXPECT_EQ(run("audit list", {.values = {{"category", "credential"}, {"actor", "op"}}}, server).out,
            "Audit rows: 1\n- #9 2026-01-01T00:00:00Z credential/rotate success by=operator:op from=127.0.0.1 on=credential:7 bot "
            "rotated\nOlder ones: --before=9\n");
}

}  // namespace
}  // namespace app::commands
