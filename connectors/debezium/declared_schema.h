#pragma once
// The tables of a source that cannot be asked: read from the CREATE TABLE statements of its database.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/row_change.h"
#include "engine/base/result.h"

namespace connectors {

/// Which database Debezium reads: its types, how it prints times, and whether it logs what foreign keys do.
enum class DatabaseKind : std::uint8_t { kMariaDb, kPostgres };

struct DeclaredTable {
  TablePtr table;                  ///< named without the prefix
  std::vector<bool> nullable;      ///< as many as table->columns
  std::vector<unsigned> precision;  ///< of times: digits behind the second; as many as table->columns
};

/// A value. Names of tables compare as they are spelled.
struct DeclaredSchema {
  DatabaseKind database = DatabaseKind::kMariaDb;
  std::map<std::string, DeclaredTable, std::less<>> tables;
  std::vector<ForeignKey> keys;    ///< between declared tables; empty for PostgreSQL, which logs what they do
};

/// Reads what `mariadb-dump --no-data` or `pg_dump --schema-only` write: CREATE TABLE and ALTER TABLE … ADD … KEY; every other statement is passed over.
/// Tables whose name lacks `table_prefix` are left out.
/// kMalformed: a statement ends too early, with its line; kNotFound: there is no table in it.
engine::Result<DeclaredSchema> read_declared_schema(std::string_view sql, DatabaseKind database, const std::string& table_prefix);

/// The declared column for a type as SQL spells it ("decimal(14,4) unsigned", "timestamp(0) without time zone"). Unknown types are text.
Column declared_column(std::string_view name, std::string_view type, DatabaseKind database);

}  // namespace connectors
