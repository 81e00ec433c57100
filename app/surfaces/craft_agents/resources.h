#pragma once
// The one table of what is listed and shown (contract craft-agents-api sections 5.3, 8 to 10). routes.cpp makes routes of it; lists.cpp and shows.cpp answer
// by it and know no resource.

#include <string>
#include <string_view>
#include <vector>

#include "engine/net/route.h"
#include "feed/list_reader.h"

namespace app::craft_agents {

/// What a list does with a parameter's value.
enum class Use : std::uint8_t {
  kFact,       ///< the fact `field` equals it; a boolean is "1" or "0"
  kStatus,     ///< as kFact, and "all" asks for nothing
  kSearch,     ///< terms to find; of several such parameters the first given one counts
  kContains,   ///< a value of the fact `field` holds it somewhere
  kSort,       ///< order of a full list
  kLastDays,   ///< created within so many days, 0: whenever; a list that is not told takes 30 in full and 0 in incremental mode
  kLowStock,   ///< facts `unlimited` and `stock`, with the bound of the parameter behind it; full lists only
  kThreshold,  ///< the bound of kLowStock
};

struct ListParameter {
  engine::net::Parameter declared;
  Use use = Use::kFact;
  std::string_view field{};  ///< the fact
  std::string_view echo{};   ///< key in meta.filters; empty: not echoed
  std::string (*spelled)(std::string_view) = nullptr;  ///< how a text is written before it is used and echoed
  bool indexed = true;                                 ///< lists may look resources up by the fact
};

struct ShowParameter {
  engine::net::Parameter declared;
  std::string_view field{};  ///< the fact; empty: the id
  std::string_view with{};   ///< counts only beside the parameter of this name; empty: always
};

struct Resource {
  std::string_view path;   ///< of the list, below the base path; "/show" behind it for the show
  std::string_view name;   ///< in descriptors, cursors and `types`: "globalsets"
  std::string_view item;   ///< of changes and items: "globalset"
  std::string_view title;  ///< "Global set"
  std::string_view scope;
  std::string_view sensitive_scope{};  ///< lays the part `sensitive` over what is shown
  std::string_view redaction{};        ///< in meta.filters, of a resource that has a sensitive scope: "redactEmail"
  std::string_view statuses_scope{};   ///< needed for another status than the default; without it `unelevated` holds
  std::string_view feature{};          ///< flag of the whole resource
  bool commerce = false;               ///< refused where the shop is absent
  bool meta = true;                    ///< lists have `meta`
  bool counted_cursors = false;        ///< the reference's list pages by count (8.2)
  bool integers_first = true;          ///< list parameters are checked integers first, else as they stand here (6.3)
  bool schema_of_show = true;          ///< the show has a key in /schema
  feed::ListOrder order{};             ///< of a full list that is not told otherwise
  std::vector<ListParameter> parameters{};     ///< of its own; in the order of meta.filters
  std::vector<feed::Condition> always{};       ///< of lists
  std::vector<feed::Condition> unelevated{};   ///< of lists and shows without `statuses_scope`
  std::vector<ShowParameter> keys{};   ///< identifiers, one of which is given; empty: no show
  std::vector<ShowParameter> extras{}; ///< narrow a show
  std::string_view list_fields{};      ///< form of an item (shapes::fields)
  std::string_view detail_fields{};    ///< what a show has beyond it

  bool has_show() const { return !keys.empty(); }
};

/// The 14 of the contract, in its order.
const std::vector<Resource>& resources();

/// What routes of a resource point to. Outlives them.
struct RouteTexts {
  explicit RouteTexts(const Resource& resource);
  std::string list_key, list_summary, show_path, show_key, show_summary, not_found;
};
/// resource_routes.cpp
engine::net::Route list_route(const Resource& resource, const RouteTexts& texts);
engine::net::Route show_route(const Resource& resource, const RouteTexts& texts);

/// In the order in which problems are reported (contract 6.3).
std::vector<engine::net::Parameter> list_parameters(const Resource& resource);
std::vector<engine::net::Parameter> show_parameters(const Resource& resource);
/// `limit`, `fields` and `filter`, `updatedSince` and `cursor`: the same for every list and for /changes.
engine::net::Parameter limit_parameter();
std::vector<engine::net::Parameter> projection_parameters();
std::vector<engine::net::Parameter> window_parameters();

}  // namespace app::craft_agents
