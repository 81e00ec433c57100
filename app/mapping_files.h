#pragma once

#include <filesystem>
#include <string>

#include "app/config.h"
#include "connectors/mapping/mapping.h"
#include "engine/base/result.h"

namespace app {

/// The folder of the mapping of that name which comes with the program: "mappings/NAME" beside the binary, then
/// "../share/millrace/mappings/NAME", then the source tree it was built from. kNotFound names the places looked at.
engine::Result<std::filesystem::path> mapping_directory(const std::string& name);
/// The mapping that a configuration names. Errors: as mapping_directory and Mapping::load.
engine::Result<connectors::Mapping> load_mapping(const MappingConfig& config);

}  // namespace app
