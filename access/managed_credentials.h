#pragma once
// The credentials an operator makes and takes away (contract craft-agents-governance section 2). Every change is one durable write
// together with its audit row, and is in force when the call returns.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "access/audit/audit_log.h"
#include "access/managed_credential.h"
#include "engine/base/clock.h"
#include "engine/crypto/random.h"

namespace trust {

/// What one is made from. Texts are normalised as the contract says; what cannot be is refused by name.
struct CredentialDraft {
  std::string handle;
  std::string display_name{};
  std::string description{};
  std::string owner{};
  std::optional<engine::Secret> token{};               ///< nullopt: one is made
  std::optional<std::vector<std::string>> scopes{};    ///< nullopt: the defaults
  std::vector<std::string> webhook_types{}, webhook_actions{};
  std::vector<std::string> ip_allowlist{};
  std::optional<bool> force_human_approval{};          ///< nullopt: true
  std::vector<std::string> approval_recipients{};
  std::optional<std::int64_t> ttl_days{};              ///< contract 2.6: blank and negative: no expiry; 0: never expires
  std::optional<std::int64_t> expiry_reminder_days{};
};

/// What is given replaces what is there.
struct CredentialEdit {
  std::optional<std::string> display_name{}, description{}, owner{};
  std::optional<std::vector<std::string>> scopes{}, webhook_types{}, webhook_actions{}, ip_allowlist{}, approval_recipients{};
  std::optional<bool> force_human_approval{};
  std::optional<std::int64_t> ttl_days{};              ///< from now; 0: never expires; negative: no expiry
  std::optional<std::int64_t> expiry_reminder_days{};
};

/// A token, shown once.
struct RevealedCredential {
  ManagedCredential credential;
  engine::Secret token;
  std::string_view action;   ///< "created", "rotated", "revoked and rotated"
};

/// When and how a credential was last seen, also before that is on disk.
struct UsagePulse {
  WallTime at{};
  bool wrote = false;
};

/// Threads: any. Blocking: what changes something (a synced write) and flush_usage(); the rest takes a short lock.
class ManagedCredentials {
 public:
  static constexpr std::size_t kMost = 10'000;
  static constexpr std::chrono::seconds kLongestOverlap{30 * 86'400};

  /// kMalformed: a damaged record.
  static engine::Result<std::unique_ptr<ManagedCredentials>> open(engine::store::Store& store, AuditLog& audit, std::shared_ptr<const TokenKey> key,
                                                                  engine::crypto::Random& random, const engine::Clock& clock);

  /// Names that are taken elsewhere: who has one of them would be taken for somebody else. Before use.
  void reserve(std::vector<std::string> handles) { reserved_ = std::move(handles); }

  /// kMalformed: `detail` names the field; kConflict: the handle or the token is taken; kFull: kMost are there.
  engine::Result<RevealedCredential> create(CredentialDraft draft, const Actor& actor);
  engine::Result<ManagedCredential> update(ManagedId id, const CredentialEdit& edit, const Actor& actor);   ///< kNotFound, kMalformed
  /// A new token; pause and revocation end with it, the expiry stays. `overlap`: how long the old one still works, up to kLongestOverlap.
  /// kMalformed: a longer overlap, or one of a revoked or paused credential.
  engine::Result<RevealedCredential> rotate(ManagedId id, std::chrono::seconds overlap, const Actor& actor);
  /// The same without overlap, under the name of taking the old token away.
  engine::Result<RevealedCredential> revoke_and_rotate(ManagedId id, const Actor& actor);
  engine::Result<ManagedCredential> revoke(ManagedId id, const Actor& actor);   ///< ends an overlap too
  engine::Result<ManagedCredential> pause(ManagedId id, const Actor& actor);    ///< kConflict: revoked
  engine::Result<ManagedCredential> resume(ManagedId id, const Actor& actor);   ///< kConflict: revoked
  engine::Result<void> remove(ManagedId id, const Actor& actor);

  std::vector<ManagedCredential> list() const;   ///< by handle
  std::optional<ManagedCredential> find(ManagedId id) const;
  std::optional<ManagedCredential> find(std::string_view handle) const;
  bool ever_made() const;                        ///< also where all of them were removed

  /// Called for every request of a managed credential; remembers, writes nothing.
  void note_use(ManagedId id, std::string_view address, std::string_view method, bool wrote);
  /// Writes what note_use() gathered, one record per credential used. Not synced: a lost "last used" costs nobody anything.
  engine::Result<void> flush_usage();
  std::optional<UsagePulse> pulse(ManagedId id) const;

  /// Called after every change, before its caller learns of it: whoever keeps a copy of the credentials renews it here. One listener; set before use.
  void on_change(std::function<void()> listener) { changed_ = std::move(listener); }

 private:
  struct Usage {
    WallTime first{}, at{};
    std::string address, method;
    bool wrote = false;
    bool unwritten = false;
  };
  using Change = std::function<engine::Result<void>(ManagedCredential&)>;
  ManagedCredentials(engine::store::Store& store, AuditLog& audit, std::shared_ptr<const TokenKey> key, engine::crypto::Random& random, const engine::Clock& clock);
  engine::Result<void> keep(ManagedCredential credential, engine::store::Batch& batch, AuditEvent event);
  engine::Result<ManagedCredential> change(ManagedId id, std::string_view action, const Actor& actor, const Change& apply);
  engine::Result<RevealedCredential> renew(ManagedId id, std::chrono::seconds overlap, std::string_view action, const Actor& actor);
  bool digest_taken(const TokenDigest& digest) const;
  void apply_usage(ManagedCredential& credential) const;

  engine::store::Store& store_;
  engine::store::Family rows_;
  AuditLog& audit_;
  std::shared_ptr<const TokenKey> key_;
  engine::crypto::Random& random_;
  const engine::Clock& clock_;
  std::function<void()> changed_;
  std::vector<std::string> reserved_;
  std::mutex changing_;                       // changes come one at a time, with their listener
  mutable std::shared_mutex reading_;         // guards records_ and next_id_; never held over a write to disk
  std::map<ManagedId, ManagedCredential> records_;
  std::uint64_t next_id_ = 1;
  mutable std::mutex using_;
  std::unordered_map<std::uint64_t, Usage> usage_;
};

}  // namespace trust
