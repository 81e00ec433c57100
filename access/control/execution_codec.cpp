#include <algorithm>

#include "access/control/execution.h"
#include "access/control/record_parts.h"

namespace trust {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kLastObjection = static_cast<std::uint8_t>(Objection::kOutsideBoundary);

void put_refusal(engine::ByteWriter& write, const std::optional<BoundaryRefusal>& refusal) {
  put_flag(write, refusal.has_value());
  if (!refusal) return;
  write.text(refusal->problem);
  put_target(write, refusal->target);
  put_numbers(write, refusal->entries);
  put_numbers(write, refusal->sites);
  put_marks(write, refusal->boundaries);
}

std::optional<BoundaryRefusal> take_refusal(engine::ByteCursor& in) {
  if (!take_flag(in)) return std::nullopt;
  BoundaryRefusal refusal;
  refusal.problem = in.text();
  refusal.target = take_target(in);
  refusal.entries = take_numbers<std::int64_t>(in);
  refusal.sites = take_numbers<std::int64_t>(in);
  refusal.boundaries = take_marks(in);
  return refusal;
}

void put_handoff(engine::ByteWriter& write, const Handoff& handoff) {
  write.big(static_cast<std::uint8_t>(handoff.state)).varint(handoff.attempts).text(handoff.last_error);
  put_time(write, handoff.not_before);
}

Handoff take_handoff(engine::ByteCursor& in) {
  Handoff handoff;
  handoff.state = static_cast<HandoffState>(std::min<std::uint8_t>(in.big<std::uint8_t>(), 3));
  handoff.attempts = static_cast<std::uint32_t>(in.varint());
  handoff.last_error = in.text();
  handoff.not_before = take_time(in).value_or(WallTime{});
  return handoff;
}

}  // namespace

std::string encode_execution(const Execution& e) {
  std::string bytes;
  engine::ByteWriter write(bytes);
  write.big(kVersion).text(e.action).text(e.action_ref).big(static_cast<std::uint8_t>(e.status)).text(e.requested_by.type).text(e.requested_by.id);
  write.text(e.required_scope).varint(e.approval ? e.approval->value : 0).text(e.idempotency_key).text(e.payload);
  put_digest(write, e.request);
  write.big(static_cast<std::uint8_t>(e.objection));
  put_refusal(write, e.outside);
  put_target(write, e.target);
  write.text(e.error).text(e.policy_handle).big(static_cast<std::uint8_t>(e.risk));
  put_flag(write, e.requires_approval);
  put_handoff(write, e.handoff);
  for (const auto& t : {e.executed, std::optional(e.created), std::optional(e.updated)}) put_time(write, t);
  return bytes;
}

engine::Result<Execution> decode_execution(ExecutionId id, std::string_view value) {
  engine::ByteCursor in(value);
  const auto version = in.big<std::uint8_t>();
  if (in.ok() && version > kVersion) return engine::fail(engine::Errc::kUnsupported, "execution: version " + std::to_string(version));
  Execution e;
  e.id = id;
  e.action = in.text();
  e.action_ref = in.text();
  const auto status = in.big<std::uint8_t>();
  e.status = static_cast<ExecutionStatus>(std::min<std::uint8_t>(status, 3));
  for (auto* text : {&e.requested_by.type, &e.requested_by.id, &e.required_scope}) *text = in.text();
  if (const auto approval = in.varint()) e.approval = ApprovalId{approval};
  e.idempotency_key = in.text();
  e.payload = in.text();
  e.request = take_digest(in);
  const auto objection = in.big<std::uint8_t>();
  e.objection = static_cast<Objection>(std::min(objection, kLastObjection));
  e.outside = take_refusal(in);
  e.target = take_target(in);
  e.error = in.text();
  e.policy_handle = in.text();
  const auto risk = in.big<std::uint8_t>();
  e.risk = static_cast<RiskLevel>(std::min<std::uint8_t>(risk, 3));
  e.requires_approval = take_flag(in);
  e.handoff = take_handoff(in);
  e.executed = take_time(in);
  e.created = take_time(in).value_or(WallTime{});
  e.updated = take_time(in).value_or(WallTime{});
  const bool known = status <= 3 && objection <= kLastObjection && risk <= 3;
  if (!in.ok() || !in.at_end() || version != kVersion || !known) return engine::fail(in.blame(engine::Errc::kMalformed), "execution: damaged");
  return e;
}

}  // namespace trust
