#include "connectors/debezium/debezium_options.h"

#include <fstream>
#include <sstream>

namespace connectors {

engine::Result<DeclaredSchema> load_declared_schema(const DebeziumOptions& options) {
  const std::string how = options.database == DatabaseKind::kMariaDb ? "mariadb-dump --no-data DATABASE > " : "pg_dump --schema-only DATABASE > ";
  std::ifstream in(options.schema_file, std::ios::binary);
  if (!in) return engine::fail(engine::Errc::kNotFound, "the schema file " + options.schema_file + " cannot be read; make it with: " + how + options.schema_file);
  std::ostringstream text;
  text << in.rdbuf();
  auto schema = read_declared_schema(text.str(), options.database, options.table_prefix);
  if (!schema) return engine::fail(schema.error().code, "the schema file " + options.schema_file + ": " + schema.error().detail + "; make it with: " + how + options.schema_file);
  return schema;
}

std::vector<Table> declared_tables(const DeclaredSchema& schema, const std::vector<std::string>& names) {
  std::vector<Table> found;
  for (const auto& name : names) {
    const auto at = schema.tables.find(name);
    if (at != schema.tables.end()) found.push_back(*at->second.table);
  }
  return found;
}

}  // namespace connectors
