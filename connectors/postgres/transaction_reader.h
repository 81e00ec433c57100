#pragma once
// pgoutput's messages become slices of transactions: relations to tables, tuples to rows, what is not ours left out.

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "connectors/postgres/cell_form.h"
#include "connectors/postgres/pgoutput.h"
#include "connectors/postgres/schema_reader.h"
#include "connectors/row_change.h"

namespace connectors::postgres {

/// Pure but for the question of what a type is. Threads: one.
///
/// sequence: the one given to start(), and then every byte of WAL counts, so the same place has the same number however often it is read.
class TransactionReader {
 public:
  struct Settings {
    std::string source;            ///< name in positions
    std::string schema;
    std::string table_prefix;
    std::set<std::string> tables;  ///< captured, without the prefix; empty: all
    std::size_t slice_bytes = 8U << 20;
  };
  /// The text of a type that is not built in (SchemaReader::type_text).
  using TypeText = std::function<engine::Result<std::string>(std::uint32_t type, std::int32_t modifier)>;

  TransactionReader(Settings settings, TypeText type_text) : settings_(std::move(settings)), type_text_(std::move(type_text)) {}

  void start(WalPosition at, std::uint64_t sequence);
  /// The shapes that the reader of the slices knows: where a relation comes in another shape, its slice says so.
  void expect(const std::vector<TableShape>& shapes);

  /// One message. Errors: those of decode_message; kMalformed: a message where there can be none (a row outside a transaction or of an
  /// unknown relation, another number of columns than its relation has).
  engine::Result<std::optional<Slice>> feed(std::string_view message);
  /// Between transactions: nothing of ours comes before this place any more.
  void pass(Lsn sent);

  bool in_transaction() const { return begun_.has_value(); }
  const WalPosition& position() const { return position_; }
  feed::SourcePosition source_position() const { return {settings_.source, sequence_of(position_.lsn), print(position_)}; }

 private:
  struct KnownRelation {
    TablePtr table;           // nullptr: not ours
    std::vector<Form> forms;
    std::vector<std::uint32_t> key;
  };
  struct Expected {
    std::vector<Relation::Attribute> attributes;
    char identity = 'd';
  };
  engine::Result<void> take(const Relation& relation);
  engine::Result<void> take(const RowMessage& row);
  engine::Result<void> take(const Truncate& truncate);
  void compare(const std::string& table, const Relation& relation);
  engine::Result<Row> row_of(const KnownRelation& relation, const Tuple& tuple, std::vector<std::uint32_t>* unchanged);
  std::string own_name(const Relation& relation) const;
  std::uint64_t sequence_of(Lsn lsn) const { return first_sequence_ + (lsn - first_lsn_); }
  Slice cut(bool last);

  Settings settings_;
  TypeText type_text_;
  WalPosition position_;
  std::uint64_t first_sequence_ = 0;
  Lsn first_lsn_ = 0;
  std::map<std::uint32_t, KnownRelation> relations_;
  std::map<std::string, Expected> expected_;
  std::optional<Begin> begun_;
  Slice slice_;
  std::size_t slice_bytes_ = 0;
  bool cut_before_ = false;  // a slice of this transaction is out
};

}  // namespace connectors::postgres
