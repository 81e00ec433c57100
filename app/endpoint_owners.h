#pragma once
// May an endpoint's credential be told what the endpoint wants?

#include <string>

#include "access/credentials.h"
#include "delivery/endpoint_record.h"

namespace app {

/// Empty: it may. Otherwise why not, for people: there is no such live credential, or it lacks a scope for a resource type the endpoint wants.
std::string owner_problem(const trust::CredentialSet& credentials, const delivery::EndpointRecord& endpoint);

}  // namespace app
