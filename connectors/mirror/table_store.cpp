#include "connectors/mirror/table_store.h"

#include <sqlite3.h>

#include <algorithm>
#include <set>

#include "connectors/mirror/mirror.h"

namespace connectors {
namespace {

/// Integers that always fit 64 bits with a sign.
bool is_plain_integer(const Column& column) {
  const auto type = lower(column.source_type);
  const bool beyond = type.find("bigint") != std::string::npos && type.find("unsigned") != std::string::npos;
  return column.kind == Column::Kind::kInteger && !beyond;
}

bool fits_rowid(const Table& table) { return table.primary_key.size() == 1 && is_plain_integer(table.columns[table.primary_key[0]]); }

std::string repeated(std::string_view piece, std::string_view glue, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) {
    if (i > 0) out += glue;
    out += piece;
  }
  return out;
}

}  // namespace

// Spelled out, because a mapping may put views of its own in front.
std::string TableStore::own_name() const { return "main." + quote_name(table_->name); }

std::string TableStore::create_sql(const Table& table, const std::string& name) {
  const bool rowid = fits_rowid(table);
  std::string sql = "CREATE TABLE " + quote_name(name) + " (";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (i > 0) sql += ", ";
    sql += quote_name(table.columns[i].name);
    // Without a type SQLite keeps every cell as it is; but a key and its references must have one type, or joins between them use no index.
    if (is_plain_integer(table.columns[i])) sql += " INTEGER";
    if (rowid && table.primary_key[0] == i) sql += " PRIMARY KEY";
  }
  if (rowid || table.primary_key.empty()) return sql + ")";
  sql += ", PRIMARY KEY (";
  for (std::size_t i = 0; i < table.primary_key.size(); ++i) {
    if (i > 0) sql += ", ";
    sql += quote_name(table.columns[table.primary_key[i]].name);
  }
  return sql + ")) WITHOUT ROWID";
}

bool TableStore::key_order_is_known(const Table& table) {
  for (auto index : table.primary_key) {
    if (!is_plain_integer(table.columns[index])) return false;
  }
  return !table.primary_key.empty();
}

engine::Result<Statement*> TableStore::statement(const std::string& sql) {
  auto& known = statements_[sql];
  if (!known) {
    auto fresh = Statement::prepare(db_, sql);
    if (!fresh) return fresh.take_error();
    known = std::move(*fresh);
  }
  return &known;
}

std::string TableStore::key_list() const {
  std::string out;
  for (auto index : table_->primary_key) {
    if (!out.empty()) out += ", ";
    out += quote_name(table_->columns[index].name);
  }
  return out;
}

std::string TableStore::key_places() const { return repeated("?", ", ", table_->primary_key.size()); }

std::string TableStore::where_key() const {
  if (!table_->primary_key.empty()) return " WHERE (" + key_list() + ") = (" + key_places() + ")";
  std::string equal;
  for (const Column& column : table_->columns) equal += (equal.empty() ? "" : " AND ") + quote_name(column.name) + " IS ?";
  return " WHERE rowid = (SELECT rowid FROM " + own_name() + " WHERE " + equal + " LIMIT 1)";
}

engine::Result<void> TableStore::put(const Row& row) {
  if (put_ == nullptr) {
    auto found = statement("INSERT OR REPLACE INTO " + own_name() + " VALUES (" + repeated("?", ",", table_->columns.size()) + ")");
    if (!found) return found.take_error();
    put_ = *found;
  }
  for (std::size_t i = 0; i < row.size(); ++i) put_->bind(static_cast<int>(i) + 1, row[i]);
  return put_->run();
}

engine::Result<void> TableStore::replace(const Row& before, const Row& after) {
  auto updated = update(before, after);
  if (!updated) return updated.take_error();
  if (*updated) return engine::ok();
  const auto& key = table_->primary_key;
  if (key.empty() && before == after) return engine::ok();
  const bool moves = key.empty() || std::any_of(key.begin(), key.end(), [&](auto i) { return before[i] != after[i]; });
  if (moves) {
    if (auto removed = remove(before); !removed) return removed;
  }
  return put(after);
}

// A row that is put is taken out of every index and comes into it again. Where key and indexed cells stay as they are, only its own page changes; the mirror may
// hold another row than `before` (a chunk that was read later), which the update then does not find.
engine::Result<bool> TableStore::update(const Row& before, const Row& after) {
  if (table_->primary_key.empty()) return false;
  if (update_ == nullptr) {
    if (auto prepared = prepare_update(); !prepared) return prepared.take_error();
  }
  const bool stays = std::all_of(kept_.begin(), kept_.end(), [&](std::size_t i) { return before[i] == after[i]; });
  if (set_.empty() || !stays) return false;
  int place = 0;
  for (const auto i : set_) update_->bind(++place, after[i]);
  for (const auto i : kept_) update_->bind(++place, after[i]);
  if (auto done = update_->run(); !done) return done.take_error();
  return sqlite3_changes64(db_) > 0;
}

