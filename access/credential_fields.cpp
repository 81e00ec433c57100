#include "access/credential_fields.h"

#include <algorithm>
#include <array>
#include <span>

#include "access/credentials.h"
#include "access/ip_range.h"
#include "access/scopes.h"
#include "engine/base/cut_text.h"
#include "engine/base/split_words.h"
#include "engine/net/validation.h"

namespace trust {

using engine::Errc;
using engine::Result;
using engine::net::ascii_lower;
using engine::net::trimmed;

namespace {

constexpr std::size_t kHandleBytes = 64, kTextBytes = 255, kMostEntries = 1000;
constexpr std::int64_t kMostDays = 36'500, kMostReminderDays = 365;
constexpr std::uint32_t kReminderDays = 7;

void tidy(std::vector<std::string>& texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

tl::unexpected<engine::Error> bad(std::string_view field, std::string_view what) {
  return engine::fail(Errc::kMalformed, std::string(field) + ": " + std::string(what));
}

bool is_scope(std::string_view name) {
  if (name == "*") return true;
  if (name.starts_with("plugins:") && name.ends_with(":read")) return true;
  const auto catalogue = scope_catalogue();
  return std::any_of(catalogue.begin(), catalogue.end(), [&](const Scope& scope) { return scope.name == name; });
}

Result<std::vector<std::string>> among(std::string_view field, const std::vector<std::string>& names, std::span<const std::string_view> all) {
  std::vector<std::string> kept;
  for (const auto& raw : names) {
    const auto name = ascii_lower(trimmed(raw));
    const auto before = kept.size();
    for (const auto one : all) {
      if (name == "*" || name == one) kept.emplace_back(one);
    }
    if (kept.size() > before) continue;
    std::string known;
    for (const auto one : all) known.append(known.empty() ? "" : ", ").append(one);
    return bad(field, "\"" + name + "\" is not one of " + known + " or *");
  }
  tidy(kept);
  return kept;
}

std::vector<std::string> split(const std::vector<std::string>& entries) {
  std::vector<std::string> parts;
  for (const auto& entry : entries) {
    for (auto& part : engine::split_words(entry)) parts.push_back(std::move(part));
  }
  return parts;
}

bool is_mail_address(std::string_view text) {
  const auto at = text.find('@');
  return at != text.npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == text.npos && text.size() <= 254 &&
         std::none_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 127 || c == '<' || c == '>' || c == ',' || c == ';'; });
}

}  // namespace

Result<std::string> checked_handle(std::string_view text) {
  auto handle = normal_handle(text);
  if (handle.empty()) return bad("handle", "is needed: letters, digits, ':', '_', '-' and '.'");
  if (handle.starts_with(kOperatorPrefix)) return bad("handle", "\"cp:\" is for operators");
  if (handle.size() > kHandleBytes) return bad("handle", "at most 64 characters");
  return handle;
}

std::string kept_text(std::string_view text) { return std::string(engine::cut_text(trimmed(text), kTextBytes)); }

Result<std::vector<std::string>> checked_scopes(const std::vector<std::string>& names) {
  std::vector<std::string> kept;
  for (const auto& raw : names) {
    auto name = ascii_lower(trimmed(raw));
    if (name.empty()) continue;
    if (name == "entries:write") name = "entries:write:draft";
    if (!is_scope(name)) return bad("scopes", "\"" + name + "\" is not a scope; GET /agents/v1/auth/whoami lists those there are");
    kept.push_back(std::move(name));
  }
  tidy(kept);
  return kept;
}

Result<std::vector<std::string>> checked_webhook_types(const std::vector<std::string>& names) {
  static constexpr std::array<std::string_view, 3> kTypes{"entry", "order", "product"};
  return among("webhookResourceTypes", names, kTypes);
}

Result<std::vector<std::string>> checked_webhook_actions(const std::vector<std::string>& names) {
  static constexpr std::array<std::string_view, 3> kActions{"created", "deleted", "updated"};
  return among("webhookActions", names, kActions);
}

Result<std::vector<std::string>> checked_allowlist(const std::vector<std::string>& entries) {
  std::vector<std::string> kept;
  std::string wrong;
  for (auto& entry : split(entries)) {
    if (!IpRange::parse(entry)) {
      wrong += (wrong.empty() ? "" : ", ") + entry;
      continue;
    }
    if (entry.find('/') == entry.npos) entry += entry.find('.') != entry.npos ? "/32" : "/128";  // a mapped IPv4 address is IPv4
    kept.push_back(std::move(entry));
  }
  if (!wrong.empty()) return bad("ipAllowlist", "not an address or CIDR: " + wrong.substr(0, 200));
  tidy(kept);
  if (kept.size() > kMostEntries) return bad("ipAllowlist", "at most 1000 entries");
  return kept;
}

Result<std::vector<std::string>> checked_recipients(const std::vector<std::string>& addresses) {
  std::vector<std::string> kept;
  for (const auto& raw : split(addresses)) {
    auto address = ascii_lower(raw);
    if (!is_mail_address(address)) return bad("approvalRecipients", "\"" + address.substr(0, 200) + "\" is not an e-mail address");
    kept.push_back(std::move(address));
  }
  tidy(kept);
  if (kept.size() > 50) return bad("approvalRecipients", "at most 50 addresses");
  return kept;
}

Result<void> set_expiry(ManagedCredential& credential, std::optional<std::int64_t> ttl_days, std::optional<std::int64_t> reminder_days, WallTime now, bool fresh) {
  if (ttl_days && *ttl_days > kMostDays) return bad("ttlDays", "at most 36500");
  if (reminder_days && *reminder_days > kMostReminderDays) return bad("expiryReminderDays", "at most 365");
  const bool never = ttl_days ? *ttl_days == 0 : !fresh && !credential.expires_at && credential.expiry_reminder_days == 0;
  if (ttl_days) credential.expires_at = *ttl_days > 0 ? std::optional(engine::floor_seconds(now) + std::chrono::days(*ttl_days)) : std::nullopt;
  if (never) {
    credential.expiry_reminder_days = 0;  // the mark of "never expires"; a reminder alone does not change it
  } else if (reminder_days) {
    credential.expiry_reminder_days = *reminder_days < 1 ? kReminderDays : static_cast<std::uint32_t>(*reminder_days);
  } else if (credential.expiry_reminder_days == 0) {
    credential.expiry_reminder_days = kReminderDays;
  }
  return engine::ok();
}

}  // namespace trust
