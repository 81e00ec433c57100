#include <gmock/gmock.h>

#include "access/control/control_plane.h"
#include "access/vault.h"
#include "app/surfaces/craft_agents/control_bodies.h"
#include "tests/app/surface_stage.h"

namespace {

using app::craft_agents::draft_update_problem;
using app::craft_agents::read_payload;
using app::craft_agents::read_rules;
using ::testing::HasSubstr;

struct ControlRoutes : test::SurfaceStage {
  engine::crypto::SystemRandom random;
  std::unique_ptr<trust::Vault> vault = std::move(*trust::Vault::open(*store, engine::Secret(std::string(32, 'k')), {}, random));
  std::unique_ptr<trust::AuditLog> audit = std::move(*trust::AuditLog::open(*store, *vault, timers));
  std::size_t operators = 2;
  std::unique_ptr<trust::ControlPlane> plane = std::move(*trust::ControlPlane::open(*store, *audit, timers, {[this] { return operators; }}));

  ControlRoutes() {
    control = plane.get();
    gate_config.features.writes = true;
    who.push_back(test::credential("agent", {"control:approvals:request", "control:actions:execute", "control:actions:simulate"}));
    who.push_back(test::credential("alice", {"control:approvals:decide"}));
    who.push_back(test::credential("bob", {"control:approvals:write"}));
  }
  void policy(const std::string& json) { ASSERT_EQ(post("/control/policies/upsert", json).status, 200); }
  engine::net::Response ask(const std::string& members) {
    return post("/control/approvals/request", R"({"metadata":{"source":"s","agentId":"a","traceId":"t"},)" + members + "}", "token-agent");
  }
  engine::net::Response decide(const std::string& members, const std::string& by) {
    return post("/control/approvals/decide", "{" + members + "}", "token-" + by);
  }
  engine::net::Response execute(const std::string& members) { return post("/control/actions/execute", "{" + members + "}", "token-agent"); }
};

const std::vector<std::pair<engine::net::Method, std::string>> kRoutes{{engine::net::Method::kGet, "/control/policies"},
                                                                       {engine::net::Method::kPost, "/control/policies/upsert"},
                                                                       {engine::net::Method::kGet, "/control/approvals"},
                                                                       {engine::net::Method::kPost, "/control/approvals/request"},
                                                                       {engine::net::Method::kPost, "/control/approvals/decide"},
                                                                       {engine::net::Method::kGet, "/control/executions"},
                                                                       {engine::net::Method::kPost, "/control/policy-simulate"},
                                                                       {engine::net::Method::kPost, "/control/actions/execute"},
                                                                       {engine::net::Method::kGet, "/control/audit"}};

TEST_F(ControlRoutes, AreNotThereForAnybodyWhileTheFeatureIsOff) {
  gate_config.features.writes = false;
  for (const auto& [method, path] : kRoutes) {
    for (const auto* token : {"", "token-full"}) {
      const auto response = send(method, path, token, "{}");
      EXPECT_EQ(response.status, 404) << path;
      EXPECT_EQ(at(response, "/error/code"), "NOT_FOUND") << path;
    }
  }
}

TEST_F(ControlRoutes, AskForATokenAndTheirScope) {
  for (const auto& [method, path] : kRoutes) {
    EXPECT_EQ(send(method, path, "", "{}").status, 401) << path;
    const auto refused = send(method, path, "token-minimal", "{}");
    EXPECT_EQ(refused.status, 403) << path;
    EXPECT_THAT(at(refused, "/requiredScope"), HasSubstr("control:")) << path;
    const auto other = method == engine::net::Method::kGet ? engine::net::Method::kPost : engine::net::Method::kGet;
    EXPECT_EQ(send(other, path, "", "{}").status, 405) << path;
  }
}

TEST_F(ControlRoutes, FromTheRequestToTheExecution) {
  policy(R"({"handle":"Refunds","actionPattern":"orders.refund*","riskLevel":"high","config":{"maxAmount":50}})");
  const std::string deed = R"("actionType":"Orders.Refund","actionRef":"order-1","payload":{"amount":10,"note":"x"})";
  const auto asked = ask(deed + R"(,"reason":"twice")");
  ASSERT_EQ(asked.status, 200) << asked.body;
  EXPECT_EQ(at(asked, "/data/actionType"), "orders.refund");
  EXPECT_EQ(at(asked, "/data/requestedBy"), "agent");
  EXPECT_EQ(at(asked, "/data/requiredApprovals"), "2");
  EXPECT_EQ(at(asked, "/data/metadata"), R"({"source":"s","agentId":"a","traceId":"t"})");
  const auto first = decide(R"("approvalId":1,"decision":"approve")", "alice");
  EXPECT_EQ(at(first, "/data/status"), "pending");
  EXPECT_EQ(at(first, "/data/approvalsRemaining"), "1");
  EXPECT_EQ(at(decide(R"("approvalId":1,"decision":"APPROVED","decisionReason":"fine")", "bob"), "/data/status"), "approved");
  const auto done = execute(R"("actionType":"orders.refund","actionRef":"order-1","approvalId":1,"idempotencyKey":"k","payload":{"note":"x","amount":10})");
  EXPECT_EQ(at(done, "/data/status"), "succeeded") << done.body;  // the same payload, whatever the order of its members
  EXPECT_EQ(at(done, "/data/resultPayload/executionMode"), "record_only");
  EXPECT_EQ(at(done, "/meta/policy/requiredScope"), "control:actions:execute");
  const auto again = execute(R"("actionType":"orders.refund","actionRef":"order-1","approvalId":1,"idempotencyKey":"k","payload":{"amount":10,"note":"x"})");
  EXPECT_EQ(at(again, "/data/idempotentReplay"), "true");
  EXPECT_EQ(at(again, "/data/id"), "1");
  const auto changed = execute(R"("actionType":"orders.refund","actionRef":"order-1","approvalId":1,"idempotencyKey":"k","payload":{"amount":11})");
  EXPECT_EQ(changed.status, 400);
  const auto spent = execute(R"("actionType":"orders.refund","actionRef":"order-1","approvalId":1,"idempotencyKey":"k2","payload":{"amount":10,"note":"x"})");
  EXPECT_EQ(spent.status, 200);
  EXPECT_EQ(at(spent, "/data/resultPayload/reasonCode"), "approval_already_used");
  const auto rows = get("/control/audit?category=control.execution");
  EXPECT_EQ(at(rows, "/meta/count"), "2");
  EXPECT_EQ(at(rows, "/data/1/actorId"), "agent");
  EXPECT_EQ(at(rows, "/data/1/actorType"), "credential");
  EXPECT_EQ(at(rows, "/data/1/ipAddress"), "127.0.0.1");
  EXPECT_EQ(at(rows, "/data/1/requestId"), at(done, "/requestId"));
}

TEST_F(ControlRoutes, NobodyDecidesTheirOwnRequestOrTwice) {
  ask(R"("actionType":"a")");
  const auto own = post("/control/approvals/request", R"({"metadata":{"source":"s","agentId":"a","traceId":"t"},"actionType":"a"})", "token-bob");
  const auto id = at(own, "/data/id");
  EXPECT_EQ(decide("\"approvalId\":" + id + R"(,"decision":"approve")", "bob").status, 400);
  EXPECT_EQ(decide("\"approvalId\":" + id + R"(,"decision":"reject")", "bob").status, 400);
  EXPECT_EQ(decide(R"("approvalId":1,"decision":"approve")", "alice").status, 200);
  EXPECT_EQ(decide(R"("approvalId":1,"decision":"approve")", "alice").status, 400);
  const auto rejected = decide(R"("approvalId":1,"decision":"reject","decisionReason":"no")", "bob");
  EXPECT_EQ(at(rejected, "/data/status"), "rejected");
  EXPECT_EQ(at(rejected, "/data/decidedBy"), "alice");
  EXPECT_EQ(at(rejected, "/data/rejectedBy"), "bob");
  EXPECT_EQ(at(rejected, "/data/decisionReason"), "no");
  EXPECT_EQ(at(rejected, "/data/approvalCount"), "1");
  EXPECT_EQ(at(get("/control/audit?actorId=bob"), "/data/1/action"), "decision-denied");
}

TEST_F(ControlRoutes, RefusalsNameWhatIsWrong) {
  const auto message = [&](const engine::net::Response& response) { return at(response, "/error/message"); };
  EXPECT_THAT(message(post("/control/policies/upsert", "{}")), HasSubstr("`handle`"));
  EXPECT_THAT(message(post("/control/policies/upsert", R"({"handle":"a"})")), HasSubstr("`actionPattern`"));
  EXPECT_THAT(message(post("/control/policies/upsert", R"({"handle":"a","actionPattern":"a","requiresApproval":"maybe"})")), HasSubstr("`requiresApproval`"));
  EXPECT_THAT(message(post("/control/approvals/request", "{}")), HasSubstr("metadata.source"));
  EXPECT_THAT(message(ask(R"("payload":{})")), HasSubstr("`actionType`"));
  EXPECT_THAT(message(ask(R"("actionType":"a","payload":{"n":{"x":1,"x":2}})")), HasSubstr("`x`"));
  EXPECT_THAT(message(decide(R"("decision":"approve")", "alice")), HasSubstr("`approvalId`"));
  EXPECT_THAT(message(decide(R"("approvalId":77)", "alice")), HasSubstr("`approved`"));
  EXPECT_EQ(decide(R"("approvalId":77,"decision":"approve")", "alice").status, 404);
  EXPECT_THAT(message(execute(R"("payload":{})")), HasSubstr("`actionType`"));
  EXPECT_THAT(message(execute(R"("actionType":"a")")), HasSubstr("`idempotencyKey`"));
  EXPECT_THAT(message(post("/control/policy-simulate", "{}", "token-agent")), HasSubstr("`actionType`"));
  for (const auto* limit : {"0", "201", "x"}) EXPECT_EQ(get(std::string("/control/approvals?limit=") + limit).status, 400) << limit;
  const auto large = ask(R"("actionType":"a","payload":{"t":")" + std::string(trust::kPayloadBytes, 'x') + "\"}");
  EXPECT_EQ(large.status, 400);
  EXPECT_EQ(plane->counts().approvals_pending, 0u);
}

