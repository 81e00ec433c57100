#include "access/credentials.h"

#include <algorithm>

#include "engine/base/text_codec.h"
#include "engine/crypto/digest.h"
#include "engine/crypto/hmac.h"

namespace trust {

namespace {

bool good_id(std::string_view id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

ScopeSet scopes_without_a_list(const Features& features, std::span<const std::string> default_names) {
  std::vector<std::string> names(default_names.begin(), default_names.end());
  if (names.empty()) names.assign(default_scopes().begin(), default_scopes().end());
  std::erase_if(names, [&](const std::string& name) {
    for (const auto& scope : scope_catalogue()) {
      if (scope.name == name) return (scope.feature == "commerce" || scope.feature == "writes") && !is_on(features, scope.feature);
    }
    return false;
  });
  return ScopeSet(names);
}

std::vector<IpRange> read_allowlist(const CredentialConfig& config, std::string& problems) {
  std::vector<IpRange> ranges;
  for (const auto& text : config.ip_allowlist) {
    auto range = IpRange::parse(text);
    if (range) {
      ranges.push_back(*range);
    } else {
      problems += "credential " + config.id + ": " + range.error().detail + "\n";
    }
  }
  return ranges;
}

bool equal_digests(const std::array<unsigned char, 32>& a, const std::array<unsigned char, 32>& b) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace

engine::Result<CredentialSet> CredentialSet::build(std::span<const CredentialConfig> configs, const Features& features,
                                                   std::span<const std::string> default_names) {
  CredentialSet set;
  std::string problems;
  std::vector<std::string_view> ids;
  for (const auto& config : configs) {
    if (!good_id(config.id)) problems += "credential id \"" + config.id + "\": use letters, digits, '.', '_' and '-'\n";
    if (std::find(ids.begin(), ids.end(), config.id) != ids.end()) problems += "credential " + config.id + " is there twice\n";
    ids.push_back(config.id);
    if (config.token.empty()) problems += "credential " + config.id + " has no token\n";
    auto allowlist = read_allowlist(config, problems);
    const auto token = config.token.reveal();
    const auto digest = engine::crypto::sha256(token);
    const bool known = std::any_of(set.credentials_.begin(), set.credentials_.end(),
                                   [&](const Credential& other) { return equal_digests(other.digest, digest); });
    if (!config.enabled || known) continue;
    Credential credential;
    credential.id = config.id;
    credential.label = config.label.empty() ? config.id : config.label;
    credential.scopes = config.scopes ? ScopeSet(*config.scopes) : scopes_without_a_list(features, default_names);
    credential.ip_allowlist = std::move(allowlist);
    const auto fingerprint = engine::crypto::sha1(token);
    credential.fingerprint = engine::to_hex(engine::crypto::bytes_of(fingerprint));
    credential.digest = digest;
    set.credentials_.push_back(std::move(credential));
  }
  if (!problems.empty()) {
    problems.pop_back();
    return engine::fail(engine::Errc::kMalformed, problems);
  }
  return set;
}

const Credential* CredentialSet::find_again(const Credential& earlier) const {
  for (const auto& credential : credentials_) {
    if (credential.id == earlier.id && equal_digests(credential.digest, earlier.digest)) return &credential;
  }
  return nullptr;
}

const Credential* CredentialSet::find(std::string_view token) const {
  const auto digest = engine::crypto::sha256(token);
  const Credential* found = nullptr;
  for (const auto& credential : credentials_) {  // all of them, whichever matches
    const bool match = equal_digests(credential.digest, digest);
    found = match && !found ? &credential : found;
  }
  return found;
}

}  // namespace trust
