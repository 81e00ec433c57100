#include "bench/postgres_sample.h"

#include "connectors/mariadb/mariadb_source.h"
#include "connectors/mirror/mirror.h"
#include "connectors/postgres/postgres_source.h"
#include "engine/base/text_codec.h"

namespace bench {

using connectors::Cell;
using connectors::Column;
using connectors::Row;
using connectors::Table;
using connectors::postgres::quoted_name;
using engine::Result;

namespace {

std::string type_of(const Column& column) {
  switch (column.kind) {
    case Column::Kind::kInteger: return "bigint";
    case Column::Kind::kDecimal: return "numeric(18," + std::to_string(column.scale) + ")";
    case Column::Kind::kReal: return "double precision";
    case Column::Kind::kBytes: return "bytea";
    case Column::Kind::kDate: return "date";
    case Column::Kind::kTime: return "time";
    case Column::Kind::kInstant: return "timestamp";
    case Column::Kind::kText:
    case Column::Kind::kJson: break;
  }
  return "text";
}

std::string create_sql(const Table& table) {
  std::string columns, key;
  for (const auto& column : table.columns) columns += (columns.empty() ? "" : ", ") + quoted_name(column.name) + " " + type_of(column);
  for (const auto index : table.primary_key) key += (key.empty() ? "" : ", ") + quoted_name(table.columns[index].name);
  return "CREATE TABLE " + quoted_name(table.name) + " (" + columns + (key.empty() ? "" : ", PRIMARY KEY (" + key + ")") + ")" +
         (key.empty() ? "; ALTER TABLE " + quoted_name(table.name) + " REPLICA IDENTITY FULL" : "");
}

std::string literal(const Column& column, const Cell& cell) {
  if (const auto* number = std::get_if<std::int64_t>(&cell)) {
    return column.kind == Column::Kind::kDecimal ? std::to_string(*number) + " * 1e-" + std::to_string(column.scale) : std::to_string(*number);
  }
  if (const auto* real = std::get_if<double>(&cell)) return std::to_string(*real);
  if (const auto* text = std::get_if<std::string>(&cell)) return connectors::postgres::quoted(*text);
  if (const auto* bytes = std::get_if<connectors::Bytes>(&cell)) return "'\\x" + engine::to_hex(bytes->data) + "'";
  return "NULL";
}

std::string insert_sql(const Table& table, const std::vector<Row>& rows) {
  std::string sql = "INSERT INTO " + quoted_name(table.name) + " VALUES ";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    sql += i == 0 ? "(" : ",(";
    for (std::size_t column = 0; column < rows[i].size(); ++column) sql += (column == 0 ? "" : ",") + literal(table.columns[column], rows[i][column]);
    sql += ")";
  }
  return sql;
}

}  // namespace

Result<std::unique_ptr<PostgresSample>> PostgresSample::create(unsigned entries) {
  auto sample = std::make_unique<PostgresSample>();
  auto origin = SampleSource::create(entries);
  if (!origin) return origin.take_error();
  sample->origin_ = std::move(*origin);
  auto database = app::demo::LocalPostgres::start(sample->directory() / "postgres");
  if (!database) return database.take_error();
  sample->database_ = std::move(*database);
  using connectors::postgres::Connection;
  auto sql = Connection::open(sample->options("none"), sample->stop_, Connection::Purpose::kQueries);
  if (!sql) return sql.take_error();
  sample->sql_ = std::move(*sql);
  auto ids = sample->origin_->entry_ids();
  if (!ids) return ids.take_error();
  sample->entry_ids_ = std::move(*ids);
  if (auto copied = sample->copy_rows(); !copied) return copied.take_error();
  return sample;
}

Result<void> PostgresSample::copy_rows() {
  connectors::MariaDbSource source(origin_->options(4711));
  auto names = source.tables();
  if (!names) return names.take_error();
  auto tables = source.describe(*names);
  if (!tables) return tables.take_error();
  for (const auto& table : *tables) {
    if (auto made = sql_->execute(create_sql(table)); !made) return made;
    Row after;
    for (bool last = false; !last;) {
      auto chunk = source.read_chunk(table, after, 500);
      if (!chunk) return chunk.take_error();
      last = chunk->last;
      if (chunk->rows.empty()) continue;
      if (auto put = sql_->execute(insert_sql(table, chunk->rows)); !put) return put;
      after = connectors::Mirror::key_of(table, chunk->rows.back());
    }
  }
  return sql_->execute("ANALYZE");
}

connectors::PostgresOptions PostgresSample::options(const std::string& slot) const {
  connectors::PostgresOptions options;
  options.name = "cms";
  options.host = database_->socket_directory();
  options.port = database_->port();
  options.user = "admin";
  options.database = "postgres";
  options.slot = slot;
  return options;
}

connectors::Pipeline::SourceFactory PostgresSample::factory(const std::string& slot) const {
  return [options = options(slot)](const std::set<std::string>& tables) -> std::unique_ptr<connectors::Source> {
    auto source = options;
    source.tables = tables;
    return std::make_unique<connectors::PostgresSource>(std::move(source));
  };
}

}  // namespace bench
