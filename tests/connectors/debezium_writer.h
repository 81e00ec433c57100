#pragma once
// Rows as Debezium would write them, with its default settings and no schema: the other direction of connectors/debezium, for tests and benchmarks.

#include <string>

#include "connectors/row_change.h"
#include "engine/base/json_writer.h"
#include "engine/base/text_codec.h"

namespace test {

/// What the source block says beside the table.
struct DebeziumOrigin {
  std::string transaction;
  engine::WallTime at{};
  std::uint64_t position = 0;   ///< in the binary log
  std::uint64_t order = 0;      ///< in its transaction; 0: without transaction metadata
};

inline std::string big_endian(std::int64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(static_cast<std::uint64_t>(number) >> shift));
  return bytes;
}

inline void write_cell(engine::JsonWriter& json, const connectors::Cell& cell, const connectors::Column& column) {
  using Kind = connectors::Column::Kind;
  if (cell.index() == 0) {
    json.null();
  } else if (const auto* number = std::get_if<std::int64_t>(&cell)) {
    if (column.kind == Kind::kDecimal) {
      json.string(engine::to_base64(big_endian(*number)));
    } else {
      json.number(*number);
    }
  } else if (const auto* real = std::get_if<double>(&cell)) {
    json.real(*real);
  } else if (const auto* bytes = std::get_if<connectors::Bytes>(&cell)) {
    json.string(engine::to_base64(bytes->data));
  } else {
    const auto& text = std::get<std::string>(cell);
    const auto at = column.kind == Kind::kDate ? engine::parse_sql_datetime(text + " 00:00:00") : engine::parse_sql_datetime(text);
    const bool fine = column.source_type.find("(6)") != std::string::npos;
    if (column.kind == Kind::kInstant && at && column.source_type.starts_with("datetime")) {
      json.number(fine ? at->time_since_epoch().count() : at->time_since_epoch().count() / 1000);
    } else if (column.kind == Kind::kDate && at) {
      json.number(engine::unix_seconds(*at) / 86'400);
    } else {
      json.string(text);
    }
  }
}

inline void write_row(engine::JsonWriter& json, const connectors::Table& table, const connectors::Row& row) {
  if (row.empty()) {
    json.null();
    return;
  }
  json.begin_object();
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    json.key(table.columns[i].name);
    write_cell(json, row[i], table.columns[i]);
  }
  json.end_object();
}

inline std::string debezium_key(const connectors::RowChange& change) {
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object();
  const auto& row = change.after.empty() ? change.before : change.after;
  for (const auto i : change.table->primary_key) {
    json.key(change.table->columns[i].name);
    write_cell(json, row[i], change.table->columns[i]);
  }
  json.end_object();
  return out;
}

/// `op`: r for a row of a snapshot; else empty, and the change says it.
inline std::string debezium_value(const connectors::RowChange& change, const std::string& table, const DebeziumOrigin& origin, std::string op = {}) {
  using Kind = connectors::RowChange::Kind;
  if (op.empty()) op = change.kind == Kind::kInsert ? "c" : change.kind == Kind::kUpdate ? "u" : change.kind == Kind::kDelete ? "d" : "t";
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object().key("before");
  write_row(json, *change.table, change.before);
  json.key("after");
  write_row(json, *change.table, change.after);
  json.key("source").begin_object().key("version").string("2.7.0.Final").key("connector").string("mariadb").key("name").string("shop");
  json.key("ts_ms").number(origin.at.time_since_epoch().count() / 1000).key("ts_us").number(origin.at.time_since_epoch().count());
  json.key("snapshot").string(op == "r" ? "true" : "false").key("db").string("craft").key("table").string(table);
  json.key("server_id").number(1).key("gtid");
  if (origin.transaction.empty()) json.null();
  else json.string(origin.transaction);
  json.key("file").string("binlog.000001").key("pos").number_u64(origin.position).end_object();
  json.key("op").string(op).key("ts_ms").number(origin.at.time_since_epoch().count() / 1000).key("transaction");
  if (origin.order == 0) {
    json.null();
  } else {
    json.begin_object().key("id").string(origin.transaction).key("total_order").number_u64(origin.order).key("data_collection_order").number_u64(origin.order).end_object();
  }
  json.end_object();
  return out;
}

}  // namespace test
