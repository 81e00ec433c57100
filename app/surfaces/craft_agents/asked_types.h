#pragma once
// Which types a request of /changes reads (contract craft-agents-api sections 2.2 and 12.1).

#include <optional>

#include "app/surfaces/craft_agents/handlers.h"
#include "feed/type_table.h"

namespace app::craft_agents {

struct AskedTypes {
  feed::TypeMask types = 0;
  std::optional<trust::Refusal> refusal{};  ///< set: nothing else counts
};

/// The contract's own types that are in service.
feed::TypeMask own_types(const Service& service);
/// Those that `types` names, which must be in service; where it names none, own_types(). The parameter has passed its check.
AskedTypes asked_types(const Service& service, const CallContext& call);

/// External resources are read with their own scopes, also in the feed: what the caller lacks for these types (a cursor may bring them along).
std::optional<trust::Refusal> lacks_scope_for(const Service& service, feed::TypeMask types, const trust::Principal& principal);

}  // namespace app::craft_agents
