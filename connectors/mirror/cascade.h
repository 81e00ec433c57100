#pragma once
// What a source's foreign keys did without logging it (InnoDB writes no row events for cascades).

#include <map>
#include <string>
#include <vector>

#include "connectors/mirror/mirror.h"

namespace connectors {

/// Derives the row changes that follow from a logged one, out of the mirror's rows.
///
/// Threads: the mirror's. Blocking: reads the mirror; call inside its open transaction.
class Cascade {
 public:
  /// Keys whose child or parent is not mirrored are ignored. Builds the indexes that look-ups need.
  /// Errors: those of Mirror.
  static engine::Result<Cascade> create(Mirror& mirror, const std::vector<ForeignKey>& keys);

  /// Every row change that `change` brings about, in the order to apply them: what follows from it first (grandchildren before
  /// children), `change` itself last. Call before `change` is applied; the mirror is not written. ON DELETE and ON UPDATE, CASCADE and
  /// SET NULL, recursively; circles end, a row that several paths reach is changed by all of them and deleted once.
  /// With `cascades` false, for inserts and for truncations the answer is `change` alone.
  engine::Result<std::vector<RowChange>> expand(const RowChange& change) const;

  /// The tables in an order that fills parents before their children: a cascade that passes through a table which is still empty would miss what lies
  /// behind it. Circles are cut somewhere.
  std::vector<TablePtr> parents_first(const std::vector<TablePtr>& tables) const;

  /// Which further tables must be mirrored, so that no cascade reaches a captured table unseen: the parents of captured tables over keys
  /// that act, and their parents over keys that pass on a delete or an update. Sorted, without `captured`.
  static std::vector<std::string> closure(const std::vector<std::string>& captured, const std::vector<ForeignKey>& keys);

 private:
  struct Expansion;
  Cascade(Mirror& mirror, std::multimap<std::string, ForeignKey> by_parent) : mirror_(&mirror), by_parent_(std::move(by_parent)) {}
  engine::Result<void> follow(const RowChange& change, Expansion& into) const;
  engine::Result<void> follow_key(const ForeignKey& key, const RowChange& change, Expansion& into) const;

  Mirror* mirror_;
  std::multimap<std::string, ForeignKey> by_parent_;  // parent table, lower case
};

}  // namespace connectors
