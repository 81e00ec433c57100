#include "app/surfaces/craft_agents/list_query.h"

#include <algorithm>

#include "app/surfaces/craft_agents/page_writer.h"
#include "app/surfaces/craft_agents/refusals.h"

namespace app::craft_agents {

namespace {

constexpr std::int64_t kLastDays = 30;
constexpr std::string_view kElevatedStatus = "The requested entry status requires elevated scope.";
constexpr std::string_view kLowStockInFull = "`lowStock` is not supported with incremental sync (`updatedSince` or an incremental `cursor`).";

/// A text parameter as it is used and echoed; nullopt: not given and no default.
std::optional<std::string> text_of(const ListParameter& parameter, const CallContext& call) {
  const auto text = call.arguments.text(parameter.declared.name);
  if (!text) return std::nullopt;
  return parameter.spelled ? parameter.spelled(*text) : std::string(*text);
}

/// The value of any parameter as facts spell it.
std::optional<std::string> fact_of(const ListParameter& parameter, const CallContext& call) {
  const auto name = parameter.declared.name;
  if (parameter.declared.type == engine::net::ParameterType::kInteger) {
    const auto number = call.arguments.integer(name);
    return number ? std::optional(std::to_string(*number)) : std::nullopt;
  }
  if (parameter.declared.type == engine::net::ParameterType::kBoolean) {
    const auto flag = call.arguments.boolean(name);
    return flag ? std::optional<std::string>(*flag ? "1" : "0") : std::nullopt;
  }
  return text_of(parameter, call);
}

feed::Sort sort_of(std::string_view name) {
  if (name == "createdAt") return feed::Sort::kCreated;
  return name == "title" ? feed::Sort::kTitle : feed::Sort::kUpdated;
}

void use(const ListParameter& parameter, const CallContext& call, feed::ListRequest& request) {
  const auto value = fact_of(parameter, call);
  switch (parameter.use) {
    case Use::kFact:
      if (value) request.conditions.push_back({std::string(parameter.field), *value, parameter.indexed});
      break;
    case Use::kStatus:
      if (value && *value != "all") request.conditions.push_back({std::string(parameter.field), *value});
      break;
    case Use::kSearch:
      if (value && request.search.empty()) request.search = *value;
      break;
    case Use::kContains:
      if (value) request.contains.push_back({{std::string(parameter.field)}, *value});
      break;
    case Use::kSort: request.order.sort = sort_of(value.value_or("")); break;
    case Use::kLastDays: {
      const auto days = call.arguments.integer(parameter.declared.name);
      request.created_from_if_full = !days;
      if (days.value_or(kLastDays) > 0) request.created_from = call.now - std::chrono::hours(24 * days.value_or(kLastDays));
      break;
    }
    case Use::kLowStock:
      if (value == "1") request.conditions.push_back({"unlimited", "0", false});
      break;
    case Use::kThreshold:
      if (call.arguments.boolean("lowStock").value_or(false)) {
        request.bounds.push_back({"stock", call.arguments.integer(parameter.declared.name).value_or(0)});
      }
      break;
  }
}

void add_unless_asked(const std::vector<feed::Condition>& conditions, feed::ListRequest& request) {
  for (const auto& condition : conditions) {
    const auto asked = [&](const feed::Condition& other) { return other.field == condition.field; };
    if (std::none_of(request.conditions.begin(), request.conditions.end(), asked)) request.conditions.push_back(condition);
  }
}

/// Beside a cursor `updatedSince` has no value of its own, but a full list's cursor does not go with one.
bool sends_since(const CallContext& call) {
  const auto sent = engine::net::sent_in_query(call.request.query);
  return std::any_of(sent.begin(), sent.end(), [](const auto& one) { return one.name == "updatedSince" && !engine::net::trimmed(one.text).empty(); });
}

/// Another status than the default needs the scope (contract 9.7): a 403, once the parameters are fine.
bool lacks_status(const Resource& resource, const CallContext& call, const Elevation& elevated) {
  if (elevated.statuses) return false;
  for (const auto& parameter : resource.parameters) {
    if (parameter.use == Use::kStatus && text_of(parameter, call) != parameter.declared.default_text) return true;
  }
  return false;
}

void write_value(engine::JsonWriter& json, const ListParameter& parameter, const CallContext& call, const ListQuery& query, const feed::ListPage& page) {
  const auto name = parameter.declared.name;
  if (parameter.use == Use::kLastDays) {
    json.number(call.arguments.integer(name).value_or(page.incremental ? 0 : kLastDays));
    return;
  }
  if (parameter.use == Use::kSearch) {
    query.request.search.empty() ? json.null() : json.string(query.request.search);
    return;
  }
  if (parameter.declared.type == engine::net::ParameterType::kInteger) {
    const auto number = call.arguments.integer(name);
    number ? json.number(*number) : json.null();
    return;
  }
  const auto text = text_of(parameter, call);
  text ? json.string(*text) : json.null();
}

}  // namespace

Elevation elevation(const Service& service, const Resource& resource, const trust::Principal& principal) {
  Elevation elevated;
  elevated.sensitive = !resource.sensitive_scope.empty() && trust::allow(principal, resource.sensitive_scope);
  elevated.unredacted = !resource.sensitive_scope.empty() && !elevated.sensitive && !service.settings().redact_email;
  elevated.statuses = resource.statuses_scope.empty() || trust::allow(principal, resource.statuses_scope);
  return elevated;
}

std::optional<trust::Refusal> unavailable(const Service& service, const Resource& resource) {
  if (auto refusal = not_ready(service)) return refusal;
  if (!resource.commerce || service.serves(resource.item)) return std::nullopt;
  return invalid("Commerce plugin is unavailable.");
}

ListQuery list_query(const Service& service, const Resource& resource, const CallContext& call) {
  ListQuery query;
  query.elevated = elevation(service, resource, call.principal);
  if (lacks_status(resource, call, query.elevated)) {
    query.refusal = lacks_scope(resource.statuses_scope, std::string(kElevatedStatus));
    return query;
  }
  auto& request = query.request;
  request.type = resource.item;
  request.order = resource.order;
  request.limit = static_cast<unsigned>(call.arguments.integer("limit").value_or(50));
  request.cursor = call.arguments.text("cursor").value_or("");
  request.counted_cursors = resource.counted_cursors;
  request.since = call.arguments.instant("updatedSince");
  request.incremental = request.since.has_value();
  if (!request.cursor.empty() && sends_since(call)) request.since = call.now;
  request.now = call.now;
  for (const auto& parameter : resource.parameters) use(parameter, call, request);
  if (!request.bounds.empty() && request.incremental) query.refusal = invalid(std::string(kLowStockInFull));
  add_unless_asked(resource.always, request);
  if (!query.elevated.statuses) add_unless_asked(resource.unelevated, request);
  return query;
}

void write_filters(engine::JsonWriter& json, const Service& service, const Resource& resource, const CallContext& call, const ListQuery& query,
                   const feed::ListPage& page) {
  json.begin_object();
  for (const auto& parameter : resource.parameters) {
    if (parameter.echo.empty()) continue;
    json.key(parameter.echo);
    write_value(json, parameter, call, query, page);
  }
  json.key("limit").number(query.request.limit);
  if (!resource.redaction.empty()) {
    json.key("includeSensitive").boolean(query.elevated.sensitive);
    json.key(resource.redaction).boolean(!query.elevated.sensitive && service.settings().redact_email);
  }
  json.key("syncMode").string(page.incremental ? "incremental" : "full");
  json.key("updatedSince");
  write_instant_or_null(json, page.since);
  json.end_object();
}

}  // namespace app::craft_agents
