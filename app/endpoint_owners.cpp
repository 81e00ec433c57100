#include "app/endpoint_owners.h"

#include <algorithm>

namespace app {
namespace {

struct Needed {
  std::string_view type, scope;
};
constexpr Needed kNeeded[] = {{"entry", "entries:read"}, {"order", "orders:read"}, {"product", "products:read"}};

}  // namespace

std::string owner_problem(const trust::CredentialSet& credentials, const delivery::EndpointRecord& endpoint) {
  const auto& all = credentials.all();
  const auto owner = std::find_if(all.begin(), all.end(), [&](const trust::Credential& one) { return one.id == endpoint.owner; });
  if (owner == all.end()) return "owner: there is no live credential " + endpoint.owner.substr(0, 64);
  for (const Needed& needed : kNeeded) {
    const auto& types = endpoint.wanted.types;
    const bool wanted = types.empty() || std::find(types.begin(), types.end(), needed.type) != types.end();
    if (wanted && !owner->scopes.grants(needed.scope)) {
      return "owner: " + endpoint.owner + " lacks the scope " + std::string(needed.scope) + "; give it that, or name the resource types it may read";
    }
  }
  return {};
}

}  // namespace app