TEST_F(ControlRoutes, TheScopeOfThePolicyIsNamedWhereItLacks) {
  policy(R"({"handle":"a","actionPattern":"a","requiresApproval":false,"config":{"requiredScope":"Orders:Read"}})");
  const auto refused = execute(R"("actionType":"a","idempotencyKey":"k")");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(at(refused, "/requiredScope"), "orders:read");
  EXPECT_EQ(execute(R"("actionType":"entry.updateDraft","idempotencyKey":"k")").status, 403);
  EXPECT_EQ(at(post("/control/actions/execute", R"({"actionType":"a","idempotencyKey":"k"})"), "/data/status"), "succeeded");
}

TEST_F(ControlRoutes, WhatTheServerWritesIntoMetadataCannotBeForged) {
  const auto asked = post(
      "/control/approvals/request",
      R"({"actionType":"a","metadata":{"source":"s","agentId":"a","traceId":"t","_agentsRequester":{"managedCredentialId":1},"_agentsDraftExecution":{}}})",
      "token-agent");
  EXPECT_EQ(at(asked, "/data/metadata"), R"({"source":"s","agentId":"a","traceId":"t"})");
  EXPECT_EQ(at(asked, "/data/draftExecutionMetadata"), "{}");
}

TEST_F(ControlRoutes, AManagedCredentialThatIsForcedNeedsAnApproval) {
  policy(R"({"handle":"all","actionPattern":"*","requiresApproval":false})");
  const auto key = std::make_shared<const trust::TokenKey>();
  trust::ManagedCredential managed;
  managed.id = trust::ManagedId{7};
  managed.handle = "robot";
  managed.scopes = {"control:actions:execute", "control:actions:simulate", "control:approvals:request"};
  managed.digest = key->digest("token-robot");
  const auto use = [&] {
    auto set =
        trust::CredentialSet::build(std::vector{managed}, timers.wall_now(), who, gate_config.features, {}, key);
    surface().gate().replace_credentials(std::make_shared<const trust::CredentialSet>(std::move(*set)));
  };
  use();
  const std::string body = R"({"actionType":"a","idempotencyKey":"k","metadata":{"source":"s","agentId":"a","traceId":"t"}})";
  EXPECT_EQ(at(post("/control/actions/execute", body, "token-robot"), "/data/resultPayload/reasonCode"), "approval_required");
  EXPECT_EQ(at(post("/control/policy-simulate", body, "token-robot"), "/data/evaluation/forceHumanApproval"), "true");
  EXPECT_EQ(at(post("/control/policy-simulate", body, "token-robot"), "/data/evaluation/status"), "requires_approval");
  EXPECT_EQ(at(post("/control/approvals/request", body, "token-robot"), "/data/metadata/_agentsRequester/managedCredentialId"), "7");
  managed.force_human_approval = false;
  use();
  EXPECT_EQ(at(post("/control/policy-simulate", body, "token-robot"), "/data/evaluation/status"), "allowed");
}

