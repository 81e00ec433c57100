#pragma once
// Keeps the set of live credentials true: those of the configuration and the managed ones, as they come, change, expire and go.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "access/credentials.h"
#include "access/managed_credentials.h"
#include "engine/base/clock.h"

namespace trust {

struct DirectoryConfig {
  std::vector<CredentialConfig> configured{};
  Features features{};
  std::vector<std::string> default_scopes{};
  std::shared_ptr<const TokenKey> key{};
};

/// Threads: any. Blocking: current() never; refresh() as long as its subscribers take.
class CredentialDirectory {
 public:
  using Subscriber = std::function<void(const std::shared_ptr<const CredentialSet>&)>;

  /// Listens to `managed` from now on; both references outlive this. kMalformed: as CredentialSet::build.
  static engine::Result<std::unique_ptr<CredentialDirectory>> open(DirectoryConfig config, ManagedCredentials& managed, const engine::Clock& clock);

  std::shared_ptr<const CredentialSet> current() const;
  /// Called with the present set now, and with each new one before the change that made it is answered. Subscribers are added before use; they may
  /// block as a write to the store does.
  void subscribe(Subscriber subscriber);
  /// Makes the set anew. Called by itself after each change of a managed credential; by whoever keeps the time at next_expiry().
  void refresh();
  /// When the next token ends by itself; nullopt: none does.
  std::optional<WallTime> next_expiry() const;

 private:
  CredentialDirectory(DirectoryConfig config, ManagedCredentials& managed, const engine::Clock& clock);
  engine::Result<std::shared_ptr<const CredentialSet>> make() const;

  const DirectoryConfig config_;
  ManagedCredentials& managed_;
  const engine::Clock& clock_;
  std::mutex refreshing_;  // sets are published in the order in which they are made
  std::vector<Subscriber> subscribers_;
  mutable std::mutex keeping_;
  std::shared_ptr<const CredentialSet> current_;
};

}  // namespace trust
