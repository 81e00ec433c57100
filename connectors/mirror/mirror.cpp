#include "connectors/mirror/mirror.h"

#include <sqlite3.h>

#include <algorithm>
#include <map>

#include "connectors/mirror/row_codec.h"
#include "connectors/mirror/sql_functions.h"
#include "connectors/mirror/sqlite_memory.h"
#include "connectors/mirror/table_store.h"

namespace connectors {

using engine::Errc;
using engine::Result;

struct Mirror::State {
  sqlite3* db = nullptr;
  std::map<std::string, TableStore> stores;  // by lower-case name
  std::uint64_t schema_version = 1;
  std::uint64_t schema_at_begin = 1;
  Statement get, set;

  ~State() {
    stores.clear();
    get = Statement();
    set = Statement();
    sqlite3_close_v2(db);
  }
  Result<void> execute(const std::string& sql) {
    if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return fail_sqlite(db, "mirror");
    return engine::ok();
  }
  Result<void> load_tables();
  Result<TableStore*> store(const std::string& name);
  Result<void> remember(const Table& table);
  Result<void> reshape(const Table& from, const Table& to);
  Result<void> rebuild_indexes(const Table& table);
};

namespace {

constexpr int kFormat = 1;

// The WAL's commits need no sync of their own: what a machine crash takes back the mirror reads again from the source, and the
// file itself stays sound (synchronous NORMAL syncs before and after each checkpoint; OFF would not keep it sound).
// A checkpoint writes what piled up since the last one while the stream waits: often and little, rather than 16 MB at once.
constexpr const char* kSetUp = R"(
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA cache_size = -65536;
  PRAGMA temp_store = MEMORY;
  PRAGMA foreign_keys = OFF;
  PRAGMA wal_autocheckpoint = 500;
  CREATE TABLE IF NOT EXISTS millrace_state (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS millrace_tables (name TEXT PRIMARY KEY, shape) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS millrace_indexes (name TEXT PRIMARY KEY, of_table, columns, source_case) WITHOUT ROWID;
)";

Result<void> check_format(sqlite3* db) {
  auto version = Statement::prepare(db, "PRAGMA user_version");
  if (!version) return version.take_error();
  auto row = version->step();
  if (!row) return row.take_error();
  const auto found = version->integer(0);
  version->reset();
  if (found > kFormat) return engine::fail(Errc::kUnsupported, "the mirror was written by a newer version of Millrace");
  if (found == kFormat) return engine::ok();
  const auto sql = "PRAGMA user_version = " + std::to_string(kFormat);
  if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return fail_sqlite(db, "mirror");
  return engine::ok();
}

bool same_key(const Table& a, const Table& b) {
  if (a.primary_key.size() != b.primary_key.size()) return false;
  for (std::size_t i = 0; i < a.primary_key.size(); ++i) {
    const Column& left = a.columns[a.primary_key[i]];
    const Column& right = b.columns[b.primary_key[i]];
    if (lower(left.name) != lower(right.name) || left.kind != right.kind || left.scale != right.scale) return false;
  }
  return !a.primary_key.empty();
}

const Column* column_of(const Table& table, const std::string& name) {
  for (const Column& column : table.columns) {
    if (lower(column.name) == lower(name)) return &column;
  }
  return nullptr;
}

}  // namespace

Mirror::Mirror(std::unique_ptr<State> state) : state_(std::move(state)) {}
Mirror::~Mirror() = default;

Result<std::unique_ptr<Mirror>> Mirror::open(const std::filesystem::path& file) {
  keep_sqlite_memory();
  auto state = std::make_unique<State>();
  constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(file.c_str(), &state->db, kFlags, nullptr) != SQLITE_OK) return fail_sqlite(state->db, "mirror: open");
  if (!register_sql_functions(state->db)) return fail_sqlite(state->db, "mirror: functions");
  auto format = check_format(state->db);
  if (!format) return format.take_error();
  auto made = state->execute(kSetUp);
  if (!made) return made.take_error();
  auto loaded = state->load_tables();
  if (!loaded) return loaded.take_error();
  return std::unique_ptr<Mirror>(new Mirror(std::move(state)));
}

