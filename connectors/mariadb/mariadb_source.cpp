#include "connectors/mariadb/mariadb_source.h"

#include <algorithm>

#include "connectors/mariadb/chunk_reader.h"
#include "connectors/mariadb/connection.h"
#include "connectors/mariadb/examination.h"
#include "connectors/mariadb/schema_reader.h"
#include "connectors/mariadb/transaction_assembler.h"

namespace connectors {

using engine::Errc;
using engine::fail;
using engine::Result;
using std::chrono::milliseconds;

namespace {

TransactionAssembler::Settings settings_of(const MariaDbOptions& o) { return {o.name, o.database, o.table_prefix, o.tables, o.slice_bytes}; }

}  // namespace

struct MariaDbSource::Parts {
  explicit Parts(MariaDbOptions given) : options(std::move(given)) {}

  Result<void> open_queries();
  Result<MariaDbConnection*> queries();
  Result<BinlogPosition> starting_point(const std::optional<feed::SourcePosition>& from);
  Result<void> start_stream(BinlogPosition from, std::uint64_t sequence);
  Result<std::optional<Slice>> take(std::string_view packet);
  tl::unexpected<engine::Error> broken(tl::unexpected<engine::Error> error);

  const MariaDbOptions options;
  StopSignal stop;
  std::unique_ptr<MariaDbConnection> query_connection;   // information_schema and chunks
  std::unique_ptr<SchemaReader> schema;
  std::unique_ptr<TransactionAssembler> assembler;
  std::unique_ptr<MariaDbConnection> stream;
  Checksum checksum = Checksum::kNone;
  milliseconds silent{0};
  std::optional<BinlogPosition> end_at_connect;          // of the server's log, when connect() was called
  feed::SourcePosition last_position;                    // while there is no assembler
};

MariaDbSource::MariaDbSource(MariaDbOptions options) : parts_(std::make_unique<Parts>(std::move(options))) {}
MariaDbSource::~MariaDbSource() = default;

Result<void> MariaDbSource::Parts::open_queries() {
  stream.reset();
  assembler.reset();
  schema.reset();
  query_connection.reset();
  auto opened = MariaDbConnection::open(options, stop);
  if (!opened) return opened.take_error();
  query_connection = std::move(*opened);
  schema = std::make_unique<SchemaReader>(*query_connection, options);
  return engine::ok();
}

Result<MariaDbConnection*> MariaDbSource::Parts::queries() {
  if (stop.stopped()) return fail(Errc::kCancelled);
  if (!query_connection) {
    if (auto opened = open_queries(); !opened) return opened.take_error();
  }
  return query_connection.get();
}

Result<BinlogPosition> MariaDbSource::Parts::starting_point(const std::optional<feed::SourcePosition>& from) {
  if (!from) return current_position(*query_connection);
  auto position = parse_position(from->token);
  if (!position) return position.take_error();
  auto checks = examine_position(*query_connection, *position);
  if (!checks) return checks.take_error();
  for (const auto& check : *checks) {
    if (check.state == DoctorCheck::State::kFailed) return fail(Errc::kConflict, check.message);
  }
  return position;
}

Result<void> MariaDbSource::Parts::start_stream(BinlogPosition from, std::uint64_t sequence) {
  auto opened = MariaDbConnection::open(options, stop);
  if (!opened) return opened.take_error();
  if (auto asked = (*opened)->start_stream(options.server_id, print_gtids(from.gtids), options.heartbeat); !asked) return asked.take_error();
  checksum = (*opened)->checksum();
  assembler = std::make_unique<TransactionAssembler>(settings_of(options), *schema);
  assembler->start(std::move(from), sequence);
  stream = std::move(*opened);
  silent = milliseconds{0};
  // The server names a file at once, or says that it lacks the log asked for.
  auto first = stream->read_packet(std::chrono::seconds(options.connect_timeout));
  if (!first) return first.take_error();
  if (!*first) return fail(Errc::kUnavailable, "the server does not begin the binlog stream");
  auto taken = take(**first);
  if (!taken) return taken.take_error();
  return engine::ok();
}

Result<std::optional<Slice>> MariaDbSource::Parts::take(std::string_view packet) {
  auto event = decode_event(packet, checksum);
  if (!event) return event.take_error();
  if (event->header.type == EventType::kFormatDescription) {
    auto format = decode_format_description(event->body);
    if (!format) return format.take_error();
    checksum = format->checksum;
  }
  return assembler->feed(*event);
}

/// After an error the stream stands inside a transaction: only connect() goes on from there.
tl::unexpected<engine::Error> MariaDbSource::Parts::broken(tl::unexpected<engine::Error> error) {
  stream.reset();
  return error;
}

Result<void> MariaDbSource::connect(const std::optional<feed::SourcePosition>& from) {
  auto& p = *parts_;
  if (p.assembler) p.last_position = p.assembler->source_position();
  if (auto opened = p.open_queries(); !opened) return opened.take_error();
  auto checks = examine_settings(*p.query_connection, p.options);
  if (!checks) return checks.take_error();
  for (const auto& check : *checks) {
    if (check.state == DoctorCheck::State::kFailed) {
      return fail(Errc::kUnsupported, check.message + (check.fix_sql.empty() ? "" : "; as administrator: " + check.fix_sql));
    }
  }
  auto end = current_position(*p.query_connection);
  if (!end) return end.take_error();
  p.end_at_connect = std::move(*end);
  auto start = p.starting_point(from);
  if (!start) return start.take_error();
  auto started = p.start_stream(std::move(*start), from ? from->sequence : 0);
  if (!started) return p.broken(started.take_error());
  return engine::ok();
}

Result<std::optional<Slice>> MariaDbSource::next(milliseconds patience) {
  constexpr unsigned kMostEvents = 4096;  // then the caller may look around, though nothing of ours came
  auto& p = *parts_;
  if (p.stop.stopped()) return fail(Errc::kCancelled);
  if (!p.stream) return fail(Errc::kUnavailable, "not connected");
  auto wait = patience;
  for (unsigned i = 0; i < kMostEvents; ++i) {
    auto packet = p.stream->read_packet(wait);
    if (!packet) return p.broken(packet.take_error());
    if (!*packet) {
      p.silent += wait;
      if (p.silent <= 3 * p.options.heartbeat + milliseconds{1000}) return std::optional<Slice>();
      return p.broken(fail(Errc::kUnavailable, "the server is silent, not even a heartbeat came"));
    }
    p.silent = milliseconds{0};
    wait = milliseconds{0};
    auto slice = p.take(**packet);
    if (!slice) return p.broken(slice.take_error());
    if (*slice) return slice;
  }
  return std::optional<Slice>();
}

feed::SourcePosition MariaDbSource::position() const { return parts_->assembler ? parts_->assembler->source_position() : parts_->last_position; }

bool MariaDbSource::reached(const feed::SourcePosition& position) const {
  if (!parts_->assembler) return false;
  const auto wanted = parse_position(position.token);
  return wanted && parts_->assembler->position().at_or_behind(*wanted);
}

bool MariaDbSource::at_end() const { return parts_->assembler && parts_->end_at_connect && parts_->assembler->position().at_or_behind(*parts_->end_at_connect); }

Result<std::vector<Table>> MariaDbSource::describe(const std::vector<std::string>& tables) {
  auto connected = parts_->queries();
  if (!connected) return connected.take_error();
  auto schemas = parts_->schema->read(tables);
  if (!schemas) return schemas.take_error();
  std::vector<Table> out;
  for (const auto& schema : *schemas) {
    for (std::size_t i = 0; i < schema->columns.size(); ++i) {
      if (schema->columns[i].charset != Charset::kOther) continue;
      return fail(Errc::kUnsupported, "table " + schema->table->name + ", column " + schema->table->columns[i].name + ": character set " +
                                          schema->columns[i].charset_name + " is not read; ALTER TABLE " +
                                          quoted_name(parts_->options.table_prefix + schema->table->name) + " CONVERT TO CHARACTER SET utf8mb4");
    }
    out.push_back(*schema->table);
  }
  return out;
}

Result<std::vector<std::string>> MariaDbSource::tables() {
  auto connected = parts_->queries();
  if (!connected) return connected.take_error();
  return parts_->schema->tables();
}

Result<std::vector<ForeignKey>> MariaDbSource::foreign_keys() {
  auto connected = parts_->queries();
  if (!connected) return connected.take_error();
  return parts_->schema->foreign_keys();
}

Result<Chunk> MariaDbSource::read_chunk(const Table& table, const Row& after, std::size_t max_rows) {
  auto connected = parts_->queries();
  if (!connected) return connected.take_error();
  auto read = connectors::read_chunk(**connected, parts_->options, table, after, max_rows);
  if (!read) return read.take_error();
  Chunk out;
  out.table = std::make_shared<const Table>(table);
  out.rows = std::move(read->rows);
  out.last = read->last;
  if (parts_->assembler) read->position.server_id = parts_->assembler->position().server_id;
  out.position = {parts_->options.name, 0, print(read->position)};
  return out;
}

void MariaDbSource::stop() { parts_->stop.stop(); }

}  // namespace connectors
