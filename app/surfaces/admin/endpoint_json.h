#pragma once
// An endpoint as operators see it.

#include <string>

#include "delivery/fleet.h"
#include "engine/base/json_writer.h"

namespace app::admin {

void write_endpoint(engine::JsonWriter& json, const delivery::EndpointStatus& endpoint);
/// With its newest secret, in this answer only.
std::string revealed_json(const delivery::EndpointStatus& endpoint, const engine::Secret& secret);
std::string seek_json(const std::string& name, const delivery::SeekPlan& plan, bool done);

}  // namespace app::admin