Result<void> Mirror::State::load_tables() {
  stores.clear();
  ++schema_version;
  auto reader = Statement::prepare(db, "SELECT shape FROM millrace_tables");
  if (!reader) return reader.take_error();
  for (;;) {
    auto more = reader->step();
    if (!more) return more.take_error();
    if (!*more) return engine::ok();
    auto table = decode_table(reader->text(0));
    if (!table) return table.take_error();
    auto shape = std::make_shared<const Table>(std::move(*table));
    stores.emplace(lower(shape->name), TableStore(db, shape));
  }
}

Result<TableStore*> Mirror::State::store(const std::string& name) {
  const auto found = stores.find(lower(name));
  if (found == stores.end()) return engine::fail(Errc::kNotFound, "mirror: no table " + name);
  return &found->second;
}

Result<void> Mirror::State::remember(const Table& table) {
  auto writer = Statement::prepare(db, "INSERT OR REPLACE INTO millrace_tables VALUES (?, ?)");
  if (!writer) return writer.take_error();
  const auto name = lower(table.name);
  const Cell shape = Bytes{encode(table)};
  writer->bind_text(1, name);
  writer->bind(2, shape);
  auto written = writer->run();
  if (!written) return written.take_error();
  stores.erase(name);
  stores.emplace(name, TableStore(db, std::make_shared<const Table>(table)));
  ++schema_version;
  return engine::ok();
}

Result<void> Mirror::State::reshape(const Table& from, const Table& to) {
  std::string shared;
  for (const Column& column : to.columns) {
    const Column* old = column_of(from, column.name);
    // A decimal of another scale means other numbers: those come with the re-read.
    if (old != nullptr && old->kind == column.kind && old->scale == column.scale) shared += (shared.empty() ? "" : ", ") + quote_name(column.name);
  }
  const std::string fresh = "millrace_reshaped";
  std::string sql = TableStore::create_sql(to, fresh) + ";";
  if (same_key(from, to)) sql += "INSERT INTO " + quote_name(fresh) + " (" + shared + ") SELECT " + shared + " FROM " + quote_name(from.name) + ";";
  sql += "DROP TABLE " + quote_name(from.name) + "; ALTER TABLE " + quote_name(fresh) + " RENAME TO " + quote_name(to.name) + ";";
  stores.erase(lower(from.name));
  auto done = execute(sql);
  if (!done) return done.take_error();
  auto remembered = remember(to);
  if (!remembered) return remembered.take_error();
  return rebuild_indexes(to);
}

Result<void> Mirror::State::rebuild_indexes(const Table& table) {
  std::vector<std::string> wanted;
  auto reader = Statement::prepare(db, "SELECT name, columns, source_case FROM millrace_indexes WHERE of_table = ?");
  if (!reader) return reader.take_error();
  const auto name = lower(table.name);
  reader->bind_text(1, name);
  for (;;) {
    auto more = reader->step();
    if (!more) return more.take_error();
    if (!*more) break;
    wanted.push_back("CREATE INDEX IF NOT EXISTS " + quote_name(reader->text(0)) + " ON " + quote_name(table.name) + " (" + std::string(reader->text(1)) + ")");
  }
  reader->reset();
  for (const auto& sql : wanted) {
    // An index over a vanished column has no use any more.
    if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK && sqlite3_errcode(db) != SQLITE_ERROR) return fail_sqlite(db, "mirror: index");
  }
  return engine::ok();
}

Result<Mirror::Defined> Mirror::define(const Table& table) {
  const auto known = state_->stores.find(lower(table.name));
  if (known != state_->stores.end() && *known->second.table() == table) return Defined::kUnchanged;
  const bool own = !in_transaction();
  if (own) {
    auto begun = begin();
    if (!begun) return begun.take_error();
  }
  const bool fresh = known == state_->stores.end();
  auto done = fresh ? state_->execute(TableStore::create_sql(table, table.name)) : state_->reshape(Table(*known->second.table()), table);
  if (done && fresh) done = state_->remember(table);
  if (done && !fresh) done = set_progress(table.name, {});
  if (done && own) done = commit();
  if (!done) {
    if (own) rollback();
    return done.take_error();
  }
  return fresh ? Defined::kCreated : Defined::kReshaped;
}

