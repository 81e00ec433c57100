#include "app/surfaces/craft_agents/descriptor.h"
#include "app/surfaces/craft_agents/handlers.h"

namespace app::craft_agents {

namespace {

std::string_view source_of(const trust::Principal& principal) {
  if (principal.anonymous()) return "unknown";
  return principal.credential()->source == trust::CredentialSource::kManaged ? "cp" : "env";
}

void write_principal(engine::JsonWriter& json, const trust::Principal& principal) {
  json.begin_object();
  json.key("credentialId").string(principal.id());
  json.key("credentialSource").string(source_of(principal));
  json.key("managedCredentialId");
  if (principal.anonymous()) {
    json.null();
  } else {
    json.number(principal.credential()->managed_id);
  }
  json.key("authMethod").string(trust::name(principal.method()));
  json.key("principalFingerprint").string(principal.fingerprint());
  json.end_object();
}

void write_rate(engine::JsonWriter& json, const trust::RateDecision& rate, const trust::GateSettings& settings) {
  json.begin_object();
  json.key("limit").number(rate.limit);
  json.key("remaining").number(rate.remaining);
  json.key("resetAtEpoch").number(rate.reset_epoch);
  json.key("windowSeconds").number(settings.rate.window.count());
  json.key("resetAt").string(engine::rfc3339(engine::WallTime(std::chrono::seconds(rate.reset_epoch))));
  json.end_object();
}

}  // namespace

Task<Reply> whoami(const Service& service, CallContext& call) {
  const auto& settings = service.settings();
  const auto granted = call.principal.scopes().granted(settings.features);
  trust::Answer answer;
  engine::JsonWriter json(answer.body);
  json.begin_object();
  json.key("ok").boolean(true);
  json.key("data").begin_object();
  json.key("credentialId").string(call.principal.id());
  json.key("label").string(call.principal.label());
  json.key("scopes");
  write_strings(json, {granted.begin(), granted.end()});
  json.end_object();
  json.key("service").string(kServiceName);
  json.key("generatedAt").string(engine::rfc3339(call.now));
  json.key("requestId").string(call.request_id);
  json.key("principal");
  write_principal(json, call.principal);
  json.key("authorization");
  write_authorization(json, service, call.principal);
  json.key("runtimeSecurity").begin_object();
  json.key("requireToken").boolean(settings.require_token);
  json.key("allowQueryToken").boolean(settings.allow_query_token);
  json.key("redactEmail").boolean(settings.redact_email);
  json.end_object();
  json.key("rateLimit");
  write_rate(json, call.rate, settings);
  json.end_object();
  co_return answer;
}

}  // namespace app::craft_agents
