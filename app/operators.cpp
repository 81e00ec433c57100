#include "app/operators.h"

#include <algorithm>

#include "app/surfaces/admin/surface.h"

namespace app {

namespace {

constexpr std::string_view kLocal = "local";

bool known(std::string_view permission) {
  return permission == "*" || std::find(std::begin(admin::kPermissions), std::end(admin::kPermissions), permission) != std::end(admin::kPermissions);
}

bool holds(const OperatorConfig& config, std::string_view permission) {
  const auto has = [&](std::string_view one) { return std::find(config.permissions.begin(), config.permissions.end(), one) != config.permissions.end(); };
  return has(permission) || (permission != "sensitive:read" && has("*"));
}

std::vector<std::string> permissions_of(const OperatorConfig& config) {
  std::vector<std::string> all;
  for (const auto permission : admin::kPermissions) {
    if (holds(config, permission)) all.emplace_back(permission);
  }
  return all;
}

bool reads_only(std::string_view scope) { return scope.ends_with(":read") || scope == "entries:read_all_statuses"; }
bool is_sensitive(std::string_view scope) { return scope.ends_with(":read_sensitive"); }

std::vector<std::string> scopes_of(const OperatorConfig& config, const trust::Features& features) {
  std::vector<std::string> scopes;
  for (const auto& scope : trust::available_scopes(features)) {
    const auto name = scope.name;
    const bool control = name.starts_with("control:");
    const bool allowed = (holds(config, "operations:read") && !control && reads_only(name)) || (holds(config, "sensitive:read") && is_sensitive(name)) ||
                         (holds(config, "deliveries:replay") && name == "webhooks:dlq:replay") ||
                         (holds(config, "control:view") && control && (reads_only(name) || name == "control:actions:simulate")) ||
                         (holds(config, "control:policies") && name == "control:policies:write") ||
                         (holds(config, "control:approvals") && (name == "control:approvals:request" || name == "control:approvals:decide")) ||
                         (holds(config, "control:execute") && (name == "control:actions:execute" || name == "entries:write:draft"));
    if (allowed) scopes.emplace_back(name);
  }
  return scopes;
}

trust::CredentialConfig credential_of(const OperatorConfig& config, std::vector<std::string> scopes) {
  trust::CredentialConfig credential;
  credential.id = std::string(trust::kOperatorPrefix) + config.id;
  credential.label = config.label.empty() ? config.id : config.label;
  credential.token = config.token;
  credential.scopes = std::move(scopes);
  credential.ip_allowlist = config.ip_allowlist;
  return credential;
}

}  // namespace

OperatorConfig local_operator(engine::Secret token) {
  OperatorConfig local;
  local.id = kLocal;
  local.label = "Operator of this machine";
  local.token = std::move(token);
  local.permissions = {"*"};
  return local;
}

engine::Result<OperatorSets> operator_sets(std::span<const OperatorConfig> operators, const trust::Features& features) {
  std::vector<trust::CredentialConfig> admin, agents;
  std::string problems;
  for (const auto& config : operators) {
    for (const auto& permission : config.permissions) {
      if (!known(permission)) problems += "operator " + config.id + ": \"" + permission + "\" is not a permission\n";
    }
    admin.push_back(credential_of(config, permissions_of(config)));
    agents.push_back(credential_of(config, scopes_of(config, features)));
  }
  auto first = trust::CredentialSet::build(admin, features);
  auto second = trust::CredentialSet::build(agents, features);
  if (!first) problems += first.error().detail + "\n";
  if (!problems.empty()) return engine::fail(engine::Errc::kMalformed, problems.substr(0, problems.size() - 1));
  if (!second) return second.take_error();
  return OperatorSets{std::make_shared<const trust::CredentialSet>(std::move(*first)), std::make_shared<const trust::CredentialSet>(std::move(*second))};
}

std::size_t approvers(std::span<const OperatorConfig> operators) {
  return static_cast<std::size_t>(std::count_if(operators.begin(), operators.end(), [](const OperatorConfig& one) { return one.id != kLocal && holds(one, "control:approvals"); }));
}

}  // namespace app
