#pragma once
// What the routes of the operator's desk have in common: the parameters that select dead letters, and reading them.

#include <optional>
#include <string>
#include <vector>

#include "access/gate/gate.h"
#include "delivery/dead_letter_note.h"

namespace app::admin {

/// endpoint, resourceType, resourceId, action, cause, status, since, before.
std::vector<engine::net::Parameter> dead_letter_filter(engine::net::ParameterPlace place);
delivery::DeadLetterFilter filter_of(const trust::CallContext& call);

/// Refuses a call that sends a name which is not among `declared`: where a typing error would widen what is found or sent, it must not pass
/// as "no such condition". nullopt: all names are known.
std::optional<trust::Refusal> unknown_names(const trust::CallContext& call, const std::vector<engine::net::Parameter>& declared);

/// A whole number that a path names; nullopt: it is none.
std::optional<std::uint64_t> number_in_path(const trust::CallContext& call);

}  // namespace app::admin
