#pragma once
// Binlog events to slices of transactions. No sockets: fed by the live stream and by recorded files alike.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "connectors/mariadb/binlog_event.h"
#include "connectors/mariadb/binlog_position.h"
#include "connectors/mariadb/row_decoder.h"
#include "connectors/mariadb/logged_statement.h"
#include "connectors/row_change.h"

namespace connectors {

/// Tables as information_schema has them.
class SchemaSource {
 public:
  virtual ~SchemaSource() = default;
  /// nullptr: there is none, the binlog's own words must do. May answer from memory until forget().
  virtual engine::Result<std::shared_ptr<const TableSchema>> lookup(const std::string& table) = 0;
  /// The table's shape has changed.
  virtual void forget(const std::string& table) = 0;
};

/// Threads: one.
class TransactionAssembler {
 public:
  struct Settings {
    std::string source;            ///< SourcePosition::source
    std::string database;
    std::string table_prefix;
    std::set<std::string> tables;  ///< captured, without the prefix; empty: all
    std::size_t slice_bytes = 8U << 20;
  };
  /// `schema` must outlive this.
  TransactionAssembler(Settings settings, SchemaSource& schema) : settings_(std::move(settings)), schema_(schema) {}

  /// Forgets everything read so far and goes on behind `from`, `sequence` transactions after the beginning of counting.
  void start(BinlogPosition from, std::uint64_t sequence);

  /// Takes one event. A slice: a transaction of ours ended, or a part of it is above the budget.
  /// kConflict: the log says that a part already handed out never happened, or that rows were lost. kUnsupported: see Source.
  engine::Result<std::optional<Slice>> feed(const BinlogEvent& event);

  /// Behind the last whole transaction.
  const BinlogPosition& position() const { return position_; }
  feed::SourcePosition source_position() const;

 private:
  struct Held {  // one table map
    std::string body;
    std::shared_ptr<const RowLayout> layout;  ///< nullptr: not captured
  };
  struct Open {  // the transaction being read
    Open() {}    // spelled out: clang 14 does not see the implied one inside the class
    Gtid gtid;
    GtidEvent head;
    engine::WallTime commit_time{};
    Slice slice;
    std::size_t bytes = 0;
    bool handed_out = false;  ///< a part went out already
    std::vector<std::pair<std::string, std::size_t>> savepoints;  ///< name, rows before it
  };
  using Fed = engine::Result<std::optional<Slice>>;

  Fed begin(const BinlogEvent& event);
  Fed take_query(const BinlogEvent& event);
  Fed take_statement(const LoggedStatement& statement, const BinlogEvent& event, std::string_view database, std::string_view sql);
  engine::Result<void> take_table_map(std::string_view body);
  engine::Result<void> take_rows(const BinlogEvent& event);
  engine::Result<void> take_images(const RowsEvent& rows, const RowLayout& layout);
  engine::Result<void> take_shape(const LoggedStatement& statement, std::string_view database);
  engine::Result<void> refuse_statement(const LoggedStatement& statement, std::string_view database, std::string_view sql) const;
  engine::Result<void> take_back(std::size_t to);
  Fed prepare(const BinlogEvent& event);
  Fed complete(const BinlogEvent& event, bool commit);
  Fed finish(const BinlogEvent& event);
  Fed abandon(const BinlogEvent& event);
  Fed file_begins(const BinlogEvent& event);
  Slice hand_out(bool last);
  /// Name without prefix, where the table is captured.
  std::optional<std::string> captured(std::string_view database, std::string_view table) const;
  void moved(const BinlogEvent& event);

  Settings settings_;
  SchemaSource& schema_;
  BinlogPosition position_;
  std::uint64_t sequence_ = 0;
  std::string file_;  ///< the one being read; position_.file lags behind it inside a transaction
  std::unordered_map<std::uint64_t, Held> maps_;
  std::map<std::string, std::vector<RowChange>> prepared_;  ///< XA, by xid
  std::optional<Open> open_;
  std::string scratch_;
};

}  // namespace connectors
