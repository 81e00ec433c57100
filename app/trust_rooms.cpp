#include "app/trust_rooms.h"

#include "engine/runtime/on_pool.h"
#include "engine/telemetry/log.h"

namespace app {

using engine::Result;
using engine::telemetry::Level;
using engine::telemetry::log_event;

namespace {

constexpr auto kTick = std::chrono::seconds(1);
constexpr int kTicksPerUsage = 5, kTicksPerDenials = 60;

/// What is worth a row: not what everybody gets who mistypes a path.
std::string_view denial(const trust::Refusal& refusal) {
  switch (refusal.reason) {
    case trust::Reason::kUnauthorized: return "unauthorized";
    case trust::Reason::kAddressRefused: return "address_refused";
    case trust::Reason::kForbidden: return "forbidden";
    case trust::Reason::kRateLimited: return "rate_limited";
    default: return {};
  }
}

}  // namespace

Result<std::unique_ptr<TrustRooms>> TrustRooms::open(engine::store::Store& store, const Config& config, const trust::Features& features, engine::Timers& timers) {
  std::unique_ptr<TrustRooms> rooms(new TrustRooms(timers, config.interests));
  auto keys = master_keys(config.secrets, config.storage.directory, rooms->random_);
  if (!keys) return keys.take_error();
  if (keys->made) log_event(Level::kInfo, "master_key_made", {{"directory", config.storage.directory.string()}, {"advice", "keep a copy of secret.key elsewhere"}});
  auto vault = trust::Vault::open(store, std::move(keys->master), keys->retired, rooms->random_);
  if (!vault) return vault.take_error();
  rooms->vault_ = std::move(*vault);
  if (rooms->vault_->resealed() > 0) log_event(Level::kInfo, "secrets_resealed", {{"count", std::uint64_t(rooms->vault_->resealed())}});
  auto audit = trust::AuditLog::open(store, *rooms->vault_, timers);
  if (!audit) return audit.take_error();
  rooms->audit_ = std::move(*audit);
  rooms->denials_ = std::make_unique<trust::DenialAudit>(*rooms->audit_);
  auto token_key = rooms->vault_->key("tokens");
  if (!token_key) return token_key.take_error();
  const auto key = std::make_shared<const trust::TokenKey>(std::move(*token_key));
  auto credentials = trust::ManagedCredentials::open(store, *rooms->audit_, key, rooms->random_, timers);
  if (!credentials) return credentials.take_error();
  rooms->credentials_ = std::move(*credentials);
  std::vector<std::string> configured;
  for (const auto& one : config.credentials) {
    configured.push_back(one.id);
    if (rooms->credentials_->find(one.id)) log_event(Level::kWarn, "credential_twice", {{"id", one.id}, {"detail", "a managed credential has the id of a configured one; rename one of them"}});
  }
  rooms->credentials_->reserve(std::move(configured));
  auto directory = trust::CredentialDirectory::open({config.credentials, features, config.gate.default_scopes, key}, *rooms->credentials_, timers);
  if (!directory) return directory.take_error();
  rooms->directory_ = std::move(*directory);
  return rooms;
}

void TrustRooms::watch(trust::Gate& gate) {
  gate.count_in(traffic_);
  gate.on_denial([this](const trust::Refusal& refusal, const trust::Principal& principal, const engine::net::Request& request, std::string_view id) {
    const auto reason = denial(refusal);
    if (reason.empty()) return;
    denials_->note(reason, principal.anonymous() ? std::string_view{} : principal.id(), request.peer_address, request.path, id);
  });
}

void TrustRooms::attach(trust::Gate& gate) {
  watch(gate);
  gate.on_usage([this](const trust::Principal& principal, const engine::net::Request& request) {
    const auto* credential = principal.credential();
    if (!credential || credential->source != trust::CredentialSource::kManaged) return;
    const bool wrote = request.method != engine::net::Method::kGet && request.method != engine::net::Method::kHead;
    credentials_->note_use(trust::ManagedId{static_cast<std::uint64_t>(credential->managed_id)}, request.peer_address, trust::name(principal.method()), wrote);
  });
  directory_->subscribe([&gate](const std::shared_ptr<const trust::CredentialSet>& set) { gate.replace_credentials(set); });
}

std::vector<delivery::Interest> TrustRooms::interests() const {
  auto all = configured_;
  const auto now = timers_.wall_now();
  for (const auto& credential : credentials_->list()) {
    if (trust::is_usable(credential, now)) all.push_back({credential.handle, credential.webhook_types, credential.webhook_actions});
  }
  return all;
}

engine::Task<void> TrustRooms::keep_up(asio::thread_pool& pool, std::function<bool()> stopping) {
  for (int tick = 1;; ++tick) {
    co_await timers_.sleep_until(timers_.now() + kTick);
    if (stopping()) co_return;
    const auto expiry = directory_->next_expiry();
    const bool ends = expiry && *expiry <= timers_.wall_now();
    if (!ends && tick % kTicksPerUsage != 0) continue;
    auto work = [this, ends, denials = tick % kTicksPerDenials == 0] {
      if (ends) directory_->refresh();
      flush_usage();
      if (denials) flush_denials();
    };
    co_await engine::on_pool(pool, work);
  }
}

void TrustRooms::flush_usage() {
  if (auto written = credentials_->flush_usage(); !written) log_event(Level::kWarn, "usage_not_written", {{"detail", written.error().detail}});
}

void TrustRooms::flush_denials() {
  if (auto written = denials_->flush(); !written) log_event(Level::kWarn, "denials_not_audited", {{"detail", written.error().detail}});
}

}  // namespace app
