#include "app/endpoint_owners.h"

#include <algorithm>

#include "app/surfaces/craft_agents/externals.h"
#include "app/surfaces/craft_agents/resources.h"
#include "delivery/told.h"
#include "engine/net/validation.h"

namespace app {
namespace {

constexpr std::string_view kToldAsAnother = "variant";

// The contract's webhooks where none is named, or "*".
std::vector<std::string> wanted_types(const delivery::EndpointRecord& endpoint) {
  std::vector<std::string> all;
  const auto contract = [&all] { all.insert(all.end(), delivery::kContractTypes.begin(), delivery::kContractTypes.end()); };
  if (endpoint.wanted.types.empty()) contract();
  for (const auto& type : endpoint.wanted.types) {
    if (type == "*") contract();
    else all.push_back(engine::net::ascii_lower(type));
  }
  return all;
}

}  // namespace

EndpointTypes::EndpointTypes(const std::vector<craft_agents::ExternalResource>& externals) {
  for (const auto& resource : craft_agents::resources()) {
    if (resource.item != kToldAsAnother) scopes_.emplace(resource.item, resource.scope);
  }
  for (const auto& external : craft_agents::make_externals(externals)) scopes_.emplace(external->resource().item, external->scope());
}

std::string EndpointTypes::scope_of(std::string_view type) const {
  const auto found = scopes_.find(type);
  return found == scopes_.end() ? std::string() : found->second;
}

std::vector<std::string> EndpointTypes::further() const {
  std::vector<std::string> all;
  for (const auto& [type, scope] : scopes_) {
    if (!delivery::is_contract_type(type)) all.push_back(type);
  }
  return all;
}

std::string owner_problem(const trust::CredentialSet& credentials, const EndpointTypes& types, const delivery::EndpointRecord& endpoint) {
  const auto& all = credentials.all();
  const auto owner = std::find_if(all.begin(), all.end(), [&](const trust::Credential& one) { return one.id == endpoint.owner; });
  if (owner == all.end()) return "owner: there is no live credential " + endpoint.owner.substr(0, 64);
  for (const auto& type : wanted_types(endpoint)) {
    const auto scope = types.scope_of(type);
    if (scope.empty()) {
      std::string may;
      for (const auto& one : types.further()) may += ", " + one;
      return "resourceTypes: \"" + type.substr(0, 64) + "\" is none of entry, order, product" + may + " and *";
    }
    if (!owner->scopes.grants(scope)) {
      return "owner: " + endpoint.owner + " lacks the scope " + scope + "; give it that, or name the resource types it may read";
    }
  }
  return {};
}

}  // namespace app
