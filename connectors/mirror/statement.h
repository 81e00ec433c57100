#pragma once
// One prepared statement of SQLite, with our cells in and out. Used by the mirror and by mappings; not part of their contracts.

#include <string>
#include <string_view>

#include "connectors/row_change.h"
#include "engine/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace connectors {

/// What SQLite's last error on this connection means to us.
tl::unexpected<engine::Error> fail_sqlite(sqlite3* db, std::string_view doing);

/// Move-only. Texts and blobs bound to it must outlive the next reset() or destruction.
class Statement {
 public:
  Statement() = default;
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;

  /// `sql` holds exactly one statement. kMalformed: SQLite's message, in `detail`.
  static engine::Result<Statement> prepare(sqlite3* db, std::string_view sql);
  explicit operator bool() const { return statement_ != nullptr; }

  void bind(int index, const Cell& cell);          ///< index from 1
  void bind_integer(int index, std::int64_t value);
  void bind_text(int index, std::string_view text);
  /// True: there is a row. False: the end.
  engine::Result<bool> step();
  /// Runs to the end and resets.
  engine::Result<void> run();
  void reset();

  Cell cell(int column) const;
  std::string_view text(int column) const;         ///< valid until the next step
  std::int64_t integer(int column) const;
  bool is_null(int column) const;
  sqlite3_stmt* get() const { return statement_; }

 private:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  sqlite3_stmt* statement_ = nullptr;
};

/// "name", with quotes inside doubled.
std::string quote_name(std::string_view name);
/// ASCII lower case: how names of tables and columns compare.
std::string lower(std::string_view name);

}  // namespace connectors
