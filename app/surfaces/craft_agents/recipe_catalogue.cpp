#include "app/surfaces/craft_agents/recipes.h"

namespace app::craft_agents {

namespace {

constexpr std::string_view kCurlHead = R"~(#!/usr/bin/env bash
set -euo pipefail
SITE_URL="${SITE_URL:-https://example.test}"
BASE_URL="${BASE_URL:-$SITE_URL/agents/v1}"
: "${AGENTS_TOKEN:?set AGENTS_TOKEN}"
get() { curl -fsS -H "Authorization: Bearer $AGENTS_TOKEN" "$BASE_URL$1"; }
post() { curl -fsS -X POST -H "Authorization: Bearer $AGENTS_TOKEN" -H "Content-Type: application/json" "${@:3}" -d "$2" "$BASE_URL$1"; }
)~";

constexpr std::string_view kJavascriptHead = R"~(const SITE_URL = process.env.SITE_URL ?? 'https://example.test';
const BASE_URL = process.env.BASE_URL ?? `${SITE_URL}/agents/v1`;
const AGENTS_TOKEN = process.env.AGENTS_TOKEN;
if (!AGENTS_TOKEN) throw new Error('set AGENTS_TOKEN');

async function call(path, body, headers = {}) {
  const response = await fetch(BASE_URL + path, {
    method: body ? 'POST' : 'GET',
    headers: { Authorization: `Bearer ${AGENTS_TOKEN}`, 'Content-Type': 'application/json', ...headers },
    body: body ? JSON.stringify(body) : undefined,
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${answer.error?.code}`);
  return answer;
}

)~";

constexpr std::string_view kPythonHead = R"~(import os
import requests

SITE_URL = os.environ.get("SITE_URL", "https://example.test")
BASE_URL = os.environ.get("BASE_URL", SITE_URL + "/agents/v1")
session = requests.Session()
session.headers["Authorization"] = "Bearer " + os.environ["AGENTS_TOKEN"]


def call(path, body=None, **headers):
    answer = session.request("POST" if body else "GET", BASE_URL + path, json=body, headers=headers, timeout=30)
    answer.raise_for_status()
    return answer.json()


)~";

std::string whole(std::string_view head, std::string_view body) { return std::string(head) + std::string(body); }

constexpr RecipeStep kWhoami{"GET", "/auth/whoami", "auth.whoami"};
constexpr RecipeStep kRequest{"POST", "/control/approvals/request", "control.approvals.request"};
constexpr RecipeStep kDecide{"POST", "/control/approvals/decide", "control.approvals.decide"};
constexpr RecipeStep kExecute{"POST", "/control/actions/execute", "control.actions.execute"};
constexpr RecipeStep kExecutions{"GET", "/control/executions", "control.executions.list"};
constexpr RecipeVariable kOrderNumber{"ORDER_NUMBER", false, "A1B2C3D4"};
constexpr std::string_view kWhoamiCommand = R"(curl -sS -H "Authorization: Bearer $AGENTS_TOKEN" "$BASE_URL/auth/whoami")";

Recipe catalog_sync() {
  return {
      .id = "catalog-sync-loop", .display_name = "Catalog + Content Sync Loop",
      .intent = "Copy products and entries once, then follow the change feed and record how far you are.",
      .required_scopes = {"auth:read", "products:read", "entries:read", "changes:read", "syncstate:write"},
      .sequence = {kWhoami, {"GET", "/products", "products.list"}, {"GET", "/entries", "entries.list"}, {"GET", "/changes", "changes.feed"},
                   {"POST", "/sync-state/checkpoint", "syncstate.checkpoint"}},
      .sample_commands = {kWhoamiCommand,
                          R"(curl -sS -H "Authorization: Bearer $AGENTS_TOKEN" "$BASE_URL/products?status=live&limit=100")",
                          R"(curl -sS -H "Authorization: Bearer $AGENTS_TOKEN" "$BASE_URL/entries?status=live&limit=100")",
                          R"(curl -sS -H "Authorization: Bearer $AGENTS_TOKEN" "$BASE_URL/changes?types=products,entries&limit=100")",
                          R"(curl -sS -X POST -H "Authorization: Bearer $AGENTS_TOKEN" -H "Content-Type: application/json" "$BASE_URL/sync-state/checkpoint" -d '{"resourceType":"changes","cursor":"CURSOR"}')"},
      .curl = whole(kCurlHead, R"~(get /auth/whoami
get '/products?status=live&limit=100'
get '/entries?status=live&limit=100'
changes="$(get '/changes?types=products,entries&limit=100')"
cursor="$(sed -E 's/.*"resumeCursor":"([^"]*)".*/\1/' <<<"$changes")"
post /sync-state/checkpoint "{\"resourceType\":\"changes\",\"cursor\":\"$cursor\"}"
)~"),
      .javascript = whole(kJavascriptHead, R"~(console.log(await call('/auth/whoami'));
const products = await call('/products?status=live&limit=100');
const entries = await call('/entries?status=live&limit=100');
console.log(products.data.length, 'products,', entries.data.length, 'entries');

let page = await call('/changes?types=products,entries&limit=100');
for (;;) {
  for (const change of page.data) console.log(change.action, change.resourceType, change.resourceId);
  if (!page.page.hasMore) break;
  page = await call(`/changes?limit=100&cursor=${page.page.nextCursor}`);
}
await call('/sync-state/checkpoint', { resourceType: 'changes', cursor: page.page.resumeCursor });
)~"),
      .python = whole(kPythonHead, R"~(print(call("/auth/whoami")["data"])
products = call("/products?status=live&limit=100")
entries = call("/entries?status=live&limit=100")
print(len(products["data"]), "products,", len(entries["data"]), "entries")

page = call("/changes?types=products,entries&limit=100")
while True:
    for change in page["data"]:
        print(change["action"], change["resourceType"], change["resourceId"])
    if not page["page"]["hasMore"]:
        break
    page = call("/changes?limit=100&cursor=" + page["page"]["nextCursor"])
call("/sync-state/checkpoint", {"resourceType": "changes", "cursor": page["page"]["resumeCursor"]})
)~")};
}

Recipe support_lookup() {
  return {
      .id = "support-context-lookup", .display_name = "Support Context Lookup",
      .intent = "Give a support conversation the orders and the content it is about.",
      .required_scopes = {"auth:read", "orders:read", "entries:read"},
      .optional_scopes = {"entries:read_all_statuses", "orders:read_sensitive"},
      .sequence = {kWhoami, {"GET", "/orders", "orders.list"}, {"GET", "/orders/show", "orders.show"}, {"GET", "/entries", "entries.list"}},
      .sample_commands = {R"(curl -sS -H "Authorization: Bearer $AGENTS_TOKEN" "$BASE_URL/orders?status=all&lastDays=14&limit=20")",
                          R"(curl -sS -H "Authorization: Bearer $AGENTS_TOKEN" "$BASE_URL/orders/show?number=$ORDER_NUMBER")",
                          R"(curl -sS -H "Authorization: Bearer $AGENTS_TOKEN" "$BASE_URL/entries?section=$SUPPORT_SECTION&status=live&limit=20")"},
      .variables = {kOrderNumber, {"SUPPORT_SECTION", false, "support"}},
      .curl = whole(kCurlHead, R"~(get /auth/whoami
get '/orders?status=all&lastDays=14&limit=20'
get "/orders/show?number=${ORDER_NUMBER:-A1B2C3D4}"
get "/entries?section=${SUPPORT_SECTION:-support}&status=live&limit=20"
)~"),
      .javascript = whole(kJavascriptHead, R"~(const number = process.env.ORDER_NUMBER ?? 'A1B2C3D4';
const section = process.env.SUPPORT_SECTION ?? 'support';
console.log(await call('/auth/whoami'));
const orders = await call('/orders?status=all&lastDays=14&limit=20');
const order = await call(`/orders/show?number=${encodeURIComponent(number)}`);
const articles = await call(`/entries?section=${encodeURIComponent(section)}&status=live&limit=20`);
console.log(orders.data.length, 'recent orders;', order.data.status, order.data.totalPrice);
for (const article of articles.data) console.log(article.title, article.url);
)~"),
      .python = whole(kPythonHead, R"~(number = os.environ.get("ORDER_NUMBER", "A1B2C3D4")
section = os.environ.get("SUPPORT_SECTION", "support")
print(call("/auth/whoami")["data"])
orders = call("/orders?status=all&lastDays=14&limit=20")
order = call("/orders/show?number=" + number)
articles = call("/entries?section=" + section + "&status=live&limit=20")
print(len(orders["data"]), "recent orders;", order["data"]["status"], order["data"]["totalPrice"])
for article in articles["data"]:
    print(article["title"], article["url"])
)~")};
}

Recipe return_approval() {
  return {
      .id = "governed-return-approval-run", .display_name = "Governed Return Approval Run",
      .intent = "Carry out a return only after a person agreed, and only once.",
      .experimental = true,
      .required_scopes = {"control:approvals:request", "control:approvals:read", "control:approvals:decide", "control:actions:execute", "control:executions:read"},
      .sequence = {kRequest, {"GET", "/control/approvals", "control.approvals.list"}, kDecide, kExecute, kExecutions},
      .sample_commands = {R"(curl -sS -X POST -H "Authorization: Bearer $AGENTS_TOKEN" -H "Content-Type: application/json" "$BASE_URL/control/approvals/request" -d '{"actionType":"return.refund","actionRef":"RET-100045","reason":"Damaged in transit"}')",
                          R"(curl -sS -X POST -H "Authorization: Bearer $AGENTS_TOKEN" -H "Content-Type: application/json" "$BASE_URL/control/approvals/decide" -d '{"approvalId":1,"decision":"approved","decisionReason":"Photo received"}')",
                          R"(curl -sS -X POST -H "Authorization: Bearer $AGENTS_TOKEN" -H "Content-Type: application/json" -H "X-Idempotency-Key: RET-100045-v1" "$BASE_URL/control/actions/execute" -d '{"actionType":"return.refund","actionRef":"RET-100045","approvalId":1,"idempotencyKey":"RET-100045-v1"}')"},
      .variables = {{"RETURN_REF", false, "RET-100045"}, kOrderNumber},
      .curl = whole(kCurlHead, R"~(RETURN_REF="${RETURN_REF:-RET-100045}"
ORDER_NUMBER="${ORDER_NUMBER:-A1B2C3D4}"
asked="$(post /control/approvals/request "{\"actionType\":\"return.refund\",\"actionRef\":\"$RETURN_REF\",\"reason\":\"Return of $ORDER_NUMBER\"}")"
approval="$(sed -E 's/.*"id":([0-9]+).*/\1/' <<<"$asked")"
get /control/approvals
post /control/approvals/decide "{\"approvalId\":$approval,\"decision\":\"approved\",\"decisionReason\":\"Checked\"}"
post /control/actions/execute "{\"actionType\":\"return.refund\",\"actionRef\":\"$RETURN_REF\",\"approvalId\":$approval,\"idempotencyKey\":\"$RETURN_REF-v1\"}" -H "X-Idempotency-Key: $RETURN_REF-v1"
get /control/executions
)~"),
      .javascript = whole(kJavascriptHead, R"~(const actionRef = process.env.RETURN_REF ?? 'RET-100045';
const number = process.env.ORDER_NUMBER ?? 'A1B2C3D4';
const action = { actionType: 'return.refund', actionRef };
const asked = await call('/control/approvals/request', { ...action, reason: `Return of ${number}` });
const approvalId = asked.data.id;
console.log(await call('/control/approvals'));
await call('/control/approvals/decide', { approvalId, decision: 'approved', decisionReason: 'Checked' });
const idempotencyKey = `${actionRef}-v1`;
await call('/control/actions/execute', { ...action, approvalId, idempotencyKey }, { 'X-Idempotency-Key': idempotencyKey });
console.log(await call('/control/executions'));
)~"),
      .python = whole(kPythonHead, R"~(reference = os.environ.get("RETURN_REF", "RET-100045")
number = os.environ.get("ORDER_NUMBER", "A1B2C3D4")
action = {"actionType": "return.refund", "actionRef": reference}
approval = call("/control/approvals/request", {**action, "reason": "Return of " + number})["data"]["id"]
print(call("/control/approvals")["data"])
call("/control/approvals/decide", {"approvalId": approval, "decision": "approved", "decisionReason": "Checked"})
key = reference + "-v1"
call("/control/actions/execute", {**action, "approvalId": approval, "idempotencyKey": key}, **{"X-Idempotency-Key": key})
print(call("/control/executions")["data"])
)~")};
}

Recipe entry_draft() {
  return {
      .id = "governed-entry-draft-update", .display_name = "Governed Entry Draft Update",
      .intent = "Prepare a draft of an entry under approval; publishing stays with people.",
      .experimental = true,
      .required_scopes = {"control:actions:execute", "entries:write:draft", "control:executions:read"},
      .optional_scopes = {"control:approvals:request", "control:approvals:decide"},
      .sequence = {kRequest, kExecute, kExecutions},
      .sample_commands = {R"(curl -sS -X POST -H "Authorization: Bearer $AGENTS_TOKEN" -H "Content-Type: application/json" "$BASE_URL/control/approvals/request" -d '{"actionType":"entry.updateDraft","actionRef":"entry-1001","reason":"New wording","payload":{"entryId":1001,"siteId":1}}')",
                          R"(curl -sS -X POST -H "Authorization: Bearer $AGENTS_TOKEN" -H "Content-Type: application/json" -H "X-Idempotency-Key: entry-1001-v1" "$BASE_URL/control/actions/execute" -d '{"actionType":"entry.updateDraft","approvalId":1,"idempotencyKey":"entry-1001-v1","payload":{"entryId":1001,"siteId":1,"title":"A better title"}}')"},
      .variables = {{"ENTRY_ID", true, "1001"}, {"SITE_ID", false, "1"}},
      .curl = whole(kCurlHead, R"~(: "${ENTRY_ID:?set ENTRY_ID}"
payload="{\"entryId\":$ENTRY_ID,\"siteId\":${SITE_ID:-1},\"title\":\"A better title\"}"
asked="$(post /control/approvals/request "{\"actionType\":\"entry.updateDraft\",\"actionRef\":\"entry-$ENTRY_ID\",\"reason\":\"New wording\",\"payload\":$payload}")"
approval="$(sed -E 's/.*"id":([0-9]+).*/\1/' <<<"$asked")"
post /control/approvals/decide "{\"approvalId\":$approval,\"decision\":\"approved\",\"decisionReason\":\"Read\"}"
post /control/actions/execute "{\"actionType\":\"entry.updateDraft\",\"approvalId\":$approval,\"idempotencyKey\":\"entry-$ENTRY_ID-v1\",\"payload\":$payload}" -H "X-Idempotency-Key: entry-$ENTRY_ID-v1"
get /control/executions
)~"),
      .javascript = whole(kJavascriptHead, R"~(const entryId = Number(process.env.ENTRY_ID ?? 1001);
const payload = { entryId, siteId: Number(process.env.SITE_ID ?? 1), title: 'A better title' };
const action = { actionType: 'entry.updateDraft', actionRef: `entry-${entryId}`, payload };
const approvalId = (await call('/control/approvals/request', { ...action, reason: 'New wording' })).data.id;
await call('/control/approvals/decide', { approvalId, decision: 'approved', decisionReason: 'Read' });
const idempotencyKey = `entry-${entryId}-v1`;
await call('/control/actions/execute', { ...action, approvalId, idempotencyKey }, { 'X-Idempotency-Key': idempotencyKey });
console.log(await call('/control/executions'));
)~"),
      .python = whole(kPythonHead, R"~(entry = int(os.environ.get("ENTRY_ID", "1001"))
payload = {"entryId": entry, "siteId": int(os.environ.get("SITE_ID", "1")), "title": "A better title"}
action = {"actionType": "entry.updateDraft", "actionRef": f"entry-{entry}", "payload": payload}
approval = call("/control/approvals/request", {**action, "reason": "New wording"})["data"]["id"]
call("/control/approvals/decide", {"approvalId": approval, "decision": "approved", "decisionReason": "Read"})
key = f"entry-{entry}-v1"
call("/control/actions/execute", {**action, "approvalId": approval, "idempotencyKey": key}, **{"X-Idempotency-Key": key})
print(call("/control/executions")["data"])
)~")};
}

}  // namespace

const std::vector<Recipe>& recipes() {
  static const std::vector<Recipe> kRecipes{catalog_sync(), support_lookup(), return_approval(), entry_draft()};
  return kRecipes;
}

}  // namespace app::craft_agents
