#pragma once
// The environment variables of the contract (craft-agents-governance 3.1, 2.11), for who brings a set-up of the original along. They win over the file.

#include "app/config.h"

namespace app {

/// Takes every PLUGIN_AGENTS_… variable but those of the webhook. An empty one counts as unset; one that cannot be read too, with a line in
/// Config::warnings that names it and not its value. Before what depends on the profile is resolved.
void apply_environment(const Environment& environment, Config& config);
/// URL and secret of the webhook.
void apply_webhook_environment(const Environment& environment, delivery::EndpointConfig& endpoint);

/// Credentials as the JSON of PLUGIN_AGENTS_API_CREDENTIALS gives them: an object with `token` or `value`, a list of such, or a map from id to such.
/// What is good is taken; `flawed` says that something was not.
std::vector<trust::CredentialConfig> credentials_from_json(std::string_view json, bool& flawed);

}  // namespace app
