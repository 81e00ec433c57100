#pragma once
// Shapes of tables out of the system catalogues.

#include <map>
#include <string>
#include <vector>

#include "connectors/postgres/connection.h"
#include "connectors/row_change.h"

namespace connectors::postgres {

/// A table as the catalogues have it now.
struct TableShape {
  struct Attribute {
    std::string name;
    std::uint32_t type = 0;      ///< as relation messages name it
    std::int32_t modifier = -1;
    std::int32_t number = 0;     ///< counts up and is never used again
    friend bool operator==(const Attribute&, const Attribute&) = default;
  };
  Table table;
  std::vector<Attribute> attributes;
  std::uint32_t id = 0;          ///< of the table; another one means another table of this name
  std::uint32_t file = 0;        ///< of its rows; another one means that they were all written anew
  char identity = 'd';           ///< d: primary key, i: an index, f: the whole row, n: nothing
  friend bool operator==(const TableShape&, const TableShape&) = default;
};

/// Threads, blocking, errors: as Connection.
class SchemaReader {
 public:
  SchemaReader(Connection& connection, const PostgresOptions& options) : connection_(&connection), options_(options) {}

  /// The named tables (without prefix); those that the schema lacks are left out. Columns that PostgreSQL generates are left out too: the stream does not
  /// carry them. The key of a table is its replica identity, and its primary key where the identity is the whole row: what deletes name.
  engine::Result<std::vector<TableShape>> read(const std::vector<std::string>& tables);
  /// All tables of the schema, without the prefix.
  engine::Result<std::vector<std::string>> tables();
  /// The text of a type, domains followed to what they are made of. Empty: there is no such type (any more).
  engine::Result<std::string> type_text(std::uint32_t type, std::int32_t modifier);

 private:
  Connection* connection_;
  const PostgresOptions& options_;
  std::map<std::pair<std::uint32_t, std::int32_t>, std::string> types_;
};

/// `names` as a list of SQL literals with the prefix of our tables before each; "''" where there are none.
std::string literal_list(const std::vector<std::string>& names, const std::string& prefix);

}  // namespace connectors::postgres
