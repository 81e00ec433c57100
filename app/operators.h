#pragma once
// The people who run the server, as the configuration names them (contract craft-agents-governance 2.13).

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "access/credentials.h"

namespace app {

struct OperatorConfig {
  std::string id;                        ///< letters, digits, '.', '_', '-'; actor id "cp:<id>"
  std::string label{};                   ///< for people; empty: the id
  std::string email{};
  engine::Secret token{};
  std::vector<std::string> permissions{};///< of admin::kPermissions; "*": all but sensitive:read
  std::vector<std::string> ip_allowlist{};
};

/// The operator of the machine itself, whose token stands in a file that only the server's user reads.
OperatorConfig local_operator(engine::Secret token);

/// Operators as the two surfaces of the admin listener know them: with their permissions, and with the scopes of the agents' dialect that follow from these.
struct OperatorSets {
  std::shared_ptr<const trust::CredentialSet> admin;
  std::shared_ptr<const trust::CredentialSet> agents;
};
/// kMalformed lists every problem: a bad or repeated id, a missing token, an unknown permission, an unreadable allowlist.
engine::Result<OperatorSets> operator_sets(std::span<const OperatorConfig> operators, const trust::Features& features);

/// How many may decide approvals (contract 4.6); the machine's own operator does not count.
std::size_t approvers(std::span<const OperatorConfig> operators);

}  // namespace app
