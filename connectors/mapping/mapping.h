#pragma once
// A mapping: a folder of SQL files that turns mirrored rows into documents. The format: connectors/mappings/README.md.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/mapping/external_resource.h"
#include "connectors/row_change.h"
#include "engine/base/result.h"

namespace connectors {

/// A query of a mapping and where it stands, for messages.
struct MappingQuery {
  std::string sql;
  std::string file;  ///< name within the folder
  int line = 0;      ///< of its first line, from 1
};

/// What a query reads: table (as declared) -> columns (as declared).
using TableReads = std::map<std::string, std::set<std::string>>;

/// One key of a part.
struct PartItem {
  enum class Value : std::uint8_t { kColumn, kLiteral, kUpdatedAt };
  std::string object;  ///< the nested object it belongs to; empty: the document itself
  std::string key;
  Value value = Value::kColumn;
  std::size_t column = 0;  ///< kColumn: index in the document query
  std::string literal;     ///< kLiteral: finished JSON
};

/// One column of a document query.
struct DocumentColumn {
  enum class Type : std::uint8_t { kPlain, kBoolean, kJson };
  enum class Role : std::uint8_t {
    kValue,    ///< parts may show it
    kControl,  ///< @state, @created, @updated, @list, @feed, @webhook, @alias
    kIndexed,  ///< @index.NAME: a fact that lists look up by
    kChecked,  ///< @fact.NAME: a fact that is only compared
    kTitle,    ///< @title
    kWords,    ///< @words
  };
  std::string name;
  Type type = Type::kPlain;
  Role role = Role::kValue;
  std::string fact;  ///< NAME of kIndexed and kChecked
};

/// A question about a row of a table whose answer tells which of many rules need not be asked: `--@ guard`.
struct MappingGuard {
  std::string name;
  std::string table;
  MappingQuery query;                             ///< one text
  std::set<std::string> columns;                  ///< of the table that it looks at, in the row or in others
  std::optional<std::set<std::string>> bound;     ///< the columns of the row that decide it; nullopt: other rows of the table do, too
};

/// `when NAME VALUE…` of a rule: it is asked where the guard's answer is one of the values.
struct GuardedBy {
  std::string guard;
  std::set<std::string, std::less<>> values;
};

/// `--@ affected`: whose documents a row of a table touches.
struct AffectedQuery {
  MappingQuery query;                             ///< ids
  std::optional<GuardedBy> guarded;
  /// An update that leaves these columns of its row alone changes no document the rule would name. All that the document reads; where the rule names its own
  /// (`of`), those, and what it and its guard look at to find the ids.
  std::set<std::string> columns;
  /// Of a rule that does not read the table itself: which columns of the row it and its guard bind. Where none of those changes, the answer before and after
  /// the change is the same.
  std::optional<std::set<std::string>> bound_only;
};

/// One resource type.
struct MappingResource {
  std::string type;                               ///< as items spell it: "entry"
  std::string alias_type;                         ///< of webhook aliases; empty: none
  MappingQuery document;                          ///< one row for :id, or none
  MappingQuery ids;                               ///< every id the document query may answer
  std::optional<MappingQuery> due;                ///< (id, instant) with :after < instant <= :until
  std::optional<MappingQuery> next;               ///< one instant: the first after :after at which `due` may name somebody
  /// Table -> its rules. Every column of it that the document reads is among those of one of them.
  std::map<std::string, std::vector<AffectedQuery>> affected;
  std::vector<DocumentColumn> columns;
  std::map<std::string, std::vector<PartItem>> parts;  ///< list, feed, detail, sensitive, webhook, unredacted
  TableReads reads;                               ///< of the document query
  TableReads instant_reads;                       ///< of `next`, or of `due` where there is no `next`: who leaves these alone leaves the next instant alone
  std::set<std::string> tables;                   ///< that must exist: read by document, ids or due
  std::set<std::string> optional;                 ///< read too, but empty where the source has no such table
};

struct MappingSetting {
  std::string name;
  std::optional<std::string> fallback;  ///< nullopt: the configuration must give it
};
struct MappingParameter {
  std::string name;
  MappingQuery query;
  TableReads reads;
  bool required = false;  ///< without a value nothing can be rendered
};
struct MappingTable {
  std::string name;
  std::vector<std::string> columns;
  std::map<std::string, int> scales;              ///< of columns declared DECIMAL(p,s)
  std::set<std::string> optional;                 ///< declared OPTIONAL: null where the source has no such column
  std::vector<std::vector<std::string>> indexes;
};

/// A checked mapping; a value. Load it once, at startup.
class Mapping {
 public:
  /// Reads every *.sql file below `directory` and compiles every query against the tables the mapping declares.
  /// kNotFound: no such folder, or no resource in it. kMalformed: something is wrong; the detail names file and line, what is wrong, and what to do.
  static engine::Result<Mapping> load(const std::filesystem::path& directory);

  const std::vector<MappingResource>& resources() const { return resources_; }
  /// Resources of plugins, sorted by plugin and resource. Those in service are among MappingSession::types(), as the others are.
  const std::vector<ExternalResource>& externals() const { return externals_; }
  const std::vector<MappingSetting>& settings() const { return settings_; }
  const std::vector<MappingParameter>& parameters() const { return parameters_; }
  const std::vector<MappingGuard>& guards() const { return guards_; }
  /// Every table any query reads, sorted by name. Which of them a source has decides which resources it has.
  const std::vector<MappingTable>& tables() const { return tables_; }
  std::vector<std::string> table_names() const;
  /// Types whose tables are all among `present`; the others are left out of service (a CMS without its shop).
  std::vector<std::string> types(const std::vector<std::string>& present) const;
  /// What the mapping needs of a table and does not find: "fullName" for a vanished column, "totalPrice (scale 2, the mapping expects 4)".
  /// Empty: all is there, or the mapping does not know the table.
  std::vector<std::string> missing_columns(const Table& table) const;

 private:
  friend class MappingLoader;
  std::vector<MappingResource> resources_;
  std::vector<ExternalResource> externals_;
  std::vector<MappingSetting> settings_;
  std::vector<MappingParameter> parameters_;
  std::vector<MappingGuard> guards_;
  std::vector<MappingTable> tables_;
};

}  // namespace connectors
