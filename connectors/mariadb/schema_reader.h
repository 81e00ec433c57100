#pragma once
// information_schema of the configured database, as tables and foreign keys.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "connectors/mariadb/connection.h"
#include "connectors/mariadb/transaction_assembler.h"

namespace connectors {

/// Table names are without the prefix; tables that lack it do not exist here. Threads: one. Blocking: everything but forget.
class SchemaReader final : public SchemaSource {
 public:
  /// `connection` must outlive this.
  SchemaReader(MariaDbConnection& connection, const MariaDbOptions& options)
      : connection_(connection), database_(options.database), prefix_(options.table_prefix) {}

  engine::Result<std::shared_ptr<const TableSchema>> lookup(const std::string& table) override;
  void forget(const std::string& table) override { known_.erase(table); }

  engine::Result<std::vector<std::string>> tables();
  /// Always asks the server. Tables that do not exist are left out.
  engine::Result<std::vector<std::shared_ptr<const TableSchema>>> read(const std::vector<std::string>& tables);
  engine::Result<std::vector<ForeignKey>> foreign_keys();

 private:
  struct Rules {
    ForeignKey::Rule on_delete = ForeignKey::Rule::kRestrict;
    ForeignKey::Rule on_update = ForeignKey::Rule::kRestrict;
  };
  /// By constraint; `table` with its prefix.
  engine::Result<std::map<std::string, Rules>> rules(const std::string& table);
  std::string schema_literal() const { return connection_.quoted(database_); }
  std::optional<std::string> without_prefix(const std::string& table) const;

  MariaDbConnection& connection_;
  std::string database_;
  std::string prefix_;
  std::map<std::string, std::shared_ptr<const TableSchema>> known_;
};

}  // namespace connectors
