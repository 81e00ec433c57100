#pragma once
// What the configuration says about change events of Debezium, wherever they come from.

#include <string>

#include "connectors/debezium/encoding.h"

namespace connectors {

struct DebeziumOptions {
  std::string schema_file;         ///< the CREATE TABLE statements of the database Debezium reads
  DatabaseKind database = DatabaseKind::kMariaDb;
  std::string table_prefix;        ///< stripped from table names: "craft_" makes craft_elements "elements"
  DebeziumModes modes;             ///< for records without a schema
};

/// Reads the schema file. kNotFound: it cannot be read, or has no table of the prefix; kMalformed: a statement in it has no end. The detail names the file
/// and how to make it.
engine::Result<DeclaredSchema> load_declared_schema(const DebeziumOptions& options);

/// The declared tables among the named ones, as Source::describe() gives them.
std::vector<Table> declared_tables(const DeclaredSchema& schema, const std::vector<std::string>& names);

}  // namespace connectors
