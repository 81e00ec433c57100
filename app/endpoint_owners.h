#pragma once
// May an endpoint's credential be told what the endpoint wants?

#include <map>
#include <string>
#include <vector>

#include "access/credentials.h"
#include "app/surfaces/craft_agents/external_resource.h"
#include "delivery/endpoint_record.h"

namespace app {

/// The resource types that endpoints may be told of, and the scope that reads each: those of the contract's webhooks, further ones of the feed, and the plugins'.
/// Variants are not among them: they are told as their product.
class EndpointTypes {
 public:
  explicit EndpointTypes(const std::vector<craft_agents::ExternalResource>& externals);
  /// Empty: there is no such type.
  std::string scope_of(std::string_view type) const;
  /// Beyond those of the contract's webhooks: only endpoints that name them are told of them.
  std::vector<std::string> further() const;

 private:
  std::map<std::string, std::string, std::less<>> scopes_;
};

/// Empty: it may. Otherwise why not, for people: there is no such live credential, it lacks a scope for a resource type the endpoint wants, or there is no such
/// type. The endpoint's types may stand as somebody has written them.
std::string owner_problem(const trust::CredentialSet& credentials, const EndpointTypes& types, const delivery::EndpointRecord& endpoint);

}  // namespace app
