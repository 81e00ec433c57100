#pragma once
// A request of a list or show: what the caller may see, what the feed is asked, the echo in meta.filters (contract craft-agents-api sections 3.3, 5.3, 9).

#include <optional>
#include <string>

#include "access/gate/surface.h"
#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/page_writer.h"
#include "app/surfaces/craft_agents/resources.h"

namespace feed {
struct ChangeView;
}

namespace app::craft_agents {

/// What the caller may see of a resource beyond its public form (contract 5.3).
struct Elevation {
  bool sensitive = false;    ///< the part `sensitive` is laid over
  bool unredacted = false;   ///< the part `unredacted` is: redaction is off and the scope is lacking
  bool statuses = true;      ///< every status
};
Elevation elevation(const Service& service, const Resource& resource, const trust::Principal& principal);

/// Why this caller gets no such list or show, whatever its parameters' values; nullopt: go on. The scope and the parameters' forms have been checked.
std::optional<trust::Refusal> unavailable(const Service& service, const Resource& resource);

struct ListQuery {
  feed::ListRequest request;
  Elevation elevated;
  std::optional<trust::Refusal> refusal{};  ///< set: nothing else counts
};
ListQuery list_query(const Service& service, const Resource& resource, const CallContext& call);

/// A part as this caller may see it.
std::string shown(std::string_view part, const feed::ChangeView& change, const Elevation& elevated);

/// A page of a list, read and projected; what is left to its endpoint is the envelope.
struct Listed {
  explicit Listed(Projection projection) : rows(std::move(projection)) {}
  std::optional<trust::Refusal> refusal{};  ///< set: nothing else counts
  ListQuery query{};
  feed::ListPage page{};
  Rows rows;
};
Task<Listed> read_list(const Service& service, const Resource& resource, CallContext& call);
/// "page":{…},"pagination":{…}
void write_list_page(engine::JsonWriter& json, const Listed& listed);

/// The echo of the filters. `page` is the answer to the query.
void write_filters(engine::JsonWriter& json, const Service& service, const Resource& resource, const CallContext& call, const ListQuery& query,
                   const feed::ListPage& page);

}  // namespace app::craft_agents
