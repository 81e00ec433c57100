#pragma once
// What stands behind `--@ affected`, and whether the rules of a resource see all that its document reads. Part of MappingLoader.

#include <optional>
#include <string>
#include <vector>

#include "connectors/mapping/mapping.h"
#include "connectors/mapping/mapping_file.h"

namespace connectors {

/// `--@ affected TABLE … of COLUMN … when NAME ANSWER …`.
struct AffectedWords {
  std::vector<std::string> tables;   ///< one at least
  std::vector<std::string> columns;  ///< empty: all that the document reads
  std::optional<GuardedBy> guarded;
};
/// kMalformed: a word is there without what belongs behind it.
engine::Result<AffectedWords> affected_words(const MappingSection& section);

/// Gives rules that name no columns all those which the document reads. `resource.reads` is known.
/// kMalformed: a table or column that the document reads would change unseen, or a rule is of a table which it does not read.
engine::Result<void> complete_rules(MappingResource& resource);

}  // namespace connectors
