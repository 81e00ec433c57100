#pragma once
// The rows of one mirrored table: its SQL and its prepared statements. Part of Mirror.

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connectors/mirror/statement.h"

namespace connectors {

class TableStore {
 public:
  TableStore(sqlite3* db, TablePtr table) : db_(db), table_(std::move(table)) {}

  const TablePtr& table() const { return table_; }
  /// CREATE TABLE under another name or its own.
  static std::string create_sql(const Table& table, const std::string& name);
  /// True: keys of this table sort in SQLite as they do in every source (whole numbers); else only equality can be relied on.
  static bool key_order_is_known(const Table& table);

  engine::Result<void> put(const Row& row);
  /// Puts `after` in the place of `before`, under its own key where that is another. Nothing where there is no key and both are the same.
  engine::Result<void> replace(const Row& before, const Row& after);
  engine::Result<void> remove(const Row& row);
  /// The row with the key of `row`.
  engine::Result<std::optional<Row>> get(const Row& row);
  engine::Result<void> empty();
  engine::Result<void> remove_range(const Row& after, const Row* up_to);
  engine::Result<std::vector<Row>> find(const std::vector<std::string>& columns, const Row& values);
  engine::Result<void> for_each(const std::function<void(const Row&)>& visit);
  engine::Result<std::int64_t> count();
  /// The table has got an index.
  void indexes_changed() { update_ = nullptr; }

 private:
  /// False: it cannot be done so.
  engine::Result<bool> update(const Row& before, const Row& after);
  engine::Result<void> prepare_update();
  engine::Result<Statement*> statement(const std::string& sql);
  std::string own_name() const;
  std::string where_key() const;
  void bind_key(Statement& into, const Row& row) const;
  std::string key_list() const;
  std::string key_places() const;
  Row row_of(const Statement& from) const;

  sqlite3* db_;
  TablePtr table_;
  std::map<std::string, Statement> statements_;
  Statement* put_ = nullptr;
  Statement* remove_ = nullptr;
  Statement* get_ = nullptr;
  Statement* update_ = nullptr;
  std::vector<std::size_t> set_, kept_;  // columns that it sets, and those it finds the row by
};

}  // namespace connectors
