#include "app/surfaces/craft_agents/control_routes.h"

#include "app/surfaces/craft_agents/control_shapes.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/routes.h"

namespace app::craft_agents {

namespace {

using engine::net::Method;
using engine::net::Parameter;
using engine::net::ParameterPlace;
using engine::net::ParameterType;

constexpr std::string_view kBadRequest = "Invalid request";
constexpr std::string_view kUnknownApproval = "Approval not found";
constexpr auto kBody = ParameterPlace::kBody;

Parameter limit(std::int64_t otherwise) {
  return {.name = "limit", .type = ParameterType::kInteger, .min = 1, .max = 200, .default_integer = otherwise, .description = "Rows at most."};
}

Parameter before() {
  return {.name = "before", .type = ParameterType::kInteger, .min = 1, .description = "Only rows with a smaller id: `meta.nextBefore` of the page before."};
}

std::vector<Parameter> list_parameters() {
  return {{.name = "status", .description = "Only rows of this status, in any case."},
          {.name = "actionType", .description = "Only rows of this action type."},
          limit(50),
          before()};
}

std::vector<Parameter> audit_parameters() {
  return {{.name = "category", .description = "Only rows of exactly this category."},
          {.name = "actorId", .description = "Only rows of exactly this actor."},
          limit(100),
          before()};
}

std::vector<Parameter> policy_parameters() {
  return {
      {.name = "handle",
       .place = kBody,
       .required = true,
       .description = "Names the policy; one of the same handle is replaced as a whole. At most 64 characters."},
      {.name = "actionPattern", .place = kBody, .required = true, .description = "Action types it governs; `*` stands for any run of characters. At most 191."},
      {.name = "displayName", .place = kBody, .description = "For people; the handle where absent."},
      {.name = "requiresApproval", .type = ParameterType::kBoolean, .place = kBody, .description = "True where absent."},
      {.name = "enabled",
       .type = ParameterType::kBoolean,
       .place = kBody,
       .description = "True where absent. A disabled policy blocks the actions it matches."},
      {.name = "riskLevel",
       .type = ParameterType::kEnum,
       .place = kBody,
       .values = {"low", "medium", "high", "critical"},
       .lenient = true,
       .description = "`medium` where absent; high and critical need two approvals."},
      {.name = "config",
       .type = ParameterType::kJson,
       .place = kBody,
       .description =
           "`requiredScope`, `requiredApprovals`, `twoPersonApproval`, `dualApprovalMinAmount`, `dualApprovalCategories`, `dualApprovalActionPatterns`, "
           "`approvalSlaMinutes`, `escalateAfterMinutes`, `expireAfterMinutes`, and anything of one's own."}};
}

Parameter action_type() {
  return {.name = "actionType", .place = kBody, .required = true, .description = "What is to be done, such as `orders.refund`; at most 96 characters."};
}
Parameter action_ref() {
  return {.name = "actionRef", .place = kBody, .description = "On what, in the caller's words; at most 128 bytes. An approval holds for it."};
}
Parameter payload() {
  return {.name = "payload",
          .type = ParameterType::kJson,
          .place = kBody,
          .description = "An object, at most 65536 bytes. An approval holds for exactly this content."};
}
Parameter key(bool required) {
  return {.name = "idempotencyKey",
          .place = kBody,
          .required = required,
          .description =
              "The same key with the same request gives the same record; with another request it is refused. Header `X-Idempotency-Key` wins. At most 128 "
              "characters."};
}
Parameter approval_id(bool required) {
  return {.name = "approvalId", .type = ParameterType::kInteger, .place = kBody, .required = required, .description = "The approval it is about."};
}

std::vector<Parameter> request_parameters() {
  return {action_type(),
          action_ref(),
          {.name = "reason", .place = kBody, .description = "For those who decide; at most 4096 bytes."},
          payload(),
          {.name = "metadata",
           .type = ParameterType::kJson,
           .place = kBody,
           .required = true,
           .description = "`source`, `agentId` and `traceId` are required. Names that begin with `_agents` are the server's."},
          key(false)};
}

std::vector<Parameter> decide_parameters() {
  return {approval_id(true),
          {.name = "decision",
           .type = ParameterType::kEnum,
           .place = kBody,
           .values = {"approve", "approved", "reject", "rejected"},
           .required = true,
           .lenient = true},
          {.name = "decisionReason", .place = kBody, .description = "At most 4096 bytes."}};
}

std::vector<Parameter> simulate_parameters() { return {action_type(), action_ref(), approval_id(false), payload()}; }
std::vector<Parameter> execute_parameters() { return {action_type(), action_ref(), approval_id(false), payload(), key(true)}; }

engine::net::PayloadForm draft_update() {
  const auto number = [](std::string_view name, bool required) {
    return Parameter{.name = name, .type = ParameterType::kInteger, .place = kBody, .min = 1, .required = required};
  };
  const auto text = [](std::string_view name) { return Parameter{.name = name, .place = kBody}; };
  return {.kind = "entry.updateDraft",
          .scope = "entries:write:draft",
          .description = "A draft of an entry, made or changed by who acts on the decision; nothing is published.",
          .members = {number("entryId", true),
                      number("siteId", false),
                      number("draftId", false),
                      text("title"),
                      text("slug"),
                      text("draftName"),
                      text("draftNotes"),
                      {.name = "fields", .type = ParameterType::kJson, .place = kBody}}};
}

trust::Route governed(const Service& service, HandlerFunction handler, engine::net::Route declared) {
  declared.feature = "writes";
  if (!declared.parameters.empty()) declared.errors.insert(declared.errors.begin(), {400, kBadRequest});
  return serve(service, handler, std::move(declared));
}

}  // namespace

void add_control_routes(const Service& service, std::vector<trust::Route>& routes) {
  if (!service.rooms.control) return;
  const auto post = Method::kPost;
  const auto add = [&](HandlerFunction handler, engine::net::Route declared) { routes.push_back(governed(service, handler, std::move(declared))); };
  add(control_policies, {.path = "/control/policies",
                         .summary = "Policies that govern actions",
                         .scopes = {.required = {"control:policies:read"}},
                         .response = shapes::policies()});
  add(upsert_policy, {.method = post,
                      .path = "/control/policies/upsert",
                      .summary = "Make a policy, or replace the one of that handle",
                      .scopes = {.required = {"control:policies:write"}},
                      .parameters = policy_parameters(),
                      .response = shapes::policy()});
  add(control_approvals, {.path = "/control/approvals",
                          .summary = "Approval requests, newest first",
                          .scopes = {.required = {"control:approvals:read"}},
                          .key = "control.approvals.list",
                          .parameters = list_parameters(),
                          .response = shapes::approvals()});
  add(request_approval,
      {.method = post,
       .path = "/control/approvals/request",
       .summary = "Ask for an approval",
       .scopes = {.required = {"control:approvals:request"}, .alternatives = {"control:approvals:write"}, .optional = {"control:approvals:write"}},
       .key = "control.approvals.request",
       .parameters = request_parameters(),
       .response = shapes::approval()});
  add(decide_approval,
      {.method = post,
       .path = "/control/approvals/decide",
       .summary = "Approve or reject what somebody else asked for",
       .scopes = {.required = {"control:approvals:decide"}, .alternatives = {"control:approvals:write"}, .optional = {"control:approvals:write"}},
       .key = "control.approvals.decide",
       .parameters = decide_parameters(),
       .response = shapes::approval(),
       .errors = {{404, kUnknownApproval}}});
  add(control_executions, {.path = "/control/executions",
                           .summary = "What was carried out or blocked, newest first",
                           .scopes = {.required = {"control:executions:read"}},
                           .key = "control.executions.list",
                           .parameters = list_parameters(),
                           .response = shapes::executions()});
  add(simulate_action, {.method = post,
                        .path = "/control/policy-simulate",
                        .summary = "What would become of an action, without doing it",
                        .scopes = {.required = {"control:actions:simulate"}},
                        .parameters = simulate_parameters(),
                        .response = shapes::simulation()});
  add(execute_action, {.method = post,
                       .path = "/control/actions/execute",
                       .summary = "Carry out an action once; needs the scope of its policy, too",
                       .scopes = {.required = {"control:actions:execute"}, .optional = {"policy.config.requiredScope"}},
                       .key = "control.actions.execute",
                       .parameters = execute_parameters(),
                       .payloads = {draft_update()},
                       .response = shapes::execution()});
  add(control_audit, {.path = "/control/audit",
                      .summary = "The audit log, newest first",
                      .scopes = {.required = {"control:audit:read"}},
                      .parameters = audit_parameters(),
                      .response = shapes::audit()});
}

}  // namespace app::craft_agents
