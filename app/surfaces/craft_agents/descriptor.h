#pragma once
// What capabilities and OpenAPI have in common, written from the route table and the settings.

#include <string>
#include <string_view>
#include <vector>

#include "access/gate/gate.h"
#include "app/operations/runtime.h"
#include "engine/base/json_writer.h"

namespace app::craft_agents {

class External;
struct Service;

/// The routes a descriptor lists: no aliases, none whose feature is off, none of an external resource that is not there.
std::vector<const trust::Route*> listed_routes(const Service& service);
/// The external resource behind a path; nullptr: none.
const External* external_of(const Service& service, std::string_view path);

/// {"/capabilities":"/agents/v1/capabilities", …}: paths that are another name of a listed one.
void write_aliases(engine::JsonWriter& json, const trust::Gate& gate);
void write_runtime_profile(engine::JsonWriter& json, const trust::GateSettings& settings);
void write_error_codes(engine::JsonWriter& json);
/// {"grantedScopes":[…],"availableScopes":{…}}
void write_authorization(engine::JsonWriter& json, const Service& service, const trust::Principal& principal);
/// "type", "required" and "properties" of an object made of these parameters.
void write_members(engine::JsonWriter& json, const std::vector<engine::net::Parameter>& parameters, engine::net::ParameterPlace place);
/// What a route's payload looks like for the kinds that have a form, under `key`; nothing where none has.
void write_payload_forms(engine::JsonWriter& json, std::string_view key, const trust::Route& route);
/// {"type":"integer","minimum":1,…}
void write_parameter_schema(engine::JsonWriter& json, const engine::net::Parameter& parameter);
void write_strings(engine::JsonWriter& json, const std::vector<std::string_view>& texts);

using operations::kPolicyVersion;
using operations::kServiceName;
using operations::profile_source;

}  // namespace app::craft_agents