Result<void> Mirror::drop(const std::string& table) {
  const auto known = state_->stores.find(lower(table));
  if (known == state_->stores.end()) return engine::ok();
  const auto name = known->second.table()->name;
  state_->stores.erase(known);
  ++state_->schema_version;
  auto dropped = state_->execute("DROP TABLE " + quote_name(name));
  if (!dropped) return dropped.take_error();
  for (const char* sql : {"DELETE FROM millrace_tables WHERE name = ?", "DELETE FROM millrace_indexes WHERE of_table = ?",
                          "DELETE FROM millrace_state WHERE key = 'progress:' || ?"}) {
    auto statement = Statement::prepare(state_->db, sql);
    if (!statement) return statement.take_error();
    const auto key = lower(name);
    statement->bind_text(1, key);
    auto done = statement->run();
    if (!done) return done.take_error();
  }
  return engine::ok();
}

std::vector<std::string> Mirror::tables() const {
  std::vector<std::string> names;
  for (const auto& [key, store] : state_->stores) names.push_back(store.table()->name);
  std::sort(names.begin(), names.end());
  return names;
}

TablePtr Mirror::table(const std::string& name) const {
  const auto found = state_->stores.find(lower(name));
  return found == state_->stores.end() ? nullptr : found->second.table();
}

Result<void> Mirror::ensure_index(const std::string& table, const std::vector<std::string>& columns, bool source_case) {
  auto store = state_->store(table);
  if (!store) return store.take_error();
  const Table& shape = *(*store)->table();
  std::string list, name = lower(shape.name);
  for (const auto& wanted : columns) {
    const Column* column = column_of(shape, wanted);
    if (column == nullptr) return engine::fail(Errc::kNotFound, "mirror: no column " + table + "." + wanted + " to index");
    const bool folds = source_case && column->kind == Column::Kind::kText;
    list += (list.empty() ? "" : ", ") + quote_name(column->name) + (folds ? " COLLATE source_ci" : "");
    name += "__" + lower(column->name) + (folds ? "_ci" : "");
  }
  auto writer = Statement::prepare(state_->db, "INSERT OR REPLACE INTO millrace_indexes VALUES (?, ?, ?, ?)");
  if (!writer) return writer.take_error();
  const auto key = lower(shape.name);
  writer->bind_text(1, name);
  writer->bind_text(2, key);
  writer->bind_text(3, list);
  writer->bind_integer(4, static_cast<std::int64_t>(source_case));
  auto written = writer->run();
  if (!written) return written.take_error();
  (*store)->indexes_changed();
  return state_->execute("CREATE INDEX IF NOT EXISTS " + quote_name(name) + " ON " + quote_name(shape.name) + " (" + list + ")");
}

Result<void> Mirror::begin() {
  state_->schema_at_begin = state_->schema_version;
  return state_->execute("BEGIN IMMEDIATE");
}

Result<void> Mirror::commit() { return state_->execute("COMMIT"); }

void Mirror::rollback() {
  if (!in_transaction()) return;
  if (state_->schema_version != state_->schema_at_begin) state_->stores.clear();  // their statements would outlive their tables
  sqlite3_exec(state_->db, "ROLLBACK", nullptr, nullptr, nullptr);
  if (state_->schema_version != state_->schema_at_begin) (void)state_->load_tables();
}

bool Mirror::in_transaction() const { return sqlite3_get_autocommit(state_->db) == 0; }

Row Mirror::key_of(const Table& table, const Row& row) {
  if (table.primary_key.empty()) return row;
  Row key;
  for (auto index : table.primary_key) key.push_back(row[index]);
  return key;
}

Result<void> Mirror::apply(const RowChange& change) {
  auto found = state_->store(change.table->name);
  if (!found) return found.take_error();
  TableStore& store = **found;
  const Table& table = *store.table();
  if (change.table != store.table() && *change.table != table) {
    return engine::fail(Errc::kConflict, "mirror: a row of " + table.name + " has another shape than defined");
  }
  using Kind = RowChange::Kind;
  const bool has_before = change.kind == Kind::kUpdate || change.kind == Kind::kDelete;
  const bool has_after = change.kind == Kind::kUpdate || change.kind == Kind::kInsert;
  if ((has_before && change.before.size() != table.columns.size()) || (has_after && change.after.size() != table.columns.size())) {
    return engine::fail(Errc::kConflict, "mirror: a row of " + table.name + " has another number of cells than the table columns");
  }
  switch (change.kind) {
    case Kind::kTruncate: return store.empty();
    case Kind::kInsert: return store.put(change.after);
    case Kind::kDelete: return store.remove(change.before);
    case Kind::kUpdate: return store.replace(change.before, change.after);
  }
  return engine::ok();
}