TEST_F(ControlRoutes, ADraftUpdateNeedsAnEntryThatExists) {
  policy(R"({"handle":"drafts","actionPattern":"entry.*","requiresApproval":false})");
  append({test::change("entry", "12", "A post")});
  const auto send_draft = [&](const std::string& payload) {
    return post("/control/actions/execute", R"({"actionType":"entry.updateDraft","idempotencyKey":"k","payload":)" + payload + "}");
  };
  EXPECT_EQ(send_draft(R"({"title":"x"})").status, 400);
  EXPECT_EQ(send_draft(R"({"entryId":13,"title":"x"})").status, 400);
  const auto simulated = post("/control/policy-simulate", R"({"actionType":"entry.updateDraft","payload":{"entryId":13,"title":"x"}})");
  EXPECT_EQ(at(simulated, "/data/evaluation/status"), "blocked");
  EXPECT_THAT(at(simulated, "/data/evaluation/reasons/0"), HasSubstr("13"));
  const auto done = send_draft(R"({"entryId":12,"title":"x"})");
  EXPECT_EQ(at(done, "/data/status"), "succeeded") << done.body;
  EXPECT_EQ(at(done, "/data/resultPayload/executionMode"), "record_only");
  EXPECT_EQ(at(done, "/data/resultPayload/entryId"), "12");
  EXPECT_EQ(at(done, "/data/requiredScope"), "entries:write:draft");
}

