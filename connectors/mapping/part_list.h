#pragma once
// The key list of a part, and the names of document columns.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/mapping/mapping.h"

namespace connectors {

/// "enabled:bool" is a boolean column named enabled; "x:json" holds finished JSON; "@index.status", "@fact.stock", "@title", "@words" and the controls
/// ("@state" and so on) have their role; else plain. kMalformed: an "@" column that means nothing.
engine::Result<DocumentColumn> document_column(std::string_view name);

/// `text`: comment lines, up to the first empty one, with keys divided by commas: `title`, `url=other_column`, `email=null`, `updatedAt=@updated`,
/// `product.id` (key id of the nested object product), `+list` (every item of a part given above).
engine::Result<std::vector<PartItem>> parse_part(std::string_view text, const std::vector<DocumentColumn>& columns,
                                                 const std::map<std::string, std::vector<PartItem>>& known);

}  // namespace connectors
