#include "access/control/control_plane.h"

#include <algorithm>
#include <tuple>

#include "access/control/control_events.h"
#include "access/control/control_keys.h"
#include "access/control/control_rows.h"
#include "access/credential_fields.h"
#include "access/record_bytes.h"

namespace trust {

using engine::Errc;
using engine::Result;

namespace {

constexpr std::uint8_t kNumbersVersion = 1;
constexpr std::size_t kHandleBytes = 64, kPatternBytes = 191;

/// Decodes a row into a list that open() fills.
template <class Record, class Id>
Result<void> add(std::vector<Record>& all, Result<Record> (*decode)(Id, std::string_view), std::uint64_t id, std::string_view value) {
  auto record = decode(Id{id}, value);
  if (!record) return record.take_error();
  all.push_back(std::move(*record));
  return engine::ok();
}

void sort(std::vector<Policy>& policies) {
  std::sort(policies.begin(), policies.end(), [](const Policy& a, const Policy& b) { return std::tie(a.pattern, a.handle) < std::tie(b.pattern, b.handle); });
}

Result<Policy> checked(PolicyDraft draft) {
  Policy policy;
  policy.handle = normal_handle(draft.handle);
  if (policy.handle.empty()) return engine::fail(Errc::kMalformed, "`handle` is required.");
  if (policy.handle.size() > kHandleBytes) return engine::fail(Errc::kMalformed, "`handle` is too long; at most 64 characters.");
  policy.pattern = normal_pattern(draft.pattern);
  if (policy.pattern.empty()) return engine::fail(Errc::kMalformed, "`actionPattern` is required: letters, digits, `:_-.` and `*`.");
  if (policy.pattern.size() > kPatternBytes) return engine::fail(Errc::kMalformed, "`actionPattern` is too long; at most 191 characters.");
  if (draft.config.size() > kMetadataBytes) return engine::fail(Errc::kMalformed, "`config` is too large; at most 16384 bytes of JSON are kept.");
  policy.display_name = kept_text(draft.display_name);
  if (policy.display_name.empty()) policy.display_name = policy.handle;
  policy.requires_approval = draft.requires_approval;
  policy.enabled = draft.enabled;
  policy.risk = draft.risk;
  policy.config = std::move(draft.config);
  policy.rules = std::move(draft.rules);
  return policy;
}

}  // namespace

ControlPlane::ControlPlane(engine::store::Store& store, AuditLog& audit, const engine::Clock& clock, ControlOptions options)
    : store_(store), rows_(store.family(kControlFamily)), audit_(audit), clock_(clock), options_(std::move(options)) {}

Result<std::unique_ptr<ControlPlane>> ControlPlane::open(engine::store::Store& store, AuditLog& audit, const engine::Clock& clock, ControlOptions options) {
  std::unique_ptr<ControlPlane> plane(new ControlPlane(store, audit, clock, std::move(options)));
  if (auto loaded = plane->load(); !loaded) return loaded.take_error();
  return plane;
}

Result<void> ControlPlane::load() {
  std::vector<ExecutionId> claimed;
  for (const auto prefix : {kPolicyRow, kBoundaryRow, kNumbersRow, kClaimMark, kPendingMark, kHandoffMark}) {
    auto walk = store_.iterate(rows_);
    for (walk.seek(prefix); walk.valid() && walk.key().starts_with(prefix); walk.next()) {
      if (auto row = load_row(walk.key(), walk.value()); !row) return row;
      if (const auto id = number_of_key(kClaimMark, walk.key())) claimed.push_back(ExecutionId{*id});
    }
    if (auto read = walk.status(); !read) return read;
  }
  sort(policies_);
  for (const auto id : claimed) {
    auto found = execution(id);
    if (!found) return found.take_error();
    if (!*found) return engine::fail(Errc::kMalformed, "control plane: execution " + std::to_string(id.value) + " was claimed and is not there");
    if (auto ended = finish(**found, system_actor("recovery")); !ended) return ended;
  }
  publish_counts();
  return engine::ok();
}

Result<void> ControlPlane::load_row(std::string_view key, std::string_view value) {
  if (const auto id = number_of_key(kPolicyRow, key)) return add(policies_, &decode_policy, *id, value);
  if (const auto id = number_of_key(kBoundaryRow, key)) return add(boundaries_, &decode_boundary, *id, value);
  if (const auto id = number_of_key(kPendingMark, key)) {
    auto waiting = approval(ApprovalId{*id});
    if (!waiting) return waiting.take_error();
    if (*waiting) pending_.emplace(ApprovalId{*id}, Waiting{(*waiting)->requested_by, next_event(**waiting)});
  } else if (const auto handed = number_of_key(kHandoffMark, key)) {
    auto queued = execution(ExecutionId{*handed});
    if (!queued) return queued.take_error();
    if (*queued) handoffs_.emplace(ExecutionId{*handed}, (*queued)->handoff.not_before);
  } else if (key == kNumbersRow) {
    engine::ByteCursor in(value);
    const auto version = in.big<std::uint8_t>();
    for (auto* number :
         {&numbers_.policy, &numbers_.approval, &numbers_.execution, &numbers_.boundary, &numbers_.expired, &numbers_.blocked, &numbers_.succeeded}) {
      *number = in.big<std::uint64_t>();
    }
    if (!in.ok() || version != kNumbersVersion) return engine::fail(in.blame(Errc::kMalformed), "control plane: its numbers are damaged");
  }
  return engine::ok();
}

void ControlPlane::stage_numbers(engine::store::Batch& batch, const Numbers& n) const {
  std::string bytes;
  engine::ByteWriter write(bytes);
  write.big(kNumbersVersion);
  for (const auto number : {n.policy, n.approval, n.execution, n.boundary, n.expired, n.blocked, n.succeeded}) write.big(number);
  batch.put(rows_, kNumbersRow, bytes);
}

Result<void> ControlPlane::commit(engine::store::Batch& batch, AuditEvent event, const Numbers& numbers) {
  stage_numbers(batch, numbers);
  if (auto row = audit_.commit(batch, std::move(event)); !row) return row.take_error();
  numbers_ = numbers;
  return engine::ok();
}

void ControlPlane::publish_counts() {
  const std::lock_guard lock(counting_);
  counts_ = {policies_.size(), pending_.size(), numbers_.expired, numbers_.blocked, numbers_.succeeded};
}

ControlCounts ControlPlane::counts() const {
  const std::lock_guard lock(counting_);
  return counts_;
}

Result<UpsertedPolicy> ControlPlane::upsert(PolicyDraft draft, const Actor& actor) {
  auto policy = checked(std::move(draft));
  if (!policy) return policy.take_error();
  const std::lock_guard changing(changing_);
  const auto known = std::find_if(policies_.begin(), policies_.end(), [&](const Policy& one) { return one.handle == policy->handle; });
  const bool fresh = known == policies_.end();
  if (fresh && policies_.size() >= kMostPolicies)
    return engine::fail(Errc::kConflict, "There are " + std::to_string(kMostPolicies) + " policies already; delete some first.");
  auto numbers = numbers_;
  policy->id = fresh ? PolicyId{numbers.policy++} : known->id;
  policy->updated = now();
  policy->created = fresh ? policy->updated : known->created;
  engine::store::Batch batch;
  batch.put(rows_, numbered_key(kPolicyRow, policy->id.value), encode_policy(*policy));
  if (auto kept = commit(batch, told_policy(fresh ? "create" : "upsert", *policy, actor), numbers); !kept) return kept.take_error();
  if (fresh) {
    policies_.push_back(*policy);
  } else {
    *known = *policy;
  }
  sort(policies_);
  publish_counts();
  return UpsertedPolicy{std::move(*policy), fresh};
}

Result<void> ControlPlane::remove_policy(PolicyId id, const Actor& actor) {
  const std::lock_guard changing(changing_);
  const auto known = std::find_if(policies_.begin(), policies_.end(), [&](const Policy& one) { return one.id == id; });
  if (known == policies_.end()) return engine::fail(Errc::kNotFound, "no policy " + std::to_string(id.value));
  engine::store::Batch batch;
  batch.erase(rows_, numbered_key(kPolicyRow, id.value));
  if (auto kept = commit(batch, told_policy("delete", *known, actor), numbers_); !kept) return kept;
  policies_.erase(known);
  publish_counts();
  return engine::ok();
}

std::vector<Policy> ControlPlane::policies() const {
  const std::lock_guard lock(changing_);
  return policies_;
}

ResolvedPolicy ControlPlane::resolve(std::string_view action) const {
  const std::lock_guard lock(changing_);
  return trust::resolve(policies_, normal_action(action));
}

Result<std::optional<std::uint64_t>> ControlPlane::known_key(char kind, const Party& owner, std::string_view key) const {
  auto value = store_.get(rows_, idempotency_row(kind, owner, key));
  if (!value) return value.take_error();
  return *value ? number_of_key({}, **value) : std::nullopt;
}

}  // namespace trust
