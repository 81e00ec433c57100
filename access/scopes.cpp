#include "access/scopes.h"

#include <algorithm>
#include <array>

#include "engine/net/validation.h"

namespace trust {

namespace {

constexpr std::array<Scope, 52> kCatalogue{{
    {"addresses:read", "List and look up postal addresses, personal fields hidden.", "addresses"},
    {"addresses:read_sensitive", "See the personal fields of addresses.", "addresses"},
    {"adoption:read", "See how widely the service is used.", ""},
    {"assets:read", "List and look up assets.", ""},
    {"auth:read", "Ask who the caller is and what it may do.", ""},
    {"capabilities:read", "Read the list of what this service offers.", ""},
    {"categories:read", "List and look up categories.", ""},
    {"changes:read", "Follow the change feed over all resource types.", ""},
    {"consumers:read", "Former name of syncstate:read.", ""},
    {"consumers:write", "Former name of syncstate:write.", ""},
    {"contentblocks:read", "List and look up content blocks.", ""},
    {"control:actions:execute", "Carry out approved actions, each once.", "writes"},
    {"control:actions:simulate", "Ask what policies would say to an action, without doing it.", "writes"},
    {"control:approvals:decide", "Approve or reject what others asked for.", "writes"},
    {"control:approvals:read", "See open and decided approval requests.", "writes"},
    {"control:approvals:request", "Ask for an approval.", "writes"},
    {"control:approvals:write", "Former scope for asking and deciding in one.", "writes"},
    {"control:audit:read", "Read the audit trail of governed actions.", "writes"},
    {"control:executions:read", "See what was carried out and how it ended.", "writes"},
    {"control:policies:read", "Read the policies that govern actions.", "writes"},
    {"control:policies:write", "Change the policies that govern actions.", "writes"},
    {"diagnostics:read", "Fetch the support bundle.", ""},
    {"donations:read", "List and look up donations.", "commerce"},
    {"entries:read", "List and look up live entries.", ""},
    {"entries:read_all_statuses", "See entries that are not live.", ""},
    {"entries:write", "Former name of entries:write:draft.", "writes"},
    {"entries:write:draft", "Create and change entry drafts through governed actions.", "writes"},
    {"globalsets:read", "List and look up global sets.", ""},
    {"health:read", "Read the service's health.", ""},
    {"incidents:read", "See what went wrong lately, without secrets.", ""},
    {"jobs:read", "Discover the jobs of the bound account.", ""},
    {"jobs:report", "Report on runs of those jobs.", ""},
    {"lifecycle:read", "See the state of credentials over their life.", ""},
    {"metrics:read", "Read the service's metrics.", ""},
    {"openapi:read", "Read the OpenAPI document.", ""},
    {"orders:read", "List and look up orders, personal fields hidden.", "commerce"},
    {"orders:read_sensitive", "See order e-mail addresses and line-item money.", "commerce"},
    {"products:read", "List products.", "commerce"},
    {"readiness:read", "Read the readiness summary and its score.", ""},
    {"schema:read", "Read the schemas of every endpoint.", ""},
    {"sections:read", "List sections.", ""},
    {"subscriptions:read", "List and look up subscriptions.", "commerce"},
    {"syncstate:read", "See checkpoints and lag per integration.", ""},
    {"syncstate:write", "Record checkpoints of an integration.", ""},
    {"tags:read", "List and look up tags.", ""},
    {"templates:read", "Read integration templates and starter packs.", ""},
    {"transfers:read", "List and look up inventory transfers.", "commerce"},
    {"users:read", "List and look up users, personal fields hidden.", "users"},
    {"users:read_sensitive", "See e-mail addresses and names of users.", "users"},
    {"variants:read", "List and look up product variants.", "commerce"},
    {"webhooks:dlq:read", "See webhook deliveries that were given up.", ""},
    {"webhooks:dlq:replay", "Send given-up webhook deliveries again.", ""},
}};

constexpr std::array<std::string_view, 5> kDefaults{"auth:read", "health:read", "readiness:read", "capabilities:read", "openapi:read"};

std::string normalised(std::string_view name) {
  std::string clean;
  for (const char c : engine::net::ascii_lower(name)) {
    const bool letter = c >= 'a' && c <= 'z';
    const bool digit = c >= '0' && c <= '9';
    if (letter || digit || c == ':' || c == '_' || c == '*' || c == '.' || c == '-') clean.push_back(c);
  }
  return clean;
}

}  // namespace

bool is_on(const Features& features, std::string_view name) {
  if (name.empty()) return true;
  if (name == "commerce") return features.commerce;
  if (name == "users") return features.users;
  if (name == "addresses") return features.addresses;
  if (name == "writes") return features.writes;
  return false;
}

std::span<const Scope> scope_catalogue() { return kCatalogue; }

std::vector<Scope> available_scopes(const Features& features) {
  std::vector<Scope> available;
  for (const auto& scope : kCatalogue) {
    if (is_on(features, scope.feature)) available.push_back(scope);
  }
  return available;
}

std::span<const std::string_view> default_scopes() { return kDefaults; }

ScopeSet::ScopeSet(std::span<const std::string> names) {
  for (const auto& name : names) {
    auto clean = normalised(name);
    if (!clean.empty()) names_.push_back(std::move(clean));
  }
  std::sort(names_.begin(), names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  all_ = contains("*");
}

bool ScopeSet::contains(std::string_view scope) const { return std::binary_search(names_.begin(), names_.end(), scope); }

bool ScopeSet::grants(std::string_view scope) const {
  if (all_ || contains(scope)) return true;
  if (scope == "entries:write") return contains("entries:write:draft");
  if (scope == "entries:write:draft") return contains("entries:write");
  return false;
}

std::vector<std::string> ScopeSet::granted(const Features& features) const {
  std::vector<std::string> shown;
  for (const auto& name : names_) {
    const auto canonical = name == "entries:write" ? std::string("entries:write:draft") : name;
    const auto known = std::find_if(kCatalogue.begin(), kCatalogue.end(), [&](const Scope& scope) { return scope.name == canonical; });
    const bool hidden = known != kCatalogue.end() && known->feature != "commerce" && !is_on(features, known->feature);
    if (!hidden) shown.push_back(canonical);
  }
  std::sort(shown.begin(), shown.end());
  shown.erase(std::unique(shown.begin(), shown.end()), shown.end());
  return shown;
}

}  // namespace trust
