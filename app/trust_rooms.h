#pragma once
// The rooms of access/ that keep something, opened together and kept up.

#include <functional>
#include <memory>

#include "access/audit/denial_audit.h"
#include "access/credential_directory.h"
#include "access/gate/gate.h"
#include "access/gate/traffic.h"
#include "access/managed_credentials.h"
#include "access/vault.h"
#include "app/config.h"
#include "delivery/interests.h"
#include "engine/runtime/timers.h"

namespace app {

/// Threads: as the rooms say. open() blocks.
class TrustRooms {
 public:
  static engine::Result<std::unique_ptr<TrustRooms>> open(engine::store::Store& store, const Config& config, const trust::Features& features, engine::Timers& timers);

  trust::Vault& vault() { return *vault_; }
  trust::AuditLog& audit() { return *audit_; }
  trust::ManagedCredentials& credentials() { return *credentials_; }
  trust::CredentialDirectory& directory() { return *directory_; }
  trust::Traffic& traffic() { return traffic_; }

  /// Counts and refusals of that gate are kept here from now on. Before the first request.
  void watch(trust::Gate& gate);
  /// The same and uses too; it gets each new set of credentials.
  void attach(trust::Gate& gate);

  /// What the configured and the managed credentials want webhooks for.
  std::vector<delivery::Interest> interests() const;

  /// Ends tokens when their time comes, writes uses and refusals now and then. Runs until `stopping` says so, at most a tick longer.
  engine::Task<void> keep_up(asio::thread_pool& pool, std::function<bool()> stopping);
  /// Writes what keep_up() would have written next. Blocking.
  void flush() {
    flush_usage();
    flush_denials();
  }

 private:
  void flush_usage();
  void flush_denials();
  TrustRooms(engine::Timers& timers, std::vector<delivery::Interest> configured) : timers_(timers), traffic_(timers), configured_(std::move(configured)) {}

  engine::Timers& timers_;
  engine::crypto::SystemRandom random_;
  trust::Traffic traffic_;
  std::vector<delivery::Interest> configured_;
  std::unique_ptr<trust::Vault> vault_;
  std::unique_ptr<trust::AuditLog> audit_;
  std::unique_ptr<trust::ManagedCredentials> credentials_;
  std::unique_ptr<trust::CredentialDirectory> directory_;
  std::unique_ptr<trust::DenialAudit> denials_;
};

}  // namespace app
