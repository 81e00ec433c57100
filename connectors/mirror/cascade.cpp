#include "connectors/mirror/cascade.h"

#include <algorithm>
#include <functional>
#include <set>

#include "connectors/mirror/row_codec.h"
#include "connectors/mirror/statement.h"

namespace connectors {

using engine::Result;

/// One call of expand(): the answer so far, and what the rows it touched look like by now.
struct Cascade::Expansion {
  struct Touched {
    Row now;
    bool deleted = false;
  };
  std::vector<RowChange> answer;
  std::map<std::string, Touched> touched;  // by table and original key

  static std::string identity(const Table& table, const Row& row) { return lower(table.name) + '\0' + encode(Mirror::key_of(table, row)); }
};

namespace {

using Rule = ForeignKey::Rule;

bool acts(Rule rule) { return rule == Rule::kCascade || rule == Rule::kSetNull; }

/// The cells of the named columns; nullopt where the table lacks one.
std::optional<std::vector<std::size_t>> places(const Table& table, const std::vector<std::string>& columns) {
  std::vector<std::size_t> found;
  for (const auto& wanted : columns) {
    const auto at = std::find_if(table.columns.begin(), table.columns.end(), [&](const Column& c) { return lower(c.name) == lower(wanted); });
    if (at == table.columns.end()) return std::nullopt;
    found.push_back(static_cast<std::size_t>(at - table.columns.begin()));
  }
  return found;
}

Row cells(const Row& row, const std::vector<std::size_t>& at) {
  Row out;
  for (auto place : at) out.push_back(row[place]);
  return out;
}

bool has_null(const Row& row) {
  return std::any_of(row.begin(), row.end(), [](const Cell& cell) { return std::holds_alternative<std::monostate>(cell); });
}

}  // namespace

Result<Cascade> Cascade::create(Mirror& mirror, const std::vector<ForeignKey>& keys) {
  std::multimap<std::string, ForeignKey> by_parent;
  for (const ForeignKey& key : keys) {
    if (!acts(key.on_delete) && !acts(key.on_update)) continue;
    const auto child = mirror.table(key.table);
    const auto parent = mirror.table(key.parent);
    if (!child || !parent || !places(*child, key.columns) || !places(*parent, key.parent_columns)) continue;
    auto indexed = mirror.ensure_index(key.table, key.columns, /*source_case=*/true);
    if (!indexed) return indexed.take_error();
    by_parent.emplace(lower(key.parent), key);
  }
  return Cascade(mirror, std::move(by_parent));
}

Result<std::vector<RowChange>> Cascade::expand(const RowChange& change) const {
  Expansion expansion;
  const bool follows = change.cascades && (change.kind == RowChange::Kind::kDelete || change.kind == RowChange::Kind::kUpdate) && by_parent_.contains(lower(change.table->name));
  if (follows) {
    auto done = follow(change, expansion);
    if (!done) return done.take_error();
  }
  expansion.answer.push_back(change);
  return std::move(expansion.answer);
}

Result<void> Cascade::follow(const RowChange& change, Expansion& into) const {
  const bool deletes = change.kind == RowChange::Kind::kDelete;
  into.touched[Expansion::identity(*change.table, change.before)] = {deletes ? change.before : change.after, deletes};
  const auto [first, last] = by_parent_.equal_range(lower(change.table->name));
  for (auto it = first; it != last; ++it) {
    if (!acts(deletes ? it->second.on_delete : it->second.on_update)) continue;
    auto done = follow_key(it->second, change, into);
    if (!done) return done.take_error();
  }
  return engine::ok();
}

Result<void> Cascade::follow_key(const ForeignKey& key, const RowChange& change, Expansion& into) const {
  const auto child = mirror_->table(key.table);
  const auto parent_at = places(*change.table, key.parent_columns);
  if (!child || !parent_at) return engine::ok();
  const auto child_at = places(*child, key.columns);
  if (!child_at) return engine::ok();
  const bool deletes = change.kind == RowChange::Kind::kDelete;
  const Row old_values = cells(change.before, *parent_at);
  if (has_null(old_values)) return engine::ok();
  const Row new_values = deletes ? Row{} : cells(change.after, *parent_at);
  if (!deletes && new_values == old_values) return engine::ok();

  auto rows = mirror_->find(key.table, key.columns, old_values);
  if (!rows) return rows.take_error();
  for (const Row& row : *rows) {
    const auto touched = into.touched.find(Expansion::identity(*child, row));
    const bool known = touched != into.touched.end();
    if (known && (touched->second.deleted || cells(touched->second.now, *child_at) != cells(row, *child_at))) continue;
    RowChange derived;
    derived.table = child;
    derived.kind = RowChange::Kind::kUpdate;
    derived.before = known ? touched->second.now : row;
    const Rule rule = deletes ? key.on_delete : key.on_update;
    if (deletes && rule == Rule::kCascade) {
      derived.kind = RowChange::Kind::kDelete;
    } else {
      derived.after = derived.before;
      for (std::size_t i = 0; i < child_at->size(); ++i) {
        Cell& reference = derived.after[(*child_at)[i]];
        if (rule == Rule::kSetNull) {
          reference = Cell{};
        } else if (new_values[i] != old_values[i]) {
          reference = new_values[i];  // the rest of a composite key stays as the child spells it
        }
      }
    }
    auto followed = follow(derived, into);
    if (!followed) return followed.take_error();
    // What follow() noted stands under the key the row has by now; the mirror finds it under its first one.
    into.touched[Expansion::identity(*child, row)] = {derived.kind == RowChange::Kind::kDelete ? derived.before : derived.after,
                                                      derived.kind == RowChange::Kind::kDelete};
    into.answer.push_back(std::move(derived));
  }
  return engine::ok();
}

std::vector<TablePtr> Cascade::parents_first(const std::vector<TablePtr>& tables) const {
  std::map<std::string, std::set<std::string>> parents;  // of a child
  for (const auto& [parent, key] : by_parent_) parents[lower(key.table)].insert(parent);
  std::map<std::string, TablePtr> left;
  for (const auto& table : tables) left.emplace(lower(table->name), table);
  std::vector<TablePtr> order;
  const std::function<void(const std::string&)> place = [&](const std::string& name) {
    const auto node = left.extract(name);
    if (node.empty()) return;  // placed, or on the way: a circle
    for (const auto& parent : parents[name]) place(parent);
    order.push_back(node.mapped());
  };
  for (const auto& table : tables) place(lower(table->name));
  return order;
}

std::vector<std::string> Cascade::closure(const std::vector<std::string>& captured, const std::vector<ForeignKey>& keys) {
  std::set<std::string> known;
  for (const auto& table : captured) known.insert(lower(table));
  std::set<std::string> further;
  // Into a captured table every acting key counts: it changes what documents read. Higher up only what passes on a delete or a key.
  std::vector<std::pair<std::string, bool>> open;
  for (const auto& table : known) open.emplace_back(table, true);
  while (!open.empty()) {
    const auto [child, is_captured] = open.back();
    open.pop_back();
    for (const ForeignKey& key : keys) {
      if (lower(key.table) != child) continue;
      const bool passes_on = key.on_delete == Rule::kCascade || key.on_update == Rule::kCascade;
      if (!passes_on && !(is_captured && (acts(key.on_delete) || acts(key.on_update)))) continue;
      if (!known.insert(lower(key.parent)).second) continue;
      further.insert(key.parent);
      open.emplace_back(lower(key.parent), false);
    }
  }
  return {further.begin(), further.end()};
}

}  // namespace connectors
