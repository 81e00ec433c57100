#pragma once
// Reads the directives of an external resource. Part of Mapping::load.

#include <vector>

#include "connectors/mapping/external_resource.h"
#include "connectors/mapping/mapping.h"
#include "connectors/mapping/mapping_file.h"

namespace connectors {

/// The type of the file's documents, from its `--@ plugin` and `--@ external`. kMalformed: a handle is missing or misspelt.
engine::Result<std::string> external_type(const std::vector<MappingSection>& sections);

/// `resource`: the same file's, with columns and parts read. kMalformed: names file and line.
engine::Result<ExternalResource> read_external(const std::vector<MappingSection>& sections, const MappingResource& resource);

/// Sorts by plugin and resource and gives every resource of a plugin the plugin's name and description, which one file states.
engine::Result<void> join_plugins(std::vector<ExternalResource>& externals);

}  // namespace connectors
