#include "app/surfaces/craft_agents/descriptor.h"
#include "app/surfaces/craft_agents/handlers.h"

namespace app::craft_agents {

Task<Reply> health(const Service& service, CallContext& call) {
  const auto& settings = service.settings();
  const auto feed = service.rooms.status.feed_status();
  trust::Answer answer;
  engine::JsonWriter json(answer.body);
  json.begin_object();
  json.key("ok").boolean(true);
  json.key("status").string("ok");
  json.key("service").string(kServiceName);
  json.key("pluginVersion").string(service.config.version);
  json.key("environment").string(settings.environment);
  json.key("environmentProfile").string(trust::name(settings.profile));
  json.key("environmentProfileSource").string(profile_source(settings));
  json.key("profileDefaultsApplied").boolean(!settings.defaults_applied.empty());
  json.key("effectivePolicyVersion").string(kPolicyVersion);
  json.key("timezone").string("UTC");
  json.key("generatedAt").string(engine::rfc3339(call.now));
  json.key("enabledPlugins").begin_object().key("commerce").boolean(settings.features.commerce).end_object();
  json.key("systemComponents").begin_object();
  json.key("db").boolean(feed.source_connected);
  json.key("cache").boolean(true);
  json.key("users").boolean(true);
  json.end_object();
  json.key("feed").begin_object();
  json.key("serving").boolean(feed.serving);
  json.key("phase").string(feed.phase);
  json.key("progress").real(feed.progress);
  if (!feed.source_position.empty()) json.key("sourcePosition").string(feed.source_position);
  json.end_object();
  json.key("requestId").string(call.request_id);
  json.end_object();
  co_return answer;
}

}  // namespace app::craft_agents
