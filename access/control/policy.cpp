#include "access/control/policy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <tuple>

#include "access/record_bytes.h"
#include "engine/base/json_writer.h"
#include "engine/net/validation.h"

namespace trust {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::array<std::string_view, 4> kRisks{"low", "medium", "high", "critical"};
constexpr std::string_view kDefaultHandle = "default-control-policy";

bool is_action_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ':' || c == '_' || c == '-' || c == '.'; }

std::string default_scope(std::string_view action) { return action == kDraftUpdate ? "entries:write:draft" : "control:actions:execute"; }

ResolvedPolicy built_in(std::string_view action) {
  ResolvedPolicy resolved;
  resolved.required_scope = default_scope(action);
  auto& policy = resolved.policy;
  policy.handle = kDefaultHandle;
  policy.display_name = "Default control policy";
  policy.pattern = "*";
  policy.risk = RiskLevel::kHigh;
  policy.config.clear();
  engine::JsonWriter(policy.config).begin_object().key("requiredScope").string(resolved.required_scope).key("mode").string("fail-safe").end_object();
  return resolved;
}

/// The greater, the better it fits.
auto fit(const Policy& policy) { return std::tuple(policy.pattern.size(), std::string_view(policy.pattern)); }

bool fits_better(const Policy& a, const Policy& b) { return fit(a) != fit(b) ? fit(a) > fit(b) : a.handle < b.handle; }

void put_rules(engine::ByteWriter& write, const PolicyRules& rules) {
  write.text(rules.required_scope);
  put_flag(write, rules.two_people);
  put_flag(write, rules.dual_min_amount.has_value());
  write.big(std::bit_cast<std::uint64_t>(rules.dual_min_amount.value_or(0)));
  put_texts(write, rules.dual_categories);
  put_texts(write, rules.dual_patterns);
  write.varint(rules.sla_minutes).varint(rules.escalate_minutes).varint(rules.expire_minutes);
}

PolicyRules take_rules(engine::ByteCursor& in) {
  PolicyRules rules;
  rules.required_scope = in.text();
  rules.two_people = take_flag(in);
  const bool has_amount = take_flag(in);
  const auto amount = std::bit_cast<double>(in.big<std::uint64_t>());
  if (has_amount) rules.dual_min_amount = amount;
  rules.dual_categories = take_texts(in);
  rules.dual_patterns = take_texts(in);
  for (auto* minutes : {&rules.sla_minutes, &rules.escalate_minutes, &rules.expire_minutes}) *minutes = static_cast<std::uint32_t>(in.varint());
  return rules;
}

}  // namespace

std::string_view name(RiskLevel risk) { return kRisks[static_cast<std::size_t>(risk)]; }

RiskLevel parse_risk(std::string_view text) {
  const auto lower = engine::net::ascii_lower(engine::net::trimmed(text));
  const auto found = std::find(kRisks.begin(), kRisks.end(), lower);
  return found == kRisks.end() ? RiskLevel::kMedium : static_cast<RiskLevel>(found - kRisks.begin());
}

std::string encode_policy(const Policy& p) {
  std::string bytes;
  engine::ByteWriter write(bytes);
  write.big(kVersion).text(p.handle).text(p.display_name).text(p.pattern);
  put_flag(write, p.requires_approval);
  put_flag(write, p.enabled);
  write.big(static_cast<std::uint8_t>(p.risk)).text(p.config);
  put_rules(write, p.rules);
  put_time(write, p.created);
  put_time(write, p.updated);
  return bytes;
}

engine::Result<Policy> decode_policy(PolicyId id, std::string_view value) {
  engine::ByteCursor in(value);
  const auto version = in.big<std::uint8_t>();
  if (in.ok() && version > kVersion) return engine::fail(engine::Errc::kUnsupported, "policy: version " + std::to_string(version));
  Policy p;
  p.id = id;
  for (auto* text : {&p.handle, &p.display_name, &p.pattern}) *text = in.text();
  p.requires_approval = take_flag(in);
  p.enabled = take_flag(in);
  const auto risk = in.big<std::uint8_t>();
  p.risk = static_cast<RiskLevel>(std::min<std::size_t>(risk, kRisks.size() - 1));
  p.config = in.text();
  p.rules = take_rules(in);
  p.created = take_time(in);
  p.updated = take_time(in);
  if (!in.ok() || !in.at_end() || version != kVersion || risk >= kRisks.size()) return engine::fail(in.blame(engine::Errc::kMalformed), "policy: damaged");
  return p;
}

std::string normal_action(std::string_view text) {
  auto action = engine::net::ascii_lower(text);
  std::erase_if(action, [](char c) { return !is_action_character(c); });
  return action;
}

std::string normal_pattern(std::string_view text) {
  auto pattern = engine::net::ascii_lower(text);
  std::erase_if(pattern, [](char c) { return c != '*' && !is_action_character(c); });
  return pattern;
}

bool matches(std::string_view pattern, std::string_view action) {
  // The last star is the only one ever reconsidered: what an earlier one took is never needed back.
  std::size_t p = 0, a = 0, star = pattern.npos, taken = 0;
  while (a < action.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = a;
    } else if (p < pattern.size() && pattern[p] == action[a]) {
      ++p, ++a;
    } else if (star != pattern.npos) {
      p = star + 1;
      a = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == pattern.npos;
}

ResolvedPolicy resolve(std::span<const Policy> policies, std::string_view action) {
  const Policy* best = nullptr;
  for (const auto& policy : policies) {
    if (matches(policy.pattern, action) && (!best || fits_better(policy, *best))) best = &policy;
  }
  if (!best) return built_in(action);
  return {*best, best->rules.required_scope.empty() ? default_scope(action) : best->rules.required_scope};
}

}  // namespace trust