engine::Result<void> TableStore::prepare_update() {
  auto reader = Statement::prepare(db_, "SELECT c.name FROM pragma_index_list(?, 'main') l, pragma_index_info(l.name, 'main') c");
  if (!reader) return reader.take_error();
  reader->bind_text(1, table_->name);
  std::set<std::string> kept;
  for (;;) {
    auto more = reader->step();
    if (!more) return more.take_error();
    if (!*more) break;
    kept.emplace(reader->text(0));
  }
  std::set<std::string> key;
  for (const auto i : table_->primary_key) key.insert(table_->columns[i].name);
  kept.insert(key.begin(), key.end());
  set_.clear();
  kept_.clear();
  std::string set, where;
  for (std::size_t i = 0; i < table_->columns.size(); ++i) {
    const auto& name = table_->columns[i].name;
    const bool is_kept = kept.contains(name);
    (is_kept ? kept_ : set_).push_back(i);
    auto& list = is_kept ? where : set;
    const char* const glue = is_kept ? " AND " : ", ";
    list += (list.empty() ? "" : glue) + quote_name(name) + (is_kept && !key.contains(name) ? " IS ?" : " = ?");
  }
  // Without anything to set it is never run.
  auto found = statement(set.empty() ? "SELECT 1" : "UPDATE " + own_name() + " SET " + set + " WHERE " + where);
  if (!found) return found.take_error();
  update_ = *found;
  return engine::ok();
}

engine::Result<void> TableStore::remove(const Row& row) {
  if (remove_ == nullptr) {
    auto found = statement("DELETE FROM " + own_name() + where_key());
    if (!found) return found.take_error();
    remove_ = *found;
  }
  bind_key(*remove_, row);
  return remove_->run();
}

void TableStore::bind_key(Statement& into, const Row& row) const {
  int place = 0;
  if (table_->primary_key.empty()) {
    for (const Cell& cell : row) into.bind(++place, cell);
  } else {
    for (auto index : table_->primary_key) into.bind(++place, row[index]);
  }
}

engine::Result<std::optional<Row>> TableStore::get(const Row& row) {
  if (get_ == nullptr) {
    auto found = statement("SELECT * FROM " + own_name() + where_key());
    if (!found) return found.take_error();
    get_ = *found;
  }
  bind_key(*get_, row);
  auto there = get_->step();
  if (!there) return there.take_error();
  std::optional<Row> out;
  if (*there) out = row_of(*get_);
  get_->reset();
  return out;
}

engine::Result<void> TableStore::empty() {
  auto found = statement("DELETE FROM " + own_name());
  if (!found) return found.take_error();
  return (*found)->run();
}

engine::Result<void> TableStore::remove_range(const Row& after, const Row* up_to) {
  std::string sql = "DELETE FROM " + own_name();
  if (!after.empty()) sql += " WHERE (" + key_list() + ") > (" + key_places() + ")";
  if (up_to != nullptr) sql += std::string(after.empty() ? " WHERE" : " AND") + " (" + key_list() + ") <= (" + key_places() + ")";
  auto found = statement(sql);
  if (!found) return found.take_error();
  int place = 0;
  for (const Cell& cell : after) (*found)->bind(++place, cell);
  const Row last = up_to == nullptr ? Row{} : Mirror::key_of(*table_, *up_to);
  for (const Cell& cell : last) (*found)->bind(++place, cell);
  return (*found)->run();
}

Row TableStore::row_of(const Statement& from) const {
  Row row;
  row.reserve(table_->columns.size());
  for (std::size_t i = 0; i < table_->columns.size(); ++i) row.push_back(from.cell(static_cast<int>(i)));
  return row;
}

engine::Result<std::vector<Row>> TableStore::find(const std::vector<std::string>& columns, const Row& values) {
  std::string sql = "SELECT * FROM " + own_name();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    sql += (i == 0 ? " WHERE " : " AND ") + quote_name(columns[i]) + " = ?";
    if (std::holds_alternative<std::string>(values[i])) sql += " COLLATE source_ci";
  }
  auto found = statement(sql);
  if (!found) return found.take_error();
  for (std::size_t i = 0; i < values.size(); ++i) (*found)->bind(static_cast<int>(i) + 1, values[i]);
  std::vector<Row> rows;
  for (;;) {
    auto more = (*found)->step();
    if (!more) return more.take_error();
    if (!*more) break;
    rows.push_back(row_of(**found));
  }
  (*found)->reset();
  return rows;
}

engine::Result<void> TableStore::for_each(const std::function<void(const Row&)>& visit) {
  std::string sql = "SELECT * FROM " + own_name();
  if (!table_->primary_key.empty()) sql += " ORDER BY " + key_list();
  auto reader = Statement::prepare(db_, sql);
  if (!reader) return reader.take_error();
  for (;;) {
    auto more = reader->step();
    if (!more) return more.take_error();
    if (!*more) return engine::ok();
    visit(row_of(*reader));
  }
}

engine::Result<std::int64_t> TableStore::count() {
  auto found = statement("SELECT COUNT(*) FROM " + own_name());
  if (!found) return found.take_error();
  auto row = (*found)->step();
  if (!row) return row.take_error();
  const auto rows = (*found)->integer(0);
  (*found)->reset();
  return rows;
}

}  // namespace connectors