TEST_F(ControlRoutes, ListsGoOnWhereTheyEnded) {
  for (int i = 0; i < 3; ++i) ask(R"("actionType":"entry.updateDraft")");
  const auto page = get("/control/approvals?limit=2&actionType=entry.updateDraft&status=PENDING");
  EXPECT_EQ(at(page, "/meta/count"), "2");
  EXPECT_EQ(at(page, "/meta/nextBefore"), "2");
  const auto rest = get("/control/approvals?limit=2&before=2");
  EXPECT_EQ(at(rest, "/data/0/id"), "1");
  EXPECT_EQ(at(rest, "/meta/nextBefore"), "null");
  EXPECT_EQ(at(get("/control/approvals?status=unknown"), "/data"), "[]");
  EXPECT_EQ(at(get("/control/executions?status=blocked"), "/meta/count"), "0");
}

TEST_F(ControlRoutes, AListingShowsWhatTimeHasDone) {
  policy(R"({"handle":"all","actionPattern":"*","config":{"approvalSlaMinutes":1,"escalateAfterMinutes":"2","expireAfterMinutes":3}})");
  ask(R"("actionType":"a")");
  timers.advance(std::chrono::minutes(2));
  EXPECT_EQ(at(get("/control/approvals"), "/data/0/slaState"), "escalated");
  timers.advance(std::chrono::minutes(1));
  EXPECT_EQ(at(get("/control/approvals"), "/data/0/status"), "expired");
  EXPECT_EQ(at(get("/control/audit"), "/data/0/actorId"), "system:sla");
}

