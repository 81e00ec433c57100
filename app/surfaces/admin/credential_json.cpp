#include "app/surfaces/admin/credential_json.h"

#include "app/surfaces/admin/json_parts.h"

namespace app::admin {

namespace {

using engine::JsonWriter;

void write_expiry_policy(JsonWriter& json, const trust::ManagedCredential& credential, engine::WallTime now) {
  const auto status = trust::expiry_status(credential, now);
  const auto days = trust::expires_in_days(credential, now);
  json.begin_object();
  write_instant(json, "expiresAt", credential.expires_at);
  json.key("expiryReminderDays").number(credential.expiry_reminder_days);
  json.key("expiresInDays");
  days ? json.number(*days) : json.null();
  json.key("isExpired").boolean(status == "expired");
  json.key("isExpiringSoon").boolean(status == "expiring_soon");
  json.key("isNeverExpire").boolean(status == "never");
  json.key("status").string(status);
  json.end_object();
}

void write_webhooks(JsonWriter& json, const trust::ManagedCredential& credential) {
  json.begin_object();
  write_texts(json, "resourceTypes", credential.webhook_types);
  write_texts(json, "actions", credential.webhook_actions);
  json.key("active").boolean(!credential.webhook_types.empty() || !credential.webhook_actions.empty());
  json.end_object();
}

}  // namespace

void write_credential(JsonWriter& json, const trust::ManagedCredential& credential, engine::WallTime now) {
  const auto days = trust::expires_in_days(credential, now);
  json.begin_object();
  json.key("id").number_u64(credential.id.value);
  json.key("handle").string(credential.handle);
  json.key("displayName").string(credential.display_name);
  json.key("description").string(credential.description);
  json.key("owner").string(credential.owner);
  json.key("ownerLabel").string(credential.owner);
  json.key("forceHumanApproval").boolean(credential.force_human_approval);
  write_texts(json, "approvalRecipients", credential.approval_recipients);
  json.key("tokenPrefix").string(credential.token_prefix);
  write_texts(json, "scopes", credential.scopes);
  json.key("webhookSubscriptions");
  write_webhooks(json, credential);
  write_texts(json, "ipAllowlist", credential.ip_allowlist);
  write_instant(json, "expiresAt", credential.expires_at);
  json.key("expiryReminderDays").number(credential.expiry_reminder_days);
  json.key("expiresInDays");
  days ? json.number(*days) : json.null();
  json.key("expiryStatus").string(trust::expiry_status(credential, now));
  json.key("expiryPolicy");
  write_expiry_policy(json, credential, now);
  json.key("mode").string(trust::name(trust::mode(credential, now)));
  json.key("revoked").boolean(credential.revoked_at.has_value());
  write_instant(json, "revokedAt", credential.revoked_at);
  json.key("paused").boolean(credential.paused_at.has_value());
  write_instant(json, "pausedAt", credential.paused_at);
  write_instant(json, "rotatedAt", credential.rotated_at);
  write_instant(json, "previousTokenUntil", credential.previous ? std::optional(credential.previous->until) : std::nullopt);
  write_instant(json, "firstUsedAt", credential.first_used_at);
  write_instant(json, "lastUsedAt", credential.last_used_at);
  json.key("lastUsedIp");
  credential.last_used_ip.empty() ? json.null() : json.string(credential.last_used_ip);
  json.key("lastAuthMethod");
  credential.last_auth_method.empty() ? json.null() : json.string(credential.last_auth_method);
  json.key("dateCreated").string(engine::rfc3339(credential.created));
  json.key("dateUpdated").string(engine::rfc3339(credential.updated));
  json.end_object();
}

std::string revealed_json(const trust::RevealedCredential& revealed, engine::WallTime now) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("credential");
  write_credential(json, revealed.credential, now);
  json.key("revealedCredential").begin_object();
  json.key("id").number_u64(revealed.credential.id.value);
  json.key("token").string(revealed.token.reveal());
  json.key("handle").string(revealed.credential.handle);
  json.key("displayName").string(revealed.credential.display_name);
  json.key("action").string(revealed.action);
  json.key("generatedAt").string(engine::rfc3339(now));
  json.end_object();
  json.end_object();
  return out;
}

}  // namespace app::admin
