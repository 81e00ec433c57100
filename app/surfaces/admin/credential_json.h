#pragma once
// A managed credential as operators see it (contract craft-agents-governance 2.2): never its token or digest.

#include <string>

#include "access/managed_credentials.h"
#include "engine/base/json_writer.h"

namespace app::admin {

void write_credential(engine::JsonWriter& json, const trust::ManagedCredential& credential, engine::WallTime now);
/// The answer that holds a token: {"credential":…,"revealedCredential":…} (contract 2.4).
std::string revealed_json(const trust::RevealedCredential& revealed, engine::WallTime now);

}  // namespace app::admin
