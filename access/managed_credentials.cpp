#include "access/managed_credentials.h"

#include <algorithm>

#include "access/credential_fields.h"
#include "access/key_schema.h"
#include "access/scopes.h"
#include "engine/base/json_writer.h"

namespace trust {

using engine::Errc;
using engine::Result;

namespace {

constexpr std::string_view kRow = "c", kNext = "n";

/// What an audit row tells of a credential: nothing of its token, not even the prefix.
std::string facts(const ManagedCredential& credential) {
  std::string out;
  engine::JsonWriter json(out);
  const auto list = [&json](std::string_view key, const std::vector<std::string>& texts) {
    json.key(key).begin_array();
    for (const auto& text : texts) json.string(text);
    json.end_array();
  };
  json.begin_object();
  json.key("handle").string(credential.handle);
  json.key("owner").string(credential.owner);
  list("scopes", credential.scopes);
  list("webhookResourceTypes", credential.webhook_types);
  list("webhookActions", credential.webhook_actions);
  list("ipAllowlist", credential.ip_allowlist);
  json.key("forceHumanApproval").boolean(credential.force_human_approval);
  json.key("expiresAt");
  credential.expires_at ? json.string(engine::rfc3339(*credential.expires_at)) : json.null();
  json.end_object();
  return out;
}

AuditEvent told(std::string_view action, const ManagedCredential& credential, const Actor& actor) {
  AuditEvent event;
  event.category = "credential";
  event.action = action;
  event.outcome = AuditOutcome::kSuccess;
  event.actor = actor;
  event.entity_type = "credential";
  event.entity_id = std::to_string(credential.id.value);
  event.summary = "Credential " + credential.handle + ": " + std::string(action);
  event.metadata = facts(credential);
  return event;
}

tl::unexpected<engine::Error> unknown(ManagedId id) { return engine::fail(Errc::kNotFound, "no credential " + std::to_string(id.value)); }

template <class T>
Result<void> set(T& field, Result<T> checked) {
  if (!checked) return checked.take_error();
  field = std::move(*checked);
  return engine::ok();
}

/// What draft and edit have in common.
Result<void> apply(ManagedCredential& credential, const CredentialEdit& edit, WallTime now, bool fresh) {
  if (edit.scopes) {
    if (auto good = set(credential.scopes, checked_scopes(*edit.scopes)); !good) return good;
  }
  if (edit.webhook_types) {
    if (auto good = set(credential.webhook_types, checked_webhook_types(*edit.webhook_types)); !good) return good;
  }
  if (edit.webhook_actions) {
    if (auto good = set(credential.webhook_actions, checked_webhook_actions(*edit.webhook_actions)); !good) return good;
  }
  if (edit.ip_allowlist) {
    if (auto good = set(credential.ip_allowlist, checked_allowlist(*edit.ip_allowlist)); !good) return good;
  }
  if (edit.approval_recipients) {
    if (auto good = set(credential.approval_recipients, checked_recipients(*edit.approval_recipients)); !good) return good;
  }
  if (auto good = set_expiry(credential, edit.ttl_days, edit.expiry_reminder_days, now, fresh); !good) return good;
  if (edit.display_name) credential.display_name = kept_text(*edit.display_name);
  if (credential.display_name.empty()) credential.display_name = credential.handle;
  if (edit.description) credential.description = kept_text(*edit.description);
  if (edit.owner) credential.owner = kept_text(*edit.owner);
  if (edit.force_human_approval) credential.force_human_approval = *edit.force_human_approval;
  return engine::ok();
}

CredentialEdit edit_of(CredentialDraft& draft) {
  CredentialEdit edit;
  edit.display_name = std::move(draft.display_name);
  edit.description = std::move(draft.description);
  edit.owner = std::move(draft.owner);
  edit.scopes = draft.scopes ? std::move(*draft.scopes) : std::vector<std::string>(default_scopes().begin(), default_scopes().end());
  edit.webhook_types = std::move(draft.webhook_types);
  edit.webhook_actions = std::move(draft.webhook_actions);
  edit.ip_allowlist = std::move(draft.ip_allowlist);
  edit.approval_recipients = std::move(draft.approval_recipients);
  edit.force_human_approval = draft.force_human_approval;
  edit.ttl_days = draft.ttl_days;
  edit.expiry_reminder_days = draft.expiry_reminder_days;
  return edit;
}

}  // namespace

ManagedCredentials::ManagedCredentials(engine::store::Store& store, AuditLog& audit, std::shared_ptr<const TokenKey> key, engine::crypto::Random& random,
                                       const engine::Clock& clock)
    : store_(store), rows_(store.family(kAccountsFamily)), audit_(audit), key_(std::move(key)), random_(random), clock_(clock) {}

Result<std::unique_ptr<ManagedCredentials>> ManagedCredentials::open(engine::store::Store& store, AuditLog& audit, std::shared_ptr<const TokenKey> key,
                                                                     engine::crypto::Random& random, const engine::Clock& clock) {
  std::unique_ptr<ManagedCredentials> all(new ManagedCredentials(store, audit, std::move(key), random, clock));
  auto walk = store.iterate(all->rows_);
  for (walk.seek({}); walk.valid(); walk.next()) {
    if (const auto id = number_of_key(kRow, walk.key())) {
      auto credential = decode_managed(ManagedId{*id}, walk.value());
      if (!credential) return credential.take_error();
      all->records_.emplace(ManagedId{*id}, std::move(*credential));
    } else if (walk.key() == kNext) {
      all->next_id_ = number_of_key({}, walk.value()).value_or(1);
    }
  }
  if (auto read = walk.status(); !read) return read.take_error();
  return all;
}

bool ManagedCredentials::digest_taken(const TokenDigest& digest) const {
  const std::shared_lock lock(reading_);
  return std::any_of(records_.begin(), records_.end(), [&](const auto& entry) {
    const auto& [id, credential] = entry;
    return equal(credential.digest, digest) || (credential.previous && equal(credential.previous->digest, digest));
  });
}

Result<void> ManagedCredentials::keep(ManagedCredential credential, engine::store::Batch& batch, AuditEvent event) {
  batch.put(rows_, numbered_key(kRow, credential.id.value), encode_managed(credential));
  if (auto row = audit_.commit(batch, std::move(event)); !row) return row.take_error();
  {
    const std::unique_lock lock(reading_);
    next_id_ = std::max(next_id_, credential.id.value + 1);
    records_.insert_or_assign(credential.id, std::move(credential));
  }
  if (changed_) changed_();
  return engine::ok();
}

Result<RevealedCredential> ManagedCredentials::create(CredentialDraft draft, const Actor& actor) {
  const auto now = engine::floor_seconds(clock_.wall_now());
  ManagedCredential credential;
  if (auto good = set(credential.handle, checked_handle(draft.handle)); !good) return good.take_error();
  engine::Secret token;
  if (draft.token) {
    auto chosen = chosen_token(draft.token->reveal());
    if (!chosen) return chosen.take_error();
    token = std::move(*chosen);
  } else {
    token = new_token(credential.handle, random_);
  }
  if (auto good = apply(credential, edit_of(draft), now, true); !good) return good.take_error();
  const std::lock_guard changing(changing_);
  if (std::find(reserved_.begin(), reserved_.end(), credential.handle) != reserved_.end()) {
    return engine::fail(Errc::kConflict, "handle: " + credential.handle + " is a credential of the configuration");
  }
  if (find(credential.handle)) return engine::fail(Errc::kConflict, "handle: " + credential.handle + " is taken");
  credential.digest = key_->digest(token.reveal());
  if (digest_taken(credential.digest)) return engine::fail(Errc::kConflict, "token: another credential has this one");
  credential.token_prefix = token_prefix(token);
  credential.created = credential.updated = now;
  {
    const std::shared_lock lock(reading_);
    if (records_.size() >= kMost) return engine::fail(Errc::kFull, "at most " + std::to_string(kMost) + " credentials; delete some first");
    credential.id = ManagedId{next_id_};
  }
  engine::store::Batch batch;
  batch.put(rows_, kNext, numbered_key({}, credential.id.value + 1));
  if (auto kept = keep(credential, batch, told("create", credential, actor)); !kept) return kept.take_error();
  return RevealedCredential{std::move(credential), std::move(token), "created"};
}

Result<ManagedCredential> ManagedCredentials::change(ManagedId id, std::string_view action, const Actor& actor, const Change& apply_change) {
  const std::lock_guard changing(changing_);
  auto credential = find(id);
  if (!credential) return unknown(id);
  if (auto good = apply_change(*credential); !good) return good.take_error();
  credential->updated = engine::floor_seconds(clock_.wall_now());
  engine::store::Batch batch;
  if (auto kept = keep(*credential, batch, told(action, *credential, actor)); !kept) return kept.take_error();
  return std::move(*credential);
}

Result<ManagedCredential> ManagedCredentials::update(ManagedId id, const CredentialEdit& edit, const Actor& actor) {
  const auto now = clock_.wall_now();
  return change(id, "update", actor, [&](ManagedCredential& credential) { return apply(credential, edit, now, false); });
}

Result<RevealedCredential> ManagedCredentials::renew(ManagedId id, std::chrono::seconds overlap, std::string_view action, const Actor& actor) {
  const auto now = engine::floor_seconds(clock_.wall_now());
  engine::Secret token;
  auto changed = change(id, action, actor, [&](ManagedCredential& credential) -> Result<void> {
    if (overlap.count() > 0 && (credential.revoked_at || credential.paused_at)) {
      return engine::fail(Errc::kMalformed, "overlapSeconds: the old token was revoked or paused; rotate without an overlap");
    }
    token = new_token(credential.handle, random_);
    credential.previous.reset();
    if (overlap.count() > 0) credential.previous = OverlappingToken{credential.digest, now + overlap};
    credential.digest = key_->digest(token.reveal());
    credential.token_prefix = token_prefix(token);
    credential.rotated_at = now;
    credential.revoked_at.reset();
    credential.paused_at.reset();
    return engine::ok();
  });
  if (!changed) return changed.take_error();
  return RevealedCredential{std::move(*changed), std::move(token), action == "rotate" ? "rotated" : "revoked and rotated"};
}

Result<RevealedCredential> ManagedCredentials::rotate(ManagedId id, std::chrono::seconds overlap, const Actor& actor) {
  if (overlap.count() < 0 || overlap > kLongestOverlap) return engine::fail(Errc::kMalformed, "overlapSeconds: 0 to " + std::to_string(kLongestOverlap.count()));
  return renew(id, overlap, "rotate", actor);
}

Result<RevealedCredential> ManagedCredentials::revoke_and_rotate(ManagedId id, const Actor& actor) { return renew(id, {}, "revoke-and-rotate", actor); }

Result<ManagedCredential> ManagedCredentials::revoke(ManagedId id, const Actor& actor) {
  return change(id, "revoke", actor, [this](ManagedCredential& credential) {
    credential.revoked_at = engine::floor_seconds(clock_.wall_now());
    credential.paused_at.reset();
    credential.previous.reset();
    return engine::ok();
  });
}

Result<ManagedCredential> ManagedCredentials::pause(ManagedId id, const Actor& actor) {
  return change(id, "pause", actor, [this](ManagedCredential& credential) -> Result<void> {
    if (credential.revoked_at) return engine::fail(Errc::kConflict, "the credential is revoked; rotate it to use it again");
    credential.paused_at = engine::floor_seconds(clock_.wall_now());
    return engine::ok();
  });
}

Result<ManagedCredential> ManagedCredentials::resume(ManagedId id, const Actor& actor) {
  return change(id, "resume", actor, [](ManagedCredential& credential) -> Result<void> {
    if (credential.revoked_at) return engine::fail(Errc::kConflict, "the credential is revoked; rotate it to use it again");
    credential.paused_at.reset();
    return engine::ok();
  });
}

Result<void> ManagedCredentials::remove(ManagedId id, const Actor& actor) {
  const std::lock_guard changing(changing_);
  const auto credential = find(id);
  if (!credential) return unknown(id);
  engine::store::Batch batch;
  batch.erase(rows_, numbered_key(kRow, id.value));
  if (auto row = audit_.commit(batch, told("delete", *credential, actor)); !row) return row.take_error();
  {
    const std::unique_lock lock(reading_);
    records_.erase(id);
  }
  {
    const std::lock_guard lock(using_);
    usage_.erase(id.value);
  }
  if (changed_) changed_();
  return engine::ok();
}

std::vector<ManagedCredential> ManagedCredentials::list() const {
  std::vector<ManagedCredential> all;
  {
    const std::shared_lock lock(reading_);
    for (const auto& [id, credential] : records_) all.push_back(credential);
  }
  for (auto& credential : all) apply_usage(credential);
  std::sort(all.begin(), all.end(), [](const ManagedCredential& a, const ManagedCredential& b) { return a.handle < b.handle; });
  return all;
}

std::optional<ManagedCredential> ManagedCredentials::find(ManagedId id) const {
  std::optional<ManagedCredential> found;
  {
    const std::shared_lock lock(reading_);
    if (const auto it = records_.find(id); it != records_.end()) found = it->second;
  }
  if (found) apply_usage(*found);
  return found;
}

std::optional<ManagedCredential> ManagedCredentials::find(std::string_view handle) const {
  std::optional<ManagedCredential> found;
  {
    const std::shared_lock lock(reading_);
    for (const auto& [id, credential] : records_) {
      if (credential.handle == handle) found = credential;
    }
  }
  if (found) apply_usage(*found);
  return found;
}

bool ManagedCredentials::ever_made() const {
  const std::shared_lock lock(reading_);
  return next_id_ > 1;
}

void ManagedCredentials::note_use(ManagedId id, std::string_view address, std::string_view method, bool wrote) {
  const auto now = clock_.wall_now();
  const std::lock_guard lock(using_);
  auto& usage = usage_[id.value];
  if (usage.first == WallTime{}) usage.first = now;
  usage.at = now;
  usage.wrote = wrote;
  usage.unwritten = true;
  if (usage.address != address) usage.address = address.empty() ? std::string_view("unknown") : address.substr(0, 64);
  if (usage.method != method) usage.method = method;
}

void ManagedCredentials::apply_usage(ManagedCredential& credential) const {
  const std::lock_guard lock(using_);
  const auto it = usage_.find(credential.id.value);
  if (it == usage_.end()) return;
  const auto& usage = it->second;
  credential.last_used_at = engine::floor_seconds(usage.at);
  if (!credential.first_used_at) credential.first_used_at = engine::floor_seconds(usage.first);
  credential.last_used_ip = usage.address;
  credential.last_auth_method = usage.method;
}

Result<void> ManagedCredentials::flush_usage() {
  std::vector<ManagedId> used;
  {
    const std::lock_guard lock(using_);
    for (auto& [id, usage] : usage_) {
      if (std::exchange(usage.unwritten, false)) used.push_back(ManagedId{id});
    }
  }
  if (used.empty()) return engine::ok();
  const std::lock_guard changing(changing_);
  engine::store::Batch batch;
  for (const auto id : used) {
    const auto credential = find(id);
    if (!credential) continue;
    batch.put(rows_, numbered_key(kRow, id.value), encode_managed(*credential));
    const std::unique_lock lock(reading_);
    records_.insert_or_assign(id, *credential);
  }
  if (batch.empty()) return engine::ok();
  return store_.write(batch, engine::store::Durability::kBuffered);
}

std::optional<UsagePulse> ManagedCredentials::pulse(ManagedId id) const {
  const std::lock_guard lock(using_);
  const auto it = usage_.find(id.value);
  if (it == usage_.end()) return std::nullopt;
  return UsagePulse{it->second.at, it->second.wrote};
}

}  // namespace trust
