#pragma once
// The one permission function: every surface asks it, nobody else decides.

#include <memory>
#include <string>
#include <string_view>

#include "access/credentials.h"
#include "engine/net/route.h"

namespace trust {

enum class AuthMethod { kNone, kAuthorization, kAgentsToken, kQuery };
/// "none", "authorization", "x-agents-token", "query".
std::string_view name(AuthMethod method);

/// Who asks. Keeps the set its credential lives in.
class Principal {
 public:
  /// Nobody in particular, with every scope: token enforcement is off.
  Principal() = default;
  Principal(std::shared_ptr<const CredentialSet> set, const Credential& credential, AuthMethod method)
      : set_(std::move(set)), credential_(&credential), method_(method) {}

  bool anonymous() const { return credential_ == nullptr; }
  std::string_view id() const { return credential_ ? std::string_view(credential_->id) : "anonymous"; }
  std::string_view label() const { return credential_ ? std::string_view(credential_->label) : "anonymous"; }
  std::string_view fingerprint() const { return credential_ ? std::string_view(credential_->fingerprint) : "token-disabled"; }
  AuthMethod method() const { return method_; }
  /// nullptr: anonymous.
  const Credential* credential() const { return credential_; }
  const ScopeSet& scopes() const;
  /// The credentials among which it was found; nullptr: anonymous.
  const CredentialSet* found_in() const { return set_.get(); }

 private:
  std::shared_ptr<const CredentialSet> set_;
  const Credential* credential_ = nullptr;
  AuthMethod method_ = AuthMethod::kNone;
};

/// Allowed, or the scopes that would have been needed.
struct Permission {
  bool allowed = true;
  std::string canonical{};  ///< the one scope to ask for; empty when allowed
  std::string missing{};    ///< every alternative, joined by " | "; empty when allowed
  explicit operator bool() const { return allowed; }
};

/// May `principal` do what needs `needed`? `deprecated`: the canonical name stands among the alternatives.
Permission allow(const Principal& principal, const engine::net::ScopeRule& needed, bool deprecated = false);
/// May `principal` do (or see) what this one scope stands for?
bool allow(const Principal& principal, std::string_view scope);

}  // namespace trust
