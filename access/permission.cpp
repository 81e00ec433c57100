#include "access/permission.h"

#include <algorithm>

namespace trust {

std::string_view name(AuthMethod method) {
  switch (method) {
    case AuthMethod::kNone: return "none";
    case AuthMethod::kAuthorization: return "authorization";
    case AuthMethod::kAgentsToken: return "x-agents-token";
    case AuthMethod::kQuery: return "query";
  }
  return "none";
}

const ScopeSet& Principal::scopes() const {
  static const ScopeSet kEverything(std::vector<std::string>{"*"});
  return credential_ ? credential_->scopes : kEverything;
}

bool allow(const Principal& principal, std::string_view scope) { return principal.scopes().grants(scope); }

Permission allow(const Principal& principal, const engine::net::ScopeRule& needed, bool deprecated) {
  const auto granted = [&](std::string_view scope) { return allow(principal, scope); };
  if (std::all_of(needed.required.begin(), needed.required.end(), granted)) return {};
  if (std::any_of(needed.alternatives.begin(), needed.alternatives.end(), granted)) return {};

  Permission refused{false, {}, {}};
  const auto* first = &needed.required;
  const auto* second = &needed.alternatives;
  if (deprecated && !second->empty()) std::swap(first, second);
  for (const auto* scopes : {first, second}) {
    for (const auto scope : *scopes) {
      if (needed.alternatives.empty() && granted(scope)) continue;
      if (refused.canonical.empty()) refused.canonical = scope;
      refused.missing += (refused.missing.empty() ? "" : " | ") + std::string(scope);
    }
  }
  return refused;
}

}  // namespace trust
