#include <algorithm>

#include "access/control/approval.h"
#include "access/control/record_parts.h"

namespace trust {
namespace {

constexpr std::uint8_t kVersion = 1;

void put_ruling(engine::ByteWriter& write, const std::optional<Ruling>& ruling) {
  put_flag(write, ruling.has_value());
  if (!ruling) return;
  write.text(ruling->by.type).text(ruling->by.id).text(ruling->reason);
  put_time(write, ruling->at);
}

std::optional<Ruling> take_ruling(engine::ByteCursor& in) {
  if (!take_flag(in)) return std::nullopt;
  Ruling ruling;
  for (auto* text : {&ruling.by.type, &ruling.by.id, &ruling.reason}) *text = in.text();
  ruling.at = take_time(in).value_or(WallTime{});
  return ruling;
}

void put_assurance(engine::ByteWriter& write, const Assurance& a) {
  write.big(a.required).big(static_cast<std::uint8_t>(a.mode)).varint(a.operators);
  put_time(write, a.evaluated);
}

Assurance take_assurance(engine::ByteCursor& in) {
  Assurance a;
  a.required = in.big<std::uint8_t>();
  a.mode = static_cast<AssuranceMode>(std::min<std::uint8_t>(in.big<std::uint8_t>(), 2));
  a.operators = in.varint();
  a.evaluated = take_time(in).value_or(WallTime{});
  return a;
}

void put_draft(engine::ByteWriter& write, const std::optional<DraftOutcome>& draft) {
  put_flag(write, draft.has_value());
  if (!draft) return;
  write.varint(draft->execution.value).text(draft->status).text(draft->message);
  put_target(write, draft->target);
  put_time(write, draft->captured);
}

std::optional<DraftOutcome> take_draft(engine::ByteCursor& in) {
  if (!take_flag(in)) return std::nullopt;
  DraftOutcome draft;
  draft.execution = ExecutionId{in.varint()};
  draft.status = in.text();
  draft.message = in.text();
  draft.target = take_target(in);
  draft.captured = take_time(in).value_or(WallTime{});
  return draft;
}

}  // namespace

std::string encode_approval(const Approval& a) {
  std::string bytes;
  engine::ByteWriter write(bytes);
  write.big(kVersion).text(a.action).text(a.action_ref).big(static_cast<std::uint8_t>(a.status)).text(a.requested_by.type).text(a.requested_by.id);
  write.varint(a.requester_managed ? a.requester_managed->value : 0);
  write.text(a.reason).text(a.idempotency_key).text(a.payload).text(a.metadata);
  put_target(write, a.target);
  put_marks(write, a.boundaries);
  put_digest(write, a.subject);
  put_digest(write, a.request);
  put_assurance(write, a.assurance);
  put_time(write, a.due);
  write.varint(a.escalate_minutes).varint(a.expire_minutes);
  for (const auto* ruling : {&a.first, &a.second, &a.rejection}) put_ruling(write, *ruling);
  put_time(write, a.escalated_at);
  put_time(write, a.expired_at);
  write.varint(a.spent_by ? a.spent_by->value : 0);
  put_draft(write, a.draft);
  put_time(write, a.created);
  put_time(write, a.updated);
  return bytes;
}

engine::Result<Approval> decode_approval(ApprovalId id, std::string_view value) {
  engine::ByteCursor in(value);
  const auto version = in.big<std::uint8_t>();
  if (in.ok() && version > kVersion) return engine::fail(engine::Errc::kUnsupported, "approval: version " + std::to_string(version));
  Approval a;
  a.id = id;
  a.action = in.text();
  a.action_ref = in.text();
  const auto status = in.big<std::uint8_t>();
  a.status = static_cast<ApprovalStatus>(std::min<std::uint8_t>(status, 3));
  a.requested_by.type = in.text();
  a.requested_by.id = in.text();
  if (const auto managed = in.varint()) a.requester_managed = ManagedId{managed};
  for (auto* text : {&a.reason, &a.idempotency_key, &a.payload, &a.metadata}) *text = in.text();
  a.target = take_target(in);
  a.boundaries = take_marks(in);
  a.subject = take_digest(in);
  a.request = take_digest(in);
  a.assurance = take_assurance(in);
  a.due = take_time(in);
  a.escalate_minutes = static_cast<std::uint32_t>(in.varint());
  a.expire_minutes = static_cast<std::uint32_t>(in.varint());
  for (auto* ruling : {&a.first, &a.second, &a.rejection}) *ruling = take_ruling(in);
  a.escalated_at = take_time(in);
  a.expired_at = take_time(in);
  if (const auto spent = in.varint()) a.spent_by = ExecutionId{spent};
  a.draft = take_draft(in);
  a.created = take_time(in).value_or(WallTime{});
  a.updated = take_time(in).value_or(WallTime{});
  if (!in.ok() || !in.at_end() || version != kVersion || status > 3) return engine::fail(in.blame(engine::Errc::kMalformed), "approval: damaged");
  return a;
}

}  // namespace trust
