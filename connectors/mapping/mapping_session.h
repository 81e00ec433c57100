#pragma once
// A mapping at work on one mirror: which documents a row change touches, what they look like, when time touches them.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "connectors/mapping/mapping.h"
#include "connectors/mirror/mirror.h"
#include "feed/rendering.h"

namespace connectors {

/// By type, then by id: numbers as numbers, before other texts.
struct ResourceKeyOrder {
  bool operator()(const feed::ResourceKey& a, const feed::ResourceKey& b) const;
};
/// Resources to render again.
using AffectedSet = std::set<feed::ResourceKey, ResourceKeyOrder>;

/// Values of the mapping's settings (`--@ setting`), such as {"site": "primary", "base": "https://example.test/"}.
using MappingSettings = std::map<std::string, std::string>;

/// Threads: the mirror's. Blocking: reads the mirror. Mapping and mirror must outlive it.
/// One at a time on a mirror, closed before tables are defined or dropped: it puts views before tables that the source lacks, wholly or in part.
/// Errors of every method: those of Mirror, and kMalformed where a query fails on this mirror (the detail names file and line).
class MappingSession {
 public:
  /// Define the tables in the mirror first: resources of which a table is absent are left out. Builds the indexes the mapping declares.
  /// kMalformed: a setting is missing or unknown, a needed column is missing, a query does not compile. Every problem is listed.
  static engine::Result<std::unique_ptr<MappingSession>> open(const Mapping& mapping, Mirror& mirror, const MappingSettings& settings);
  ~MappingSession();

  /// Types in service, sorted.
  std::vector<std::string> types() const;

  enum class Moment { kBefore, kAfter };
  /// Adds the resources whose documents may change with `change`. Ask kBefore, apply the change to the mirror, ask kAfter: only both together are
  /// complete. An update that leaves alone every column a document reads adds nothing. A row that changes a parameter (which site is primary, its
  /// store), and a truncation, affect every resource of the types that read the table.
  engine::Result<void> affected(const RowChange& change, Moment moment, AffectedSet& into);

  /// Every id of the type that may have a document (deleted ones included), ascending.
  engine::Result<std::vector<std::string>> all_ids(const std::string& type);

  /// Renders `ids` of one type as of `now` (never the wall clock: the transaction's commit time or the due instant) and hands each
  /// to `sink`, in the order of `ids`. An id without a row comes as State::kAbsent. An error of `sink` ends the rendering and is returned.
  using Sink = std::function<engine::Result<void>(feed::Rendering)>;
  engine::Result<void> render(const std::string& type, std::span<const std::string> ids, engine::WallTime now, const Sink& sink);
  /// One of them.
  engine::Result<feed::Rendering> render_one(const feed::ResourceKey& key, engine::WallTime now);

  /// The first instant after `after` at which time alone changes a document; nullopt: none known. Asks the mirror only where affected() has seen a
  /// row that may decide it, so call rows_went_back() when changes that affected() was asked about are taken back.
  engine::Result<std::optional<engine::WallTime>> next_due(engine::WallTime after);
  void rows_went_back();
  /// The resources with a transition at an instant in (`after`, `until`].
  engine::Result<AffectedSet> due(engine::WallTime after, engine::WallTime until);

 private:
  struct State;
  explicit MappingSession(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace connectors
