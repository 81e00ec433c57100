#pragma once
// The row mirror: the current rows of the captured tables in one SQLite file, so that mappings are plain SQL.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connectors/row_change.h"
#include "engine/base/result.h"

struct sqlite3;

namespace connectors {

/// What a Mirror knows about the first copy of one table.
struct TableProgress {
  Row last_key;       ///< cells of the primary key of the last row copied, in primary-key order; empty: none yet
  bool done = false;  ///< the table was copied to its end
  friend bool operator==(const TableProgress&, const TableProgress&) = default;
};

/// One SQLite file. Everything between begin() and commit() becomes visible and durable together: rows, position, progress.
///
/// Durability: a commit survives a crash of the process at once, a crash of the machine after the next checkpoint(); the file is
/// never damaged by either. That suffices, because the mirror resumes at its own position and is never ahead of the log.
/// Threads: one. Blocking: everything touches disk.
/// Errors: kFull and kUnavailable (disk full, read-only, away: roll back, try later), kMalformed (the file is damaged:
/// delete it and snapshot again), kConflict (a row of another shape than defined), kNotFound (a table never defined).
class Mirror {
 public:
  /// Opens or creates. kUnsupported: written by a newer Millrace.
  static engine::Result<std::unique_ptr<Mirror>> open(const std::filesystem::path& file);
  ~Mirror();
  Mirror(const Mirror&) = delete;
  Mirror& operator=(const Mirror&) = delete;

  enum class Defined {
    kCreated,    ///< new and empty
    kUnchanged,  ///< known with exactly this shape
    kReshaped,   ///< the shape differs: rows were kept with the columns both shapes have (new ones null), its progress was
                 ///< reset; re-read it. A changed primary key empties it instead
  };
  /// Makes the table known. Inside a transaction or not.
  engine::Result<Defined> define(const Table& table);
  /// Forgets a table and its rows; fine where it is unknown.
  engine::Result<void> drop(const std::string& table);
  /// Names of the defined tables, sorted.
  std::vector<std::string> tables() const;
  /// Its shape; nullptr where not defined. Names compare without case, like the source's columns do.
  TablePtr table(const std::string& name) const;
  /// An index over columns that look-ups use. Kept across openings and reshapes; fine where it exists. `source_case`: for find(), whose
  /// texts compare like the source; without, for the SQL of mappings.
  engine::Result<void> ensure_index(const std::string& table, const std::vector<std::string>& columns, bool source_case = false);

  engine::Result<void> begin();
  engine::Result<void> commit();
  void rollback();
  bool in_transaction() const;

  /// Takes one row change. Insert and update put the row in under its key (an update with a new key moves it); deleting an absent row is fine;
  /// truncate empties the table. In tables without a primary key `before` names one equal row. Rows of a chunk and rows
  /// of the stream may repeat each other: applying a change twice is applying it once where there is a primary key.
  engine::Result<void> apply(const RowChange& change);

  /// Takes a chunk of a first copy: `rows`, ascending by key, are all rows above `after` (key cells; empty: from the start) up to the last
  /// of them, and to the table's end where `last`. What else the mirror holds in that range goes.
  engine::Result<void> replace_range(const Table& table, const Row& after, std::span<const Row> rows, bool last);
  /// Cells of the primary key of a row, in primary-key order; the whole row where there is none.
  static Row key_of(const Table& table, const Row& row);

  /// The row that has the key of `like`, of which only the key's cells count (every cell where the table has no key).
  engine::Result<std::optional<Row>> row(const Table& table, const Row& like);
  /// Rows whose `columns` equal `values` (text compares like the source: without case). A null value matches nothing.
  engine::Result<std::vector<Row>> find(const std::string& table, const std::vector<std::string>& columns, const Row& values);
  /// Calls `visit` for every row, in key order where there is a key.
  engine::Result<void> for_each(const std::string& table, const std::function<void(const Row&)>& visit);
  engine::Result<std::int64_t> count(const std::string& table);

  /// Drops every table, position and progress: ready for a new snapshot.
  engine::Result<void> clear();

  // State beside the rows, in the same transaction.
  engine::Result<std::optional<feed::SourcePosition>> position();
  engine::Result<void> set_position(const feed::SourcePosition& position);
  /// The log this mirror belongs to (ChangeLog::log_id()); nullopt: none yet.
  engine::Result<std::optional<std::string>> log_id();
  engine::Result<void> set_log_id(const std::string& log_id);
  engine::Result<std::optional<TableProgress>> progress(const std::string& table);
  engine::Result<void> set_progress(const std::string& table, const TableProgress& progress);
  /// True when the first snapshot has been taken and rendered. False in a new file.
  engine::Result<bool> complete();
  engine::Result<void> set_complete(bool complete);
  /// Every due instant up to this one has been rendered; nullopt: the schedule never ran.
  engine::Result<std::optional<engine::WallTime>> last_instant();
  engine::Result<void> set_last_instant(engine::WallTime instant);
  /// Anything else a connector keeps beside the rows.
  engine::Result<std::optional<std::string>> state(const std::string& key);
  engine::Result<void> set_state(const std::string& key, const std::string& value);

  /// Moves what is committed from the WAL into the file and syncs. Afterwards position() survives a crash of the machine.
  /// Outside a transaction.
  engine::Result<void> checkpoint();
  /// False: the file is damaged somewhere. Reads all of it. Outside a transaction.
  bool sound();
  /// Writes a consistent copy of what is committed to a file that does not exist yet. Outside a transaction.
  engine::Result<void> backup(const std::filesystem::path& file);

  /// For the mapping, which prepares its own statements on this connection.
  sqlite3* handle() const;
  /// Grows whenever a table is defined, reshaped or dropped: prepared statements of others may need a look.
  std::uint64_t schema_version() const;

 private:
  struct State;
  explicit Mirror(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace connectors
