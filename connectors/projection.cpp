#include "connectors/projection.h"

#include <strings.h>

#include <algorithm>

namespace connectors {
namespace {

bool same_name(const std::string& a, const std::string& b) { return strcasecmp(a.c_str(), b.c_str()) == 0; }

Row pick(const Row& row, const std::vector<std::int64_t>& columns) {
  if (row.empty()) return {};
  Row picked;
  picked.reserve(columns.size());
  for (const auto column : columns) {
    if (column >= 0 && static_cast<std::size_t>(column) < row.size()) {
      picked.push_back(row[static_cast<std::size_t>(column)]);
    } else {
      picked.emplace_back();
    }
  }
  return picked;
}

}  // namespace

Table narrowed(const Table& full, const std::set<std::string>& wanted) {
  if (full.primary_key.empty()) return full;
  Table narrow;
  narrow.name = full.name;
  std::vector<std::int64_t> place(full.columns.size(), -1);
  for (std::uint32_t i = 0; i < full.columns.size(); ++i) {
    const auto& column = full.columns[i];
    const bool key = std::find(full.primary_key.begin(), full.primary_key.end(), i) != full.primary_key.end();
    const bool read = std::any_of(wanted.begin(), wanted.end(), [&](const std::string& name) { return same_name(name, column.name); });
    if (!key && !read) continue;
    place[i] = static_cast<std::int64_t>(narrow.columns.size());
    narrow.columns.push_back(column);
  }
  for (const auto key : full.primary_key) narrow.primary_key.push_back(static_cast<std::uint32_t>(place[key]));
  return narrow;
}

bool touches(const Alteration& alteration, const Table& mirrored) {
  return std::any_of(alteration.words.begin(), alteration.words.end(), [&](const std::string& word) {
    // A key that came or went may have been read before its time: what it cascaded meanwhile shows in the rows.
    if (same_name(word, "foreign")) return true;
    return std::any_of(mirrored.columns.begin(), mirrored.columns.end(), [&](const Column& column) { return same_name(word, column.name); });
  });
}

const Projection::Plan& Projection::plan(const TablePtr& from) {
  const auto known = plans_.find(from.get());
  if (known != plans_.end()) return known->second;
  Plan& plan = plans_[from.get()];
  plan.from = from;
  plan.to = mirror_->table(from->name);
  if (!plan.to) return plan;
  for (const Column& wanted : plan.to->columns) {
    const auto found = std::find_if(from->columns.begin(), from->columns.end(), [&](const Column& c) { return same_name(c.name, wanted.name); });
    const bool fits = found != from->columns.end() && found->kind == wanted.kind && found->scale == wanted.scale;
    plan.columns.push_back(fits ? found - from->columns.begin() : -1);
    if (!fits && plan.trouble.empty()) {
      plan.trouble = "table " + from->name + (found == from->columns.end() ? " has no column " : " has another kind of column ") + wanted.name;
    }
  }
  return plan;
}

/// False: there is nothing to do.
engine::Result<bool> Projection::complete(RowChange& change) {
  auto found = mirror_->row(*change.table, change.before);
  if (!found) return found.take_error();
  if (!*found && change.kind == RowChange::Kind::kDelete) return false;
  if (!*found) {
    if (change.stands_alone && !change.unchanged.empty()) {
      return engine::fail(engine::Errc::kUnsupported, "table " + change.table->name + ", column " + change.table->columns[change.unchanged.front()].name +
                                                          ": an update leaves the value out, and no earlier record has the row; let Debezium take a new snapshot of the table");
    }
    if (!change.stands_alone && absent_ == Absent::kConflict) return engine::fail(engine::Errc::kConflict, "the mirror lacks a row of " + change.table->name + " that was updated");
    change.kind = RowChange::Kind::kInsert;
    change.before.clear();
    return true;
  }
  change.before = std::move(**found);
  for (const auto cell : change.unchanged) change.after[cell] = change.before[cell];
  return true;
}

engine::Result<std::optional<RowChange>> Projection::project(const RowChange& change) {
  const Plan& plan = this->plan(change.table);
  if (!plan.to) return std::optional<RowChange>();
  if (!plan.trouble.empty() && absent_ == Absent::kConflict) return engine::fail(engine::Errc::kConflict, plan.trouble);
  RowChange projected;
  projected.table = plan.to;
  projected.kind = change.kind;
  projected.cascades = change.cascades;
  projected.stands_alone = change.stands_alone;
  projected.before = pick(change.before, plan.columns);
  projected.after = pick(change.after, plan.columns);
  for (const auto left_out : change.unchanged) {
    const auto place = std::find(plan.columns.begin(), plan.columns.end(), static_cast<std::int64_t>(left_out));
    if (place != plan.columns.end()) projected.unchanged.push_back(static_cast<std::uint32_t>(place - plan.columns.begin()));
  }
  if (change.key_only || !projected.unchanged.empty()) {
    auto whole = complete(projected);
    if (!whole) return whole.take_error();
    if (!*whole) return std::optional<RowChange>();
    projected.unchanged.clear();
  }
  if (projected.kind == RowChange::Kind::kUpdate && projected.before == projected.after) return std::optional<RowChange>();
  return std::optional<RowChange>(std::move(projected));
}

}  // namespace connectors
