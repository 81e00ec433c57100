#include "app/surfaces/craft_agents/control_bodies.h"

#include <algorithm>

#include "app/surfaces/craft_agents/json_objects.h"

namespace app::craft_agents {

namespace {

using engine::Errc;
using engine::Result;
using engine::net::ascii_lower;

constexpr std::string_view kReserved = "_agents";  ///< what the server itself writes into an approval's metadata
constexpr std::size_t kScopeBytes = 96;
constexpr std::int64_t kMostMinutes = 10ll * 366 * 24 * 60;

std::string text_of(const engine::net::Arguments& arguments, std::string_view name) { return std::string(arguments.text(name).value_or("")); }

std::string idempotency_key(const trust::CallContext& call) {
  const auto header = engine::net::trimmed(call.request.header("X-Idempotency-Key").value_or(""));
  return header.empty() ? text_of(call.arguments, "idempotencyKey") : std::string(header);
}

bool is_true(const SentObject& config, std::string_view name) {
  const auto value = config.member(name);
  bool flag = false;
  if (!value) return false;
  if (!value->get(flag)) return flag;
  const auto text = ascii_lower(config.text(name));
  return config.number(name) == 1.0 || text == "true" || text == "yes" || text == "on";
}

std::uint32_t minutes(const SentObject& config, std::string_view name) {
  return static_cast<std::uint32_t>(std::min(config.positive(name).value_or(0), kMostMinutes));
}

/// A list of texts, or one text with commas or white space between.
std::vector<std::string> texts(const SentObject& config, std::string_view name) {
  std::string joined(config.text(name));
  simdjson::dom::array array;
  if (const auto value = config.member(name); value && !value->get(array)) {
    for (const auto one : array) {
      std::string_view text;
      if (!one.get(text)) joined.append(1, ',').append(text);
    }
  }
  std::vector<std::string> all;
  constexpr std::string_view kBetween = ", \t\r\n";
  for (auto at = joined.find_first_not_of(kBetween); at != joined.npos; at = joined.find_first_not_of(kBetween, at)) {
    const auto end = std::min(joined.find_first_of(kBetween, at), joined.size());
    all.push_back(joined.substr(at, end - at));
    at = end;
  }
  return all;
}

trust::ActionFacts facts_of(const SentObject& payload, const SentObject& metadata) {
  trust::ActionFacts facts;
  for (const auto name : {"amount", "total", "totalPrice"}) {
    if (!facts.amount) facts.amount = payload.number(name);
  }
  if (!facts.amount) facts.amount = metadata.number("amount");
  for (const auto text : {payload.text("category"), payload.text("reasonCode"), metadata.text("category")}) {
    if (facts.category.empty()) facts.category = ascii_lower(text);
  }
  return facts;
}

/// Absent or null, a text or a number.
bool is_plain(const SentObject& payload, std::string_view name) {
  const auto value = payload.member(name);
  return !value || value->is_null() || value->is_string() || value->is_number();
}

bool is_set(const SentObject& payload, std::string_view name) {
  const auto value = payload.member(name);
  return value && !value->is_null();
}

}  // namespace

Result<trust::PolicyRules> read_rules(std::string_view text) {
  const SentObject config(text);
  trust::PolicyRules rules;
  rules.required_scope = ascii_lower(config.text("requiredScope"));
  if (rules.required_scope.size() > kScopeBytes) return engine::fail(Errc::kMalformed, "`config.requiredScope` is too long; at most 96 characters.");
  rules.two_people = config.positive("requiredApprovals").value_or(0) >= 2 || is_true(config, "twoPersonApproval");
  rules.dual_min_amount = config.number("dualApprovalMinAmount");
  for (const auto& category : texts(config, "dualApprovalCategories")) rules.dual_categories.push_back(ascii_lower(category));
  for (const auto& pattern : texts(config, "dualApprovalActionPatterns")) rules.dual_patterns.push_back(trust::normal_pattern(pattern));
  std::erase(rules.dual_patterns, std::string());
  rules.sla_minutes = minutes(config, "approvalSlaMinutes");
  rules.escalate_minutes = minutes(config, "escalateAfterMinutes");
  rules.expire_minutes = minutes(config, "expireAfterMinutes");
  return rules;
}

Result<trust::PolicyDraft> policy_draft(const engine::net::Arguments& arguments) {
  trust::PolicyDraft draft;
  draft.handle = text_of(arguments, "handle");
  draft.pattern = text_of(arguments, "actionPattern");
  draft.display_name = text_of(arguments, "displayName");
  draft.requires_approval = arguments.boolean("requiresApproval").value_or(true);
  draft.enabled = arguments.boolean("enabled").value_or(true);
  draft.risk = trust::parse_risk(arguments.text("riskLevel").value_or(""));
  draft.config = SentObject(arguments.text("config")).json();
  auto rules = read_rules(draft.config);
  if (!rules) return rules.take_error();
  draft.rules = std::move(*rules);
  return draft;
}

Result<trust::Payload> read_payload(std::string_view action, std::optional<std::string_view> sent, std::optional<std::string_view> sent_metadata) {
  const SentObject payload(sent), metadata(sent_metadata);
  auto canonical = payload.canonical();
  if (!canonical) return engine::fail(Errc::kMalformed, "`payload` is ambiguous: " + canonical.error().detail + ".");
  trust::Payload read;
  read.json = payload.json();
  read.canonical = std::move(*canonical);
  read.facts = facts_of(payload, metadata);
  if (trust::normal_action(action) != trust::kDraftUpdate) return read;
  read.target = {payload.positive("entryId"), payload.positive("siteId")};
  read.problem = draft_update_problem(read.json);
  return read;
}

std::string draft_update_problem(std::string_view text) {
  const SentObject payload(text);
  if (!payload.positive("entryId")) return "`payload.entryId` is required: a positive whole number.";
  for (const std::string name : {"siteId", "draftId"}) {
    if (is_set(payload, name) && !payload.positive(name)) return "`payload." + name + "` must be a positive whole number.";
  }
  constexpr std::array<std::string_view, 4> kTexts{"title", "slug", "draftName", "draftNotes"};
  for (const auto name : kTexts) {
    if (!is_plain(payload, name)) return "`payload." + std::string(name) + "` must be a text, a number or null.";
  }
  simdjson::dom::object fields;
  const auto sent_fields = payload.member("fields");
  const bool has_fields = is_set(payload, "fields");
  if (has_fields && sent_fields->get(fields)) return "`payload.fields` must be an object: field handle to value.";
  const bool any_text = std::any_of(kTexts.begin(), kTexts.end(), [&](std::string_view name) { return payload.member(name).has_value(); });
  if (!any_text && !has_fields) return "Nothing to change: give at least one of `title`, `slug`, `draftName`, `draftNotes` and `fields`.";
  if (!any_text && fields.size() == 0) return "Nothing to change: `payload.fields` is empty.";
  return {};
}

Result<trust::ApprovalRequest> approval_request(const trust::CallContext& call) {
  const auto& arguments = call.arguments;
  const SentObject metadata(arguments.text("metadata"));
  if (metadata.text("source").empty() || metadata.text("agentId").empty() || metadata.text("traceId").empty()) {
    return engine::fail(Errc::kMalformed, "`metadata.source`, `metadata.agentId` and `metadata.traceId` must say where a request comes from.");
  }
  trust::ApprovalRequest request;
  request.action = text_of(arguments, "actionType");
  request.action_ref = text_of(arguments, "actionRef");
  request.reason = text_of(arguments, "reason");
  request.idempotency_key = idempotency_key(call);
  request.metadata = metadata.json(kReserved);
  auto canonical = metadata.canonical(kReserved);
  if (!canonical) return engine::fail(Errc::kMalformed, "`metadata` is ambiguous: " + canonical.error().detail + ".");
  request.canonical_metadata = std::move(*canonical);
  auto payload = read_payload(request.action, arguments.text("payload"), arguments.text("metadata"));
  if (!payload) return payload.take_error();
  request.payload = std::move(*payload);
  return request;
}

Result<trust::ExecuteRequest> execute_request(const trust::CallContext& call) {
  auto request = simulate_request(call);
  if (request) request->idempotency_key = idempotency_key(call);
  return request;
}

Result<trust::ExecuteRequest> simulate_request(const trust::CallContext& call) {
  const auto& arguments = call.arguments;
  trust::ExecuteRequest request;
  request.action = text_of(arguments, "actionType");
  request.action_ref = text_of(arguments, "actionRef");
  if (const auto id = arguments.integer("approvalId"); id && *id > 0) request.approval = trust::ApprovalId{static_cast<std::uint64_t>(*id)};
  auto payload = read_payload(request.action, arguments.text("payload"), std::nullopt);
  if (!payload) return payload.take_error();
  request.payload = std::move(*payload);
  return request;
}

}  // namespace app::craft_agents
