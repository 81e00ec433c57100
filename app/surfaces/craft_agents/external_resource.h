#pragma once
// Further tables of the source, as the wiring describes them to the surface (contract craft-agents-api section 17).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace app::craft_agents {

/// A key of an item, for the descriptors.
struct ExternalField {
  std::string name;
  std::string type = "string";  ///< as JSON Schema names it ("integer", "number", "boolean", "object"), or "timestamp"
  bool nullable = false;
};

struct ExternalParameter {
  std::string name;
  std::string type = "string";      ///< "string", "integer" or "boolean"
  std::string description{};
  bool required = false;
  std::optional<std::int64_t> minimum{}, maximum{};
  std::vector<std::string> values{};    ///< allowed ones; empty: any
  std::optional<std::string> otherwise{};  ///< where the caller gives none
  std::string fact{};                   ///< equals the value (a boolean is "1" or "0")
  bool indexed = true;                  ///< lists may look resources up by the fact
  bool contains = false;                ///< instead: the value stands somewhere in a value of the fact
};

/// One resource of one plugin: changes of the type "plugin.resource" ("retour.redirects"), which is also its type in /changes, as
/// "plugins.retour.redirects" or by that name. Handles are of a-z 0-9 . _ - in any case.
struct ExternalResource {
  std::string plugin, resource;
  std::string plugin_name, plugin_description{};
  std::string name, description{};
  std::string id_description{};
  bool by_creation = false, by_title = false;  ///< order of a full list; neither: by the last change
  bool descending = true;
  std::vector<ExternalParameter> parameters{};  ///< beside those that every list has
  std::vector<ExternalField> fields{};          ///< of items
  std::vector<ExternalField> detail_fields{};   ///< what the detail has beyond them
  bool detail = true;
  bool numeric_id = true;   ///< another id in a path is a 400
};

}  // namespace app::craft_agents
