#pragma once
// What a logged statement does to tables, as far as a reader of row events must know. Not an SQL parser.

#include <string>
#include <string_view>
#include <vector>

namespace connectors {

struct LoggedStatement {
  enum class Kind : std::uint8_t {
    kOther,       ///< nothing that concerns rows or shapes
    kBegin,
    kCommit,
    kRollback,
    kSavepoint,   ///< `name` is its
    kRollbackTo,  ///< `name` is the savepoint's
    kXaCommit,
    kXaRollback,
    kRows,        ///< INSERT, UPDATE, DELETE, REPLACE, LOAD as text: the server logs statements
    kShape,       ///< CREATE, ALTER, DROP or RENAME TABLE
    kTruncate,
    kDropDatabase,
  };
  struct TableName {
    std::string database;  ///< empty: the session's
    std::string table;
  };
  Kind kind = Kind::kOther;
  std::string name;
  bool in_place = false;          ///< kShape: an ALTER TABLE that neither renames the table nor converts or exchanges its rows
  std::vector<std::string> words;  ///< of its clauses; see Alteration
  std::vector<TableName> tables;  ///< of kShape, kTruncate and kRows; empty for kRows: could not be told
};

LoggedStatement read_statement(std::string_view sql);

}  // namespace connectors
