#include "access/credential_directory.h"

#include "engine/telemetry/log.h"

namespace trust {

using engine::Result;

CredentialDirectory::CredentialDirectory(DirectoryConfig config, ManagedCredentials& managed, const engine::Clock& clock)
    : config_(std::move(config)), managed_(managed), clock_(clock) {}

Result<std::unique_ptr<CredentialDirectory>> CredentialDirectory::open(DirectoryConfig config, ManagedCredentials& managed, const engine::Clock& clock) {
  std::unique_ptr<CredentialDirectory> directory(new CredentialDirectory(std::move(config), managed, clock));
  auto first = directory->make();
  if (!first) return first.take_error();
  directory->current_ = std::move(*first);
  managed.on_change([keeper = directory.get()] { keeper->refresh(); });
  return directory;
}

Result<std::shared_ptr<const CredentialSet>> CredentialDirectory::make() const {
  const auto managed = managed_.list();
  auto set = CredentialSet::build(managed, clock_.wall_now(), config_.configured, config_.features, config_.default_scopes, config_.key);
  if (!set) return set.take_error();
  if (managed_.ever_made()) set->mark_configured();
  return std::make_shared<const CredentialSet>(std::move(*set));
}

std::shared_ptr<const CredentialSet> CredentialDirectory::current() const {
  const std::lock_guard lock(keeping_);
  return current_;
}

void CredentialDirectory::subscribe(Subscriber subscriber) {
  const std::lock_guard refreshing(refreshing_);
  subscriber(current());
  subscribers_.push_back(std::move(subscriber));
}

void CredentialDirectory::refresh() {
  const std::lock_guard refreshing(refreshing_);
  auto made = make();
  std::shared_ptr<const CredentialSet> set;
  if (made) {
    set = std::move(*made);
  } else {  // what is stored was checked when it was stored; if it is damaged all the same, nobody gets in
    engine::telemetry::log_event(engine::telemetry::Level::kError, "credentials_closed", {{"detail", made.error().detail}});
    CredentialSet closed;
    closed.mark_configured();
    set = std::make_shared<const CredentialSet>(std::move(closed));
  }
  {
    const std::lock_guard lock(keeping_);
    current_ = set;
  }
  for (const auto& subscriber : subscribers_) subscriber(set);
}

std::optional<WallTime> CredentialDirectory::next_expiry() const {
  std::optional<WallTime> next;
  for (const auto& credential : current()->all()) {
    if (credential.not_after && (!next || *credential.not_after < *next)) next = credential.not_after;
  }
  return next;
}

}  // namespace trust