Result<void> Mirror::replace_range(const Table& table, const Row& after, std::span<const Row> rows, bool last) {
  auto found = state_->store(table.name);
  if (!found) return found.take_error();
  TableStore& store = **found;
  if (*store.table() != table) return engine::fail(Errc::kConflict, "mirror: a chunk of " + table.name + " has another shape than defined");
  // Where SQLite sorts keys otherwise than the source (texts), the range is unknown here: the first chunk empties the table instead.
  Result<void> removed = engine::ok();
  if (!TableStore::key_order_is_known(table)) {
    if (after.empty()) removed = store.empty();
  } else if (last) {
    removed = store.remove_range(after, nullptr);
  } else if (!rows.empty()) {
    removed = store.remove_range(after, &rows.back());
  }
  if (!removed) return removed.take_error();
  for (const Row& row : rows) {
    if (row.size() != table.columns.size()) return engine::fail(Errc::kConflict, "mirror: a row of " + table.name + " has another number of cells");
    auto put = store.put(row);
    if (!put) return put.take_error();
  }
  return engine::ok();
}

Result<std::optional<Row>> Mirror::row(const Table& table, const Row& like) {
  auto store = state_->store(table.name);
  if (!store) return store.take_error();
  if (like.size() != (*store)->table()->columns.size()) return engine::fail(Errc::kConflict, "mirror: a row of " + table.name + " has another number of cells");
  return (*store)->get(like);
}

Result<std::vector<Row>> Mirror::find(const std::string& table, const std::vector<std::string>& columns, const Row& values) {
  auto store = state_->store(table);
  if (!store) return store.take_error();
  return (*store)->find(columns, values);
}

Result<void> Mirror::for_each(const std::string& table, const std::function<void(const Row&)>& visit) {
  auto store = state_->store(table);
  if (!store) return store.take_error();
  return (*store)->for_each(visit);
}

Result<std::int64_t> Mirror::count(const std::string& table) {
  auto store = state_->store(table);
  if (!store) return store.take_error();
  return (*store)->count();
}

Result<void> Mirror::clear() {
  for (const auto& name : tables()) {
    auto dropped = drop(name);
    if (!dropped) return dropped.take_error();
  }
  return state_->execute("DELETE FROM millrace_state; DELETE FROM millrace_indexes;");
}

Result<std::optional<std::string>> Mirror::state(const std::string& key) {
  if (!state_->get) {
    auto prepared = Statement::prepare(state_->db, "SELECT value FROM millrace_state WHERE key = ?");
    if (!prepared) return prepared.take_error();
    state_->get = std::move(*prepared);
  }
  state_->get.bind_text(1, key);
  auto row = state_->get.step();
  if (!row) return row.take_error();
  std::optional<std::string> value;
  if (*row) value = std::string(state_->get.text(0));
  state_->get.reset();
  return value;
}

Result<void> Mirror::set_state(const std::string& key, const std::string& value) {
  if (!state_->set) {
    auto prepared = Statement::prepare(state_->db, "INSERT OR REPLACE INTO millrace_state VALUES (?, ?)");
    if (!prepared) return prepared.take_error();
    state_->set = std::move(*prepared);
  }
  const Cell bytes = Bytes{value};
  state_->set.bind_text(1, key);
  state_->set.bind(2, bytes);
  return state_->set.run();
}

Result<void> Mirror::checkpoint() {
  if (sqlite3_wal_checkpoint_v2(state_->db, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) != SQLITE_OK) return fail_sqlite(state_->db, "mirror: checkpoint");
  return engine::ok();
}

bool Mirror::sound() {
  auto check = Statement::prepare(state_->db, "PRAGMA quick_check(1)");
  if (!check) return false;
  auto row = check->step();
  return row && *row && check->text(0) == "ok";
}

Result<void> Mirror::backup(const std::filesystem::path& file) {
  auto copy = Statement::prepare(state_->db, "VACUUM INTO ?");
  if (!copy) return copy.take_error();
  const auto name = file.string();
  copy->bind_text(1, name);
  return copy->run();
}

sqlite3* Mirror::handle() const { return state_->db; }
std::uint64_t Mirror::schema_version() const { return state_->schema_version; }

}  // namespace connectors
