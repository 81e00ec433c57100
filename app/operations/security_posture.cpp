#include "app/operations/security_posture.h"

#include <algorithm>
#include <set>

#include "engine/net/transport.h"

namespace app::operations {

namespace {

std::optional<std::string> scheme_and_host(const std::string& url) {
  const auto parsed = engine::net::parse_url(url);
  if (!parsed) return std::nullopt;
  const bool is_ipv6 = parsed->host.find(':') != std::string::npos;
  return parsed->scheme + "://" + (is_ipv6 ? "[" + parsed->host + "]" : parsed->host);
}

void count_credentials(const trust::CredentialSet& set, Posture& posture) {
  std::set<std::string> seen;  // one with two tokens is one
  for (const auto& credential : set.all()) {
    const bool managed = credential.source == trust::CredentialSource::kManaged;
    auto id = (managed ? "cp:" : "env:") + credential.id;
    if (!seen.insert(id).second) continue;
    ++posture.credentials;
    ++(managed ? posture.managed : posture.configured);
    posture.credential_ids.push_back(std::move(id));
  }
}

void judge_tokens(const trust::GateSettings& settings, Posture& posture) {
  auto& warnings = posture.warnings;
  const bool strict = settings.production && settings.fail_on_missing_token_in_production;
  if (settings.profile_invalid) warnings.push_back({false, "The environment profile is none of local, test, staging, production."});
  if (settings.token_requirement_forced)
    warnings.push_back({true, "Tokens were switched off in production; they are required all the same."});
  else if (!settings.require_token)
    warnings.push_back({false, "Tokens are not required: everybody who reaches the port may read."});
  if (settings.allow_query_token) warnings.push_back({false, "Tokens in the query are accepted; they end in logs and histories."});
  if (settings.production && settings.allow_insecure_no_token_in_production && !settings.require_token) {
    warnings.push_back({false, "Production runs without tokens by explicit wish."});
  }
  if (settings.require_token && posture.credentials == 0) {
    warnings.push_back(
        {strict, strict ? "No credential works; guarded routes refuse every request." : "No credential works; make one.", "missing_credentials"});
  }
}

}  // namespace

std::size_t Posture::count(bool errors) const {
  return static_cast<std::size_t>(std::count_if(warnings.begin(), warnings.end(), [errors](const PostureWarning& one) { return one.error == errors; }));
}

Posture evaluate_posture(const PostureInput& input) {
  const auto& settings = input.runtime.settings;
  Posture posture;
  count_credentials(input.credentials, posture);
  posture.default_scopes = input.default_scopes;
  posture.requested_require_token = settings.require_token && !settings.token_requirement_forced;
  posture.webhook_url = !input.webhook.url.empty();
  posture.webhook_secret = input.webhook.secret_configured;
  posture.webhook_host = scheme_and_host(input.webhook.url);
  posture.webhook_timeout_seconds = input.webhook.timeout_seconds;
  posture.webhook_max_attempts = input.webhook.max_attempts;
  for (const auto& text : input.further_warnings) posture.warnings.push_back({false, text});
  judge_tokens(settings, posture);
  if (posture.webhook_url && !posture.webhook_secret) posture.warnings.push_back({false, "The webhook has a URL but no secret: nothing is delivered."});
  if (!posture.webhook_url && posture.webhook_secret) posture.warnings.push_back({false, "The webhook has a secret but no URL: nothing is delivered."});
  return posture;
}

}  // namespace app::operations
