#pragma once
// Who may come in.

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/ip_range.h"
#include "access/scopes.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace trust {

/// One credential as the configuration gives it. The contract calls these "env" credentials.
struct CredentialConfig {
  std::string id;                         ///< letters, digits, '.', '_', '-'; unique
  std::string label{};                    ///< for people; empty: the id
  engine::Secret token{};
  std::optional<std::vector<std::string>> scopes{};  ///< nullopt: the service's default scopes
  std::vector<std::string> ip_allowlist{};           ///< addresses and CIDRs; empty: from anywhere
  bool enabled = true;                    ///< a disabled one is as good as unknown
};

enum class CredentialSource { kConfiguration, kManaged };

/// A credential ready to be compared. The token itself is not kept.
struct Credential {
  std::string id;
  std::string label;
  CredentialSource source = CredentialSource::kConfiguration;
  std::int64_t managed_id = 0;
  ScopeSet scopes;
  std::vector<IpRange> ip_allowlist;
  std::string fingerprint;                 ///< SHA-1 hex of the token (contract 4.5)
  std::array<unsigned char, 32> digest{};  ///< SHA-256 of the token
};

/// The live credentials of one moment. Immutable; replaced as a whole.
/// Threads: any.
class CredentialSet {
 public:
  CredentialSet() = default;
  /// Disabled ones are left out; of two with one token the first stays. kMalformed lists every problem at once: an empty or
  /// repeated id, an empty token, an unreadable allowlist entry. `default_names`: scopes for credentials without their own,
  /// filtered by `features`.
  static engine::Result<CredentialSet> build(std::span<const CredentialConfig> configs, const Features& features,
                                             std::span<const std::string> default_names = {});

  /// The credential of that token, nullptr where there is none. Takes the same time whichever matches, or none.
  const Credential* find(std::string_view token) const;

  /// The live credential that `earlier`, of another set, was: same id and same token. nullptr: there is none any more.
  const Credential* find_again(const Credential& earlier) const;

  bool empty() const { return credentials_.empty(); }
  std::size_t size() const { return credentials_.size(); }
  const std::vector<Credential>& all() const { return credentials_; }

 private:
  std::vector<Credential> credentials_;
};

}  // namespace trust
