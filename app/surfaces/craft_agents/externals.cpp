#include "app/surfaces/craft_agents/externals.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "app/surfaces/craft_agents/descriptor.h"
#include "app/surfaces/craft_agents/list_query.h"
#include "app/surfaces/craft_agents/read_through.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "app/surfaces/craft_agents/shapes.h"
#include "engine/telemetry/log.h"
#include "feed/change_codec.h"

namespace app::craft_agents {

namespace {

using engine::net::Parameter;
using engine::net::ParameterPlace;
using engine::net::ParameterType;
using engine::net::Shape;

bool is_handle(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

std::string problem_of(const ExternalResource& declared) {
  if (!is_handle(declared.plugin) || !is_handle(declared.resource)) return "a handle is of a-z 0-9 . _ -";
  if (declared.plugin_name.empty() || declared.name.empty()) return "plugin and resource need a name";
  for (const auto& parameter : declared.parameters) {
    if (parameter.name.empty() || parameter.fact.empty()) return "a parameter needs a name and a fact";
  }
  return {};
}

ParameterType type_of(const ExternalParameter& parameter) {
  if (parameter.type == "integer") return ParameterType::kInteger;
  if (parameter.type == "boolean") return ParameterType::kBoolean;
  return parameter.values.empty() ? ParameterType::kString : ParameterType::kEnum;
}

void set_default(Parameter& declared, const std::string& text) {
  std::int64_t number = 0;
  if (declared.type != ParameterType::kInteger) {
    declared.default_text = text;
  } else if (std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc{}) {
    declared.default_integer = number;
  }
}

feed::ListOrder order_of(const ExternalResource& declared) {
  const auto sort = declared.by_title ? feed::Sort::kTitle : declared.by_creation ? feed::Sort::kCreated : feed::Sort::kUpdated;
  return {sort, declared.descending};
}

Shape shape_of(const ExternalField& field) {
  Shape shape = field.type == "integer"     ? Shape::integer()
                : field.type == "number"    ? Shape::number()
                : field.type == "boolean"   ? Shape::boolean()
                : field.type == "timestamp" ? Shape::timestamp()
                : field.type == "string"    ? Shape::text()
                : field.type == "object"    ? Shape::map(Shape::any())
                : field.type == "array"     ? Shape::array(Shape::any())
                                            : Shape::any();
  return field.nullable ? shape.or_null() : shape;
}

std::vector<Shape::Member> members_of(const std::vector<ExternalField>& fields) {
  std::vector<Shape::Member> members;
  for (const auto& field : fields) members.push_back({field.name, shape_of(field), false});
  return members;
}

void write_head(engine::JsonWriter& json, const Service& service, const External& external, const CallContext& call) {
  json.key("ok").boolean(true);
  json.key("service").string(kServiceName);
  json.key("version").string(service.config.version);
  json.key("generatedAt").string(engine::rfc3339(call.now));
  json.key("provider").begin_object();
  json.key("plugin").string(external.declared().plugin);
  json.key("resource").string(external.declared().resource);
  json.key("scope").string(external.scope());
  json.end_object();
}

void write_meta(engine::JsonWriter& json, const External& external, std::size_t count) {
  json.key("meta").begin_object();
  json.key("plugin").string(external.declared().plugin);
  json.key("resource").string(external.declared().resource);
  json.key("count").number_u64(count);
  json.end_object();
}

}  // namespace

External::External(ExternalResource declared)
    : declared_(std::move(declared)),
      item_(declared_.plugin + '.' + declared_.resource),
      scope_("plugins:" + declared_.plugin + ':' + declared_.resource + ":read"),
      grants_("List and look up " + declared_.name + " of " + declared_.plugin_name + '.'),
      list_path_("/plugins/" + declared_.plugin + '/' + declared_.resource),
      item_path_(list_path_ + "/{id}"),
      list_key_("plugins." + item_ + ".list"),
      show_key_("plugins." + item_ + ".show"),
      list_summary_(declared_.name + " of " + declared_.plugin_name),
      show_summary_("One of " + list_summary_) {
  resource_.path = list_path_;
  resource_.name = item_;
  resource_.item = item_;
  resource_.title = declared_.name;
  resource_.scope = scope_;
  resource_.order = order_of(declared_);
  for (const auto& parameter : declared_.parameters) resource_.parameters.push_back(list_parameter(parameter));
}

ListParameter External::list_parameter(const ExternalParameter& parameter) const {
  ListParameter use;
  use.declared.name = parameter.name;
  use.declared.type = type_of(parameter);
  use.declared.values.assign(parameter.values.begin(), parameter.values.end());
  use.declared.min = parameter.minimum;
  use.declared.max = parameter.maximum;
  use.declared.description = parameter.description;
  use.declared.required = parameter.required;
  if (parameter.otherwise && use.declared.type != ParameterType::kBoolean) set_default(use.declared, *parameter.otherwise);
  use.field = parameter.fact;
  use.indexed = parameter.indexed;
  use.use = parameter.contains ? Use::kContains : Use::kFact;
  return use;
}

engine::net::Route External::list_route() const {
  return {.path = list_path_, .summary = list_summary_, .scopes = {.required = {scope_}}, .key = list_key_, .parameters = list_parameters(resource_),
          .response = shapes::external_list(Shape::object(members_of(declared_.fields))),
          .errors = {{400, "Invalid request"}, {404, "Not found"}, {410, "The cursor points to changes that are no longer kept"}}};
}

engine::net::Route External::item_route() const {
  auto members = members_of(declared_.fields);
  for (auto& member : members_of(declared_.detail_fields)) members.push_back(std::move(member));
  return {.path = item_path_, .summary = show_summary_, .scopes = {.required = {scope_}}, .key = show_key_,
          .parameters = {{.name = "id", .type = declared_.numeric_id ? ParameterType::kInteger : ParameterType::kString, .place = ParameterPlace::kPath,
                          .description = declared_.id_description}},
          .response = shapes::external_show(Shape::object(std::move(members))),
          .errors = {{400, "Invalid request"}, {404, "Not found"}}};
}

std::vector<ExternalResource> well_formed(std::vector<ExternalResource> declared) {
  std::vector<ExternalResource> kept;
  for (auto& one : declared) {
    one.plugin = engine::net::ascii_lower(one.plugin);
    one.resource = engine::net::ascii_lower(one.resource);
    auto problem = problem_of(one);
    const auto same = [&one](const ExternalResource& other) { return other.plugin == one.plugin && other.resource == one.resource; };
    if (problem.empty() && std::any_of(kept.begin(), kept.end(), same)) problem = "it is declared twice";
    if (problem.empty()) {
      kept.push_back(std::move(one));
    } else {
      engine::telemetry::log_event(engine::telemetry::Level::kWarn, "external_resource_left_out",
                                   {{"plugin", one.plugin}, {"resource", one.resource}, {"detail", problem}});
    }
  }
  std::sort(kept.begin(), kept.end(), [](const ExternalResource& a, const ExternalResource& b) {
    return std::tie(a.plugin, a.resource) < std::tie(b.plugin, b.resource);
  });
  return kept;
}

std::vector<std::unique_ptr<const External>> make_externals(std::vector<ExternalResource> declared) {
  std::vector<std::unique_ptr<const External>> externals;
  for (auto& one : well_formed(std::move(declared))) externals.push_back(std::make_unique<const External>(std::move(one)));
  return externals;
}

std::vector<const External*> Service::offered() const {
  std::vector<const External*> there;
  for (const auto& external : externals) {
    if (rooms.status.has_type(external->resource().item)) there.push_back(external.get());
  }
  return there;
}

Task<Reply> list_external(const Service& service, const External& external, CallContext& call) {
  for (const auto& parameter : external.declared().parameters) {
    if (parameter.required && !call.arguments.given(parameter.name)) co_return invalid("Parameter `" + parameter.name + "` is required.");
  }
  const auto listed = co_await read_list(service, external.resource(), call);
  if (listed.refusal) co_return *listed.refusal;
  trust::Answer answer;
  engine::JsonWriter json(answer.body);
  json.begin_object();
  write_head(json, service, external, call);
  json.key("data").begin_array().raw(listed.rows.json()).end_array();
  write_meta(json, external, listed.rows.count());
  write_list_page(json, listed);
  json.key("requestId").string(call.request_id);
  json.end_object();
  co_return answer;
}

Task<Reply> show_external(const Service& service, const External& external, CallContext& call) {
  if (auto refusal = not_ready(service)) co_return std::move(*refusal);
  const std::string id(call.path.empty() ? std::string_view{} : call.path.front().second);
  if (external.declared().numeric_id && (id.empty() || id.find_first_not_of("0123456789") != id.npos)) {
    co_return invalid("Invalid `id`; expected integer value.");
  }
  auto read = [&service, &external, &id](engine::store::ReadFrom from) { return service.rooms.lists.by_id(external.resource().item, id, from); };
  const auto record = co_await read_through(service.rooms.pool, read);
  if (!record) co_return refused(trust::Reason::kInternal);
  const auto change = *record ? feed::view_change(**record) : engine::fail(engine::Errc::kNotFound);
  if (!change || change->detail.empty()) co_return refused(trust::Reason::kNotFound, external.declared().name + " not found.");
  trust::Answer answer;
  engine::JsonWriter json(answer.body);
  json.begin_object();
  write_head(json, service, external, call);
  json.key("data").raw(change->detail);
  write_meta(json, external, 1);
  json.key("requestId").string(call.request_id);
  json.end_object();
  co_return answer;
}

}  // namespace app::craft_agents
