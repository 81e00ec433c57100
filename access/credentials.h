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
#include "access/managed_credential.h"
#include "access/scopes.h"
#include "access/token.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace trust {

/// What ids of operators begin with; no other credential's may.
inline constexpr std::string_view kOperatorPrefix = "cp:";

/// One credential as the configuration gives it. The contract calls these "env" credentials.
struct CredentialConfig {
  std::string id;                         ///< letters, digits, '.', '_', ':', '-'; unique
  std::string label{};                    ///< for people; empty: the id
  engine::Secret token{};
  std::optional<std::vector<std::string>> scopes{};  ///< nullopt: the service's default scopes
  std::vector<std::string> ip_allowlist{};           ///< addresses and CIDRs; empty: from anywhere
  bool enabled = true;                    ///< a disabled one is as good as unknown
};

enum class CredentialSource { kConfiguration, kManaged };

/// A credential ready to be compared. The token itself is not kept. A managed one whose token was rotated with an overlap stands here twice.
struct Credential {
  std::string id;
  std::string label;
  CredentialSource source = CredentialSource::kConfiguration;
  std::int64_t managed_id = 0;
  ScopeSet scopes;
  std::vector<IpRange> ip_allowlist;
  bool force_human_approval = false;       ///< of a managed one: no governed action without an approval
  std::optional<WallTime> not_after{};     ///< from then on its token is as good as unknown
  std::string fingerprint;                 ///< SHA-1 hex of the token, of a managed one of its digest (contract 4.5)
  TokenDigest digest{};

  bool over(WallTime now) const { return not_after && *not_after <= now; }
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
                                             std::span<const std::string> default_names = {}, std::shared_ptr<const TokenKey> key = {});
  /// The same with the managed ones that are usable now in front, in the order given. Their digests were made with `key`.
  static engine::Result<CredentialSet> build(std::span<const ManagedCredential> managed, WallTime now, std::span<const CredentialConfig> configs,
                                             const Features& features, std::span<const std::string> default_names, std::shared_ptr<const TokenKey> key);

  /// The credential of that token, nullptr where there is none. The instructions spent do not depend on which matches, or whether one does.
  const Credential* find(std::string_view token, WallTime now) const;

  /// The live credential that `earlier`, of another set, was: same id and same token. nullptr: there is none any more.
  const Credential* find_again(const Credential& earlier) const;

  /// Was there ever one, usable or not? Without any, tokens cannot be asked for.
  bool ever_configured() const { return ever_configured_; }
  /// Also where all that were configured are disabled, paused, revoked or expired.
  void mark_configured() { ever_configured_ = true; }

  bool empty() const { return credentials_.empty(); }
  /// Credentials, not tokens.
  std::size_t size() const { return size_; }
  const std::vector<Credential>& all() const { return credentials_; }

 private:
  void add(Credential credential);
  std::vector<Credential> credentials_;
  std::vector<TokenDigest> digests_;  // of credentials_, in its order: what find() walks
  std::shared_ptr<const TokenKey> key_;
  std::size_t size_ = 0;
  bool ever_configured_ = false;
};

}  // namespace trust
