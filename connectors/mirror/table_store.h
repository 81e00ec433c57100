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
  engine::Result<void> remove(const Row& row);
  /// The row with the key of `row`.
  engine::Result<std::optional<Row>> get(const Row& row);
  engine::Result<void> empty();
  engine::Result<void> remove_range(const Row& after, const Row* up_to);
  engine::Result<std::vector<Row>> find(const std::vector<std::string>& columns, const Row& values);
  engine::Result<void> for_each(const std::function<void(const Row&)>& visit);
  engine::Result<std::int64_t> count();

 private:
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
};

}  // namespace connectors
