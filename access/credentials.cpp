#include "access/credentials.h"

#include <algorithm>

#include "engine/base/text_codec.h"
#include "engine/crypto/digest.h"
#include "engine/crypto/hmac.h"

namespace trust {

namespace {

bool good_id(std::string_view id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == ':';
  });
}

bool switched_off(std::string_view scope, const Features& features) {
  for (const auto& known : scope_catalogue()) {
    if (known.name == scope) return (known.feature == "commerce" || known.feature == "writes") && !is_on(features, known.feature);
  }
  return false;
}

/// Without what belongs to a part that is off. What is left may be nothing, and grants nothing.
ScopeSet available(std::vector<std::string> names, const Features& features) {
  std::erase_if(names, [&](const std::string& name) { return switched_off(name, features); });
  return ScopeSet(names);
}

ScopeSet scopes_without_a_list(const Features& features, std::span<const std::string> default_names) {
  std::vector<std::string> names(default_names.begin(), default_names.end());
  if (names.empty()) names.assign(default_scopes().begin(), default_scopes().end());
  return available(std::move(names), features);
}

std::vector<IpRange> read_allowlist(const std::string& id, const std::vector<std::string>& allowlist, std::string& problems) {
  std::vector<IpRange> ranges;
  for (const auto& text : allowlist) {
    auto range = IpRange::parse(text);
    if (range) {
      ranges.push_back(*range);
    } else {
      problems += "credential " + id + ": " + range.error().detail + "\n";
    }
  }
  return ranges;
}

std::string fingerprint(std::string_view text) {
  const auto digest = engine::crypto::sha1(text);
  return engine::to_hex(engine::crypto::bytes_of(digest));
}

/// One per token that still works.
std::vector<Credential> credentials_of(const ManagedCredential& managed, const Features& features, std::string& problems) {
  Credential credential;
  credential.id = managed.handle;
  credential.label = managed.display_name.empty() ? managed.handle : managed.display_name;
  credential.source = CredentialSource::kManaged;
  credential.managed_id = static_cast<std::int64_t>(managed.id.value);
  credential.scopes = available(managed.scopes, features);
  credential.ip_allowlist = read_allowlist(managed.handle, managed.ip_allowlist, problems);
  credential.force_human_approval = managed.force_human_approval;
  credential.not_after = managed.expires_at;
  credential.fingerprint = fingerprint(hex(managed.digest));
  credential.digest = managed.digest;
  std::vector<Credential> all{credential};
  if (managed.previous) {
    credential.digest = managed.previous->digest;
    credential.fingerprint = fingerprint(hex(managed.previous->digest));
    credential.not_after = credential.not_after ? std::min(*credential.not_after, managed.previous->until) : managed.previous->until;
    all.push_back(std::move(credential));
  }
  return all;
}

}  // namespace

void CredentialSet::add(Credential credential) {
  const bool known = std::any_of(digests_.begin(), digests_.end(), [&](const TokenDigest& digest) { return equal(digest, credential.digest); });
  if (known) return;
  if (credentials_.empty() || credentials_.back().id != credential.id || credentials_.back().source != credential.source) ++size_;
  digests_.push_back(credential.digest);
  credentials_.push_back(std::move(credential));
}

engine::Result<CredentialSet> CredentialSet::build(std::span<const CredentialConfig> configs, const Features& features,
                                                   std::span<const std::string> default_names, std::shared_ptr<const TokenKey> key) {
  return build({}, WallTime{}, configs, features, default_names, std::move(key));
}

engine::Result<CredentialSet> CredentialSet::build(std::span<const ManagedCredential> managed, WallTime now, std::span<const CredentialConfig> configs,
                                                   const Features& features, std::span<const std::string> default_names,
                                                   std::shared_ptr<const TokenKey> key) {
  static const auto kProcessKey = std::make_shared<const TokenKey>();
  CredentialSet set;
  set.key_ = key ? std::move(key) : kProcessKey;
  set.ever_configured_ = !configs.empty() || !managed.empty();
  std::string problems;
  std::vector<std::string_view> ids;
  for (const auto& one : managed) {
    if (!is_usable(one, now)) continue;
    for (auto& credential : credentials_of(one, features, problems)) {
      if (!credential.over(now)) set.add(std::move(credential));
    }
  }
  for (const auto& config : configs) {
    if (!good_id(config.id)) problems += "credential id \"" + config.id + "\": use letters, digits, '.', '_', ':' and '-'\n";
    if (std::find(ids.begin(), ids.end(), config.id) != ids.end()) problems += "credential " + config.id + " is there twice\n";
    ids.push_back(config.id);
    if (config.token.empty()) problems += "credential " + config.id + " has no token\n";
    auto allowlist = read_allowlist(config.id, config.ip_allowlist, problems);
    if (!config.enabled) continue;
    Credential credential;
    credential.id = config.id;
    credential.label = config.label.empty() ? config.id : config.label;
    credential.scopes = config.scopes ? ScopeSet(*config.scopes) : scopes_without_a_list(features, default_names);
    credential.ip_allowlist = std::move(allowlist);
    credential.fingerprint = fingerprint(config.token.reveal());
    credential.digest = set.key_->digest(config.token.reveal());
    set.add(std::move(credential));
  }
  if (!problems.empty()) {
    problems.pop_back();
    return engine::fail(engine::Errc::kMalformed, problems);
  }
  return set;
}

const Credential* CredentialSet::find_again(const Credential& earlier) const {
  for (const auto& credential : credentials_) {
    if (credential.id == earlier.id && equal(credential.digest, earlier.digest)) return &credential;
  }
  return nullptr;
}

const Credential* CredentialSet::find(std::string_view token, WallTime now) const {
  if (!key_) return nullptr;
  const auto digest = key_->digest(token);
  std::size_t found = 0;                              // one beyond its index
  for (std::size_t i = 0; i < digests_.size(); ++i) {  // all of them, whichever matches, without a branch on the outcome
    const std::size_t match = equal(digests_[i], digest);
    found |= (0 - match) & (i + 1);
  }
  const Credential* credential = found == 0 ? nullptr : &credentials_[found - 1];
  return credential && credential->over(now) ? nullptr : credential;
}

}  // namespace trust