TEST_F(ControlRoutes, TheHeaderWinsOverTheKeyInTheBody) {
  auto r = request(engine::net::Method::kPost, "/control/actions/execute", "token-full", R"({"actionType":"a","idempotencyKey":"body"})");
  r.headers.push_back({"X-Idempotency-Key", "header"});
  auto future = asio::co_spawn(loop, surface().handle(r), asio::use_future);
  settle([&] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
  EXPECT_EQ(at(future.get(), "/data/idempotencyKey"), "header");
}

TEST(ControlBodies, AnObjectMayComeAsItsTextAndAnythingElseIsEmpty) {
  EXPECT_EQ(read_payload("a", R"({"b": 1, "a": [1, 2.50]})", {})->canonical, R"({"a":[1,2.5],"b":1})");
  EXPECT_EQ(read_payload("a", R"({"b": 1, "a": 2})", {})->json, R"({"b":1,"a":2})");
  for (const auto* other : {"[1]", "7", "\"x\"", "{", ""}) EXPECT_EQ(read_payload("a", other, {})->json, "{}") << other;
  EXPECT_EQ(read_payload("a", std::nullopt, {})->canonical, "{}");
}

TEST(ControlBodies, AmountAndCategoryComeFromTheFirstThatHasThem) {
  const auto facts = [](std::string_view payload, std::string_view metadata) { return read_payload("a", payload, metadata)->facts; };
  EXPECT_EQ(facts(R"({"amount":"12.5","total":9})", "{}").amount, 12.5);
  EXPECT_EQ(facts(R"({"amount":"much","total":9})", "{}").amount, 9);
  EXPECT_EQ(facts(R"({"amount":null})", R"({"amount":3})").amount, 3);
  EXPECT_EQ(facts(R"({"amount":"inf"})", "{}").amount, std::nullopt);
  EXPECT_EQ(facts(R"({"category":" ","reasonCode":"Fraud"})", R"({"category":"x"})").category, "fraud");
  EXPECT_EQ(facts("{}", R"({"category":"X"})").category, "x");
}

TEST(ControlBodies, WhatOfAConfigCounts) {
  const auto rules = read_rules(R"({"requiredScope":" A:b ","requiredApprovals":"2","dualApprovalMinAmount":"10.5","dualApprovalCategories":"Fraud, gift",
    "dualApprovalActionPatterns":["orders.*"," "],"approvalSlaMinutes":5,"escalateAfterMinutes":-1,"expireAfterMinutes":99999999999,"own":true})");
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->required_scope, "a:b");
  EXPECT_TRUE(rules->two_people);
  EXPECT_EQ(rules->dual_min_amount, 10.5);
  EXPECT_EQ(rules->dual_categories, (std::vector<std::string>{"fraud", "gift"}));
  EXPECT_EQ(rules->dual_patterns, std::vector<std::string>{"orders.*"});
  EXPECT_EQ(rules->sla_minutes, 5u);
  EXPECT_EQ(rules->escalate_minutes, 0u);
  EXPECT_EQ(rules->expire_minutes, 5'270'400u);  // ten years
  EXPECT_TRUE(read_rules(R"({"twoPersonApproval":true})")->two_people);
  EXPECT_FALSE(read_rules(R"({"twoPersonApproval":"no","requiredApprovals":1})")->two_people);
  EXPECT_FALSE(read_rules(R"({"requiredScope":")" + std::string(97, 'a') + "\"}"));
}

TEST(ControlBodies, TheFormOfADraftUpdate) {
  EXPECT_EQ(draft_update_problem(R"({"entryId":1,"title":"x"})"), "");
  EXPECT_EQ(draft_update_problem(R"({"entryId":"1","slug":null,"siteId":2,"draftId":3,"fields":{"body":"x"}})"), "");
  for (const auto& [payload, named] : std::vector<std::pair<std::string, std::string>>{{R"({"title":"x"})", "entryId"},
                                                                                       {R"({"entryId":0,"title":"x"})", "entryId"},
                                                                                       {R"({"entryId":1.5,"title":"x"})", "entryId"},
                                                                                       {R"({"entryId":1,"siteId":-1,"title":"x"})", "siteId"},
                                                                                       {R"({"entryId":1,"draftId":"x","title":"x"})", "draftId"},
                                                                                       {R"({"entryId":1,"title":{}})", "title"},
                                                                                       {R"({"entryId":1,"draftNotes":true})", "draftNotes"},
                                                                                       {R"({"entryId":1,"fields":[]})", "fields"},
                                                                                       {R"({"entryId":1,"fields":{}})", "fields"},
                                                                                       {R"({"entryId":1})", "title"}}) {
    EXPECT_THAT(draft_update_problem(payload), HasSubstr(named)) << payload;
  }
}

}  // namespace
