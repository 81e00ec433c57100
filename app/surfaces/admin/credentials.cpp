#include "app/surfaces/admin/credential_json.h"
#include "app/surfaces/admin/handlers.h"
#include "app/surfaces/craft_agents/envelope.h"
#include "app/surfaces/craft_agents/refusals.h"
#include "engine/net/http_syntax.h"
#include "engine/runtime/on_pool.h"

namespace app::admin {

namespace {

using craft_agents::refused;
using craft_agents::success;
using engine::Errc;
using engine::Result;
using trust::ManagedCredential;
using trust::ManagedId;
using trust::Reason;
using trust::RevealedCredential;

/// The credential that the path names, by number or by handle.
Result<ManagedId> asked_for(const AdminRooms& rooms, const CallContext& call) {
  const auto text = call.path.empty() ? std::string_view{} : call.path.front().second;
  if (const auto number = engine::net::parse_decimal(text)) {
    if (rooms.credentials.find(ManagedId{*number})) return ManagedId{*number};
  }
  if (const auto named = rooms.credentials.find(text)) return named->id;
  return engine::fail(Errc::kNotFound, "There is no credential " + std::string(text.substr(0, 64)) + ".");
}

Reply answer(const Result<ManagedCredential>& credential, const CallContext& call) {
  if (!credential) return refusal_of(credential.error());
  std::string data;
  engine::JsonWriter json(data);
  write_credential(json, *credential, call.now);
  return trust::Answer{success(data, call.request_id)};
}

Reply answer(const Result<RevealedCredential>& revealed, const CallContext& call) {
  if (!revealed) return refusal_of(revealed.error());
  return trust::Answer{success(revealed_json(*revealed, call.now), call.request_id)};
}

/// Finds the credential, does `what` to it on the pool and answers with what comes of it.
template <class What>
Task<Reply> act(const AdminRooms& rooms, CallContext& call, What what) {
  const auto id = asked_for(rooms, call);
  if (!id) co_return refusal_of(id.error());
  const auto actor = trust::actor_of(call);
  auto work = [&] { return what(*id, actor); };
  const auto done = co_await engine::on_pool(rooms.pool, work);
  co_return answer(done, call);
}

std::optional<std::vector<std::string>> list_if_given(const CallContext& call, std::string_view name) {
  return call.arguments.given(name) ? std::optional(call.arguments.list(name)) : std::nullopt;
}

/// A text that is sent empty, or as null, clears the field.
std::optional<std::string> text_if_sent(const CallContext& call, const engine::net::SentValues& sent, std::string_view name) {
  for (const auto& value : sent) {
    if (value.name == name) return std::string(call.arguments.text(name).value_or(""));
  }
  return std::nullopt;
}

trust::CredentialEdit edit_of(const CallContext& call) {
  const auto sent = engine::net::sent_in_body(call.request.body);  // the gate has read it: it is JSON
  trust::CredentialEdit edit;
  edit.display_name = text_if_sent(call, *sent, "displayName");
  edit.description = text_if_sent(call, *sent, "description");
  edit.owner = text_if_sent(call, *sent, "owner");
  edit.scopes = list_if_given(call, "scopes");
  edit.webhook_types = list_if_given(call, "webhookResourceTypes");
  edit.webhook_actions = list_if_given(call, "webhookActions");
  edit.ip_allowlist = list_if_given(call, "ipAllowlist");
  edit.approval_recipients = list_if_given(call, "approvalRecipients");
  edit.force_human_approval = call.arguments.boolean("forceHumanApproval");
  edit.ttl_days = call.arguments.integer("ttlDays");
  edit.expiry_reminder_days = call.arguments.integer("expiryReminderDays");
  return edit;
}

trust::CredentialDraft draft_of(const CallContext& call) {
  trust::CredentialDraft draft;
  const auto text = [&call](std::string_view name) { return std::string(call.arguments.text(name).value_or("")); };
  draft.handle = text("handle");
  draft.display_name = text("displayName");
  draft.description = text("description");
  draft.owner = text("owner");
  if (const auto token = call.arguments.text("token")) draft.token = engine::Secret(std::string(*token));
  draft.scopes = list_if_given(call, "scopes");
  draft.webhook_types = call.arguments.list("webhookResourceTypes");
  draft.webhook_actions = call.arguments.list("webhookActions");
  draft.ip_allowlist = call.arguments.list("ipAllowlist");
  draft.approval_recipients = call.arguments.list("approvalRecipients");
  draft.force_human_approval = call.arguments.boolean("forceHumanApproval");
  draft.ttl_days = call.arguments.integer("ttlDays");
  draft.expiry_reminder_days = call.arguments.integer("expiryReminderDays");
  return draft;
}

}  // namespace

Task<Reply> list_credentials(const AdminRooms& rooms, CallContext& call) {
  const auto all = rooms.credentials.list();
  std::string data;
  engine::JsonWriter json(data);
  json.begin_array();
  for (const auto& credential : all) write_credential(json, credential, call.now);
  json.end_array();
  co_return trust::Answer{success(data, call.request_id, R"({"count":)" + std::to_string(all.size()) + "}")};
}

Task<Reply> show_credential(const AdminRooms& rooms, CallContext& call) {
  const auto id = asked_for(rooms, call);
  if (!id) co_return refusal_of(id.error());
  const auto credential = rooms.credentials.find(*id);
  if (!credential) co_return refused(Reason::kNotFound);
  co_return answer(Result<ManagedCredential>(*credential), call);
}

Task<Reply> create_credential(const AdminRooms& rooms, CallContext& call) {
  const auto actor = trust::actor_of(call);
  auto work = [&] { return rooms.credentials.create(draft_of(call), actor); };
  const auto made = co_await engine::on_pool(rooms.pool, work);
  co_return answer(made, call);
}

Task<Reply> update_credential(const AdminRooms& rooms, CallContext& call) {
  auto what = [&](ManagedId id, const trust::Actor& actor) { return rooms.credentials.update(id, edit_of(call), actor); };
  return act(rooms, call, what);
}

Task<Reply> rotate_credential(const AdminRooms& rooms, CallContext& call) {
  const std::chrono::seconds overlap(call.arguments.integer("overlapSeconds").value_or(0));
  auto what = [&rooms, overlap](ManagedId id, const trust::Actor& actor) { return rooms.credentials.rotate(id, overlap, actor); };
  return act(rooms, call, what);
}

Task<Reply> revoke_and_rotate_credential(const AdminRooms& rooms, CallContext& call) {
  auto what = [&rooms](ManagedId id, const trust::Actor& actor) { return rooms.credentials.revoke_and_rotate(id, actor); };
  return act(rooms, call, what);
}

Task<Reply> revoke_credential(const AdminRooms& rooms, CallContext& call) {
  auto what = [&rooms](ManagedId id, const trust::Actor& actor) { return rooms.credentials.revoke(id, actor); };
  return act(rooms, call, what);
}

Task<Reply> pause_credential(const AdminRooms& rooms, CallContext& call) {
  auto what = [&rooms](ManagedId id, const trust::Actor& actor) { return rooms.credentials.pause(id, actor); };
  return act(rooms, call, what);
}

Task<Reply> resume_credential(const AdminRooms& rooms, CallContext& call) {
  auto what = [&rooms](ManagedId id, const trust::Actor& actor) { return rooms.credentials.resume(id, actor); };
  return act(rooms, call, what);
}

Task<Reply> delete_credential(const AdminRooms& rooms, CallContext& call) {
  auto what = [&rooms](ManagedId id, const trust::Actor& actor) -> Result<ManagedCredential> {
    auto last = rooms.credentials.find(id);
    if (auto removed = rooms.credentials.remove(id, actor); !removed) return removed.take_error();
    return std::move(*last);
  };
  return act(rooms, call, what);
}

}  // namespace app::admin
