#include "app/external_resources.h"

namespace app {

namespace {

craft_agents::ExternalParameter parameter_of(const connectors::ExternalParameter& mapped) {
  using Filter = connectors::ExternalParameter::Filter;
  return {.name = mapped.name, .type = mapped.type, .description = mapped.description, .required = mapped.required, .minimum = mapped.minimum,
          .maximum = mapped.maximum, .values = mapped.values, .otherwise = mapped.otherwise, .fact = mapped.fact, .indexed = mapped.filter == Filter::kIndexed,
          .contains = mapped.filter == Filter::kContains};
}

craft_agents::ExternalResource resource_of(const connectors::ExternalResource& mapped) {
  using Order = connectors::ExternalResource::Order;
  craft_agents::ExternalResource resource;
  resource.plugin = mapped.plugin;
  resource.resource = mapped.resource;
  resource.plugin_name = mapped.plugin_name;
  resource.plugin_description = mapped.plugin_description;
  resource.name = mapped.name;
  resource.description = mapped.description;
  resource.id_description = mapped.id_description;
  resource.by_creation = mapped.order == Order::kCreated;
  resource.by_title = mapped.order == Order::kTitle;
  resource.descending = mapped.descending;
  for (const auto& parameter : mapped.parameters) {
    // Without a filter it is the size of a page, which every list has.
    if (parameter.filter != connectors::ExternalParameter::Filter::kNone) resource.parameters.push_back(parameter_of(parameter));
  }
  for (const auto& field : mapped.fields) {
    (field.in_list ? resource.fields : resource.detail_fields).push_back({field.name, field.type, field.nullable});
  }
  resource.detail = mapped.has_detail;
  resource.numeric_id = mapped.numeric_id;
  return resource;
}

}  // namespace

std::vector<craft_agents::ExternalResource> external_resources(const std::vector<connectors::ExternalResource>& mapped) {
  std::vector<craft_agents::ExternalResource> resources;
  for (const auto& one : mapped) resources.push_back(resource_of(one));
  return resources;
}

}  // namespace app
