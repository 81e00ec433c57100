#include "app/surfaces/craft_agents/refusals.h"

#include "app/surfaces/craft_agents/handlers.h"
#include "engine/base/json_writer.h"

namespace app::craft_agents {

namespace {
constexpr std::int64_t kRetryWhileFillingSeconds = 5;
}

trust::Refusal refused(trust::Reason reason, std::string message) {
  trust::Refusal refusal;
  refusal.reason = reason;
  refusal.message = std::move(message);
  return refusal;
}

trust::Refusal invalid(std::string message) {
  auto refusal = refused(trust::Reason::kInvalid, message);
  refusal.details.push_back(std::move(message));
  return refusal;
}

trust::Refusal lacks_scope(std::string_view scope, std::string message) {
  auto refusal = refused(trust::Reason::kForbidden, std::move(message));
  refusal.scope = scope;
  refusal.required_scope = scope;
  return refusal;
}

std::optional<trust::Refusal> not_ready(const Service& service) {
  if (service.rooms.status.serving()) return std::nullopt;
  auto refusal = refused(trust::Reason::kNotReady);
  refusal.retry_after_seconds = kRetryWhileFillingSeconds;
  return refusal;
}

trust::Refusal explain_cursor(const engine::Error& error, const std::function<std::string()>& earliest) {
  switch (error.code) {
    case engine::Errc::kMalformed:
    case engine::Errc::kConflict:
    case engine::Errc::kUnsupported:
    case engine::Errc::kTimedOut: return invalid(error.detail);
    case engine::Errc::kExpired: {
      auto refusal = refused(trust::Reason::kExpired,
                             "The cursor points to changes that are no longer kept. Read the resource lists once, then continue from "
                             "`page.resumeCursor` of a fresh request, or start from `error.details.earliestCursor`.");
      engine::JsonWriter json(refusal.extra_json);
      json.begin_object().key("earliestCursor").string(earliest()).end_object();
      return refusal;
    }
    default: return refused(trust::Reason::kInternal);
  }
}

}  // namespace app::craft_agents
