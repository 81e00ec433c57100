#pragma once
// A resource of a plugin, as a mapping file describes it (contract craft-agents-api section 17): what surfaces serve and descriptors tell.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace connectors {

/// One query parameter of an external list.
struct ExternalParameter {
  enum class Filter : std::uint8_t {
    kNone,      ///< "limit" only: the size of the page
    kIndexed,   ///< the fact equals the value; lists look resources up by it
    kChecked,   ///< the fact equals the value
    kContains,  ///< the value is a substring of one of the fact's values
  };
  std::string name;
  std::string type = "string";  ///< string, integer, number or boolean (as a fact: 1 or 0)
  std::string description;
  bool required = false;
  std::string format;                     ///< empty: none
  std::vector<std::string> values;        ///< what is allowed; empty: anything
  std::optional<std::int64_t> minimum, maximum;
  std::optional<std::string> otherwise;   ///< taken where the caller gives none
  Filter filter = Filter::kNone;
  std::string fact;                       ///< which fact it filters; empty with kNone
};

/// One key of an item.
struct ExternalField {
  std::string name;
  std::string type;       ///< string, timestamp (RFC 3339 text), integer, number, boolean, object or array
  bool nullable = false;
  bool in_list = false;   ///< else in the detail only; what a list shows, the detail shows too
};

struct ExternalResource {
  enum class Order : std::uint8_t { kUpdated, kCreated, kTitle };
  std::string type;                ///< of its documents: "retour.redirects"
  std::string plugin;              ///< handle, `^[a-z0-9._-]+$`
  std::string plugin_name;
  std::string plugin_description;
  std::string resource;            ///< handle, the same pattern
  std::string name;
  std::string description;
  std::string id_description;      ///< of the item id in the detail's path
  bool numeric_id = false;         ///< the id is all digits; another one is the caller's mistake
  std::vector<ExternalParameter> parameters;
  std::vector<ExternalField> fields;  ///< in the order of the parts
  Order order = Order::kUpdated;
  bool descending = true;
  bool has_detail = false;
};

}  // namespace connectors
