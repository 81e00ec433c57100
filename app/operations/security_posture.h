#pragma once
// How the door stands: settings, credentials by name, webhook, and what is wrong with them (contract craft-agents-governance 3.5, 3.6). Pure.
// No secret and no full URL gets in here.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/credentials.h"
#include "app/operations/runtime.h"

namespace app::operations {

struct WebhookFacts {
  std::string url;  ///< empty: none
  bool secret_configured = false;
  std::uint32_t timeout_seconds = 5;
  std::uint32_t max_attempts = 3;
};

struct PostureInput {
  const Runtime& runtime;
  const trust::CredentialSet& credentials;  ///< the live ones
  std::vector<std::string> default_scopes;  ///< of credentials without their own
  WebhookFacts webhook;
  std::vector<std::string> further_warnings;  ///< what the configuration has to be told
};

struct PostureWarning {
  bool error = false;
  std::string message;
  std::string code{};  ///< "missing_credentials", or empty
};

struct Posture {
  std::uint64_t credentials = 0, managed = 0, configured = 0;  ///< usable ones
  std::vector<std::string> credential_ids;                     ///< "cp:<handle>" and "env:<id>"
  std::vector<std::string> default_scopes;
  bool requested_require_token = true;  ///< before production forced it
  bool webhook_url = false, webhook_secret = false;
  std::optional<std::string> webhook_host;  ///< "https://example.test"
  std::uint32_t webhook_timeout_seconds = 5, webhook_max_attempts = 3;
  std::vector<PostureWarning> warnings;
  bool webhook_enabled() const { return webhook_url && webhook_secret; }
  std::size_t count(bool errors) const;
};

Posture evaluate_posture(const PostureInput& input);

}  // namespace app::operations
