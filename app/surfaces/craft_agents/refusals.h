#pragma once
// What handlers say when they do not answer.

#include <functional>
#include <optional>
#include <string>

#include "access/gate/surface.h"
#include "engine/base/result.h"

namespace app::craft_agents {

struct Service;

trust::Refusal refused(trust::Reason reason, std::string message = {});
/// A query parameter is wrong: 400 that lists the message among its details.
trust::Refusal invalid(std::string message);
trust::Refusal lacks_scope(std::string_view scope, std::string message = {});
/// 503 until the first snapshot is complete; nullopt from then on.
std::optional<trust::Refusal> not_ready(const Service& service);
/// Cursor problems are the caller's, the rest is ours. `earliest` makes the cursor that leads back from one that is gone.
trust::Refusal explain_cursor(const engine::Error& error, const std::function<std::string()>& earliest);

}  // namespace app::craft_agents
