#include "app/operations/lifecycle.h"

#include <algorithm>

#include "engine/net/validation.h"

namespace app::operations {

namespace {

using engine::WallTime;
constexpr std::string_view kNoOwner = "unassigned";

std::int64_t whole_days(WallTime from, WallTime to) { return std::max<std::int64_t>(0, std::chrono::floor<std::chrono::days>(to - from).count()); }

void describe(LifecycleRow& row, const trust::ManagedCredential& credential, const MetadataMap& map, std::string_view profile) {
  const auto found = map.find(engine::net::ascii_lower(credential.handle));
  const auto mapped = found == map.end() ? CredentialMetadata{} : found->second;
  row.metadata_source = !mapped.empty() ? "map" : !credential.owner.empty() ? "credential" : "inferred";
  row.metadata.owner = !credential.owner.empty() ? credential.owner : !mapped.owner.empty() ? mapped.owner : std::string(kNoOwner);
  row.metadata.use_case = mapped.use_case.empty() ? row.display_name : mapped.use_case;
  row.metadata.environment = mapped.environment.empty() ? std::string(profile) : mapped.environment;
}

void judge_expiry(LifecycleRow& row) {
  if (row.expiry_status == "expired") row.factors.push_back({"expired", Level::kCritical, "It has expired; rotate it with a new expiry, or remove it."});
  if (row.expiry_status == "expiring_soon") row.factors.push_back({"expiring_soon", Level::kWarn, "It expires soon; renew it in time."});
  if (row.expiry_status == "none") row.factors.push_back({"no_expiry_policy", Level::kWarn, "It has no expiry; give it one, or say that it never expires."});
  if (row.revoked()) row.factors.push_back({"revoked", Level::kWarn, "It is revoked; remove it when its history is no longer needed."});
  if (row.mode == trust::CredentialMode::kPaused) row.factors.push_back({"paused", Level::kWarn, "It is paused; resume or revoke it."});
}

void judge_usage(LifecycleRow& row, const LifecycleThresholds& thresholds) {
  const auto days = row.days_since_last_used.value_or(row.days_since_created);
  const bool used = row.days_since_last_used.has_value();
  const auto critical = used ? thresholds.stale_unused_critical : thresholds.stale_never_used_critical;
  const auto warn = used ? thresholds.stale_unused_warn : thresholds.stale_never_used_warn;
  if (days < std::min(warn, critical)) return;
  row.stale.id = used ? "stale_usage" : "never_used";
  row.stale.level = days >= critical ? Level::kCritical : Level::kWarn;
  row.stale.message = (used ? "It has not been used for " : "It was made and never used for ") + std::to_string(days) + " days; revoke it unless it is needed.";
  row.factors.push_back(row.stale);
}

void judge_rotation(LifecycleRow& row, const LifecycleThresholds& thresholds) {
  const auto days = row.days_since_rotated;
  const auto text = "Its token is " + std::to_string(days) + " days old; rotate it.";
  if (days >= thresholds.rotation_critical)
    row.factors.push_back({"rotation_overdue", Level::kCritical, text});
  else if (days >= thresholds.rotation_warn)
    row.factors.push_back({"rotation_due", Level::kWarn, text});
}

void judge_environment(LifecycleRow& row, std::string_view profile) {
  if (row.metadata_source != "map") return;
  const auto environment = engine::net::ascii_lower(row.metadata.environment);
  if (environment.empty() || environment == "any" || environment == profile) return;
  row.factors.push_back({"environment_mismatch", Level::kWarn, "It is meant for another environment than this one."});
}

void conclude(LifecycleRow& row) {
  for (const auto& factor : row.factors) {
    if (factor.level <= row.risk) continue;  // the first of the worst speaks
    row.risk = factor.level;
    row.recommended_action = factor.message;
  }
  if (row.factors.empty()) row.recommended_action = "Nothing to do.";
}

void count(const LifecycleRow& row, LifecycleSummary& summary) {
  using trust::CredentialMode;
  ++summary.total;
  if (row.mode == CredentialMode::kActive || row.mode == CredentialMode::kExpiringSoon) ++summary.active;
  if (row.mode == CredentialMode::kPaused) ++summary.paused;
  if (row.mode == CredentialMode::kExpired) ++summary.expired;
  if (row.metadata_source == "map") ++summary.metadata_mapped;
  if (row.revoked()) {
    ++summary.revoked;
    return;
  }
  if (row.metadata.owner.empty() || row.metadata.owner == kNoOwner) ++summary.missing_owner;
  if (row.risk == Level::kWarn) ++summary.risk_warn;
  if (row.risk == Level::kCritical) ++summary.risk_critical;
  if (row.stale.level == Level::kWarn) ++summary.stale_warn;
  if (row.stale.level == Level::kCritical) ++summary.stale_critical;
}

LifecycleRow judge(const trust::ManagedCredential& credential, const MetadataMap& map, const LifecycleThresholds& thresholds, std::string_view profile,
                   WallTime now) {
  LifecycleRow row;
  row.id = credential.id.value;
  row.handle = credential.handle;
  row.display_name = credential.display_name.empty() ? credential.handle : credential.display_name;
  row.mode = trust::mode(credential, now);
  row.expiry_status = trust::expiry_status(credential, now);
  row.expires_in_days = trust::expires_in_days(credential, now);
  row.last_used_at = credential.last_used_at;
  row.rotated_at = credential.rotated_at;
  row.created = credential.created;
  if (row.last_used_at) row.days_since_last_used = whole_days(*row.last_used_at, now);
  row.days_since_rotated = whole_days(credential.rotated_at.value_or(credential.created), now);
  row.days_since_created = whole_days(credential.created, now);
  describe(row, credential, map, profile);
  judge_expiry(row);
  judge_usage(row, thresholds);
  judge_rotation(row, thresholds);
  judge_environment(row, profile);
  conclude(row);
  return row;
}

}  // namespace

std::vector<const LifecycleRow*> Lifecycle::top(std::size_t most) const {
  std::vector<const LifecycleRow*> found;
  for (const auto& row : rows) {
    if (row.risk != Level::kOk && !row.revoked() && found.size() < most) found.push_back(&row);
  }
  return found;
}

Lifecycle evaluate_lifecycle(std::span<const trust::ManagedCredential> managed, const MetadataMap& map, const LifecycleThresholds& thresholds,
                             std::string_view profile, WallTime now) {
  Lifecycle result;
  result.at = now;
  result.thresholds = thresholds;
  for (const auto& credential : managed) {
    result.rows.push_back(judge(credential, map, thresholds, profile, now));
    count(result.rows.back(), result.summary);
  }
  std::sort(result.rows.begin(), result.rows.end(),
            [](const LifecycleRow& a, const LifecycleRow& b) { return a.risk != b.risk ? a.risk > b.risk : a.handle < b.handle; });
  result.status = result.summary.risk_critical > 0 ? Level::kCritical : result.summary.risk_warn > 0 ? Level::kWarn : Level::kOk;
  return result;
}

}  // namespace app::operations
