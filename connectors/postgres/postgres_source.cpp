#include "connectors/postgres/postgres_source.h"

#include <algorithm>

#include "connectors/postgres/chunk_reader.h"
#include "connectors/postgres/connection.h"
#include "connectors/postgres/examination.h"
#include "connectors/postgres/replication_stream.h"
#include "connectors/postgres/schema_reader.h"
#include "connectors/postgres/slot.h"
#include "connectors/postgres/transaction_reader.h"

namespace connectors {

using engine::Errc;
using engine::fail;
using engine::Result;
using std::chrono::milliseconds;
using namespace postgres;

struct PostgresSource::Parts {
  explicit Parts(PostgresOptions given) : options(std::move(given)) {}

  Result<Connection*> queries();
  Result<void> open_queries();
  Result<std::vector<TableShape>> captured_shapes();
  Result<void> examine(const std::vector<TableShape>& shapes);
  Result<WalPosition> fresh_start(WalPosition now);
  Result<WalPosition> resumed(const feed::SourcePosition& from);
  void place_reader(WalPosition at, std::uint64_t sequence);
  Result<void> open_stream();
  Result<std::optional<Slice>> take(const ReplicationStream::Frame& frame);
  Result<std::optional<Slice>> nothing_came(milliseconds waited);
  bool shapes_are_due(std::chrono::microseconds server_clock);
  Result<std::optional<Slice>> look_at_shapes();
  bool passed(Lsn place) const { return reader && reader->position().lsn >= place && !reader->in_transaction(); }
  tl::unexpected<engine::Error> broken(tl::unexpected<engine::Error> error);

  const PostgresOptions options;
  StopSignal stop;
  std::unique_ptr<Connection> query_connection;
  std::unique_ptr<SchemaReader> schema;
  std::unique_ptr<TransactionReader> reader;
  std::unique_ptr<ReplicationStream> stream;
  std::unique_ptr<ChunkReader> chunks;     // one snapshot, for as long as the stream brings nothing newer
  std::vector<TableShape> described;       // what the reader of our slices knows
  std::optional<Lsn> awaited;              // a chunk's place that next() must not pass unnoticed
  Lsn end_at_connect = 0;
  milliseconds silent{0};
  milliseconds unreported{0};
  std::chrono::microseconds looked_at{0};  // shapes, by the server's clock
};

PostgresSource::PostgresSource(PostgresOptions options) : parts_(std::make_unique<Parts>(std::move(options))) {}
PostgresSource::~PostgresSource() = default;

Result<void> PostgresSource::Parts::open_queries() {
  stream.reset();
  chunks.reset();
  schema.reset();
  query_connection.reset();
  auto opened = Connection::open(options, stop, Connection::Purpose::kQueries);
  if (!opened) return opened.take_error();
  query_connection = std::move(*opened);
  schema = std::make_unique<SchemaReader>(*query_connection, options);
  return engine::ok();
}

Result<Connection*> PostgresSource::Parts::queries() {
  if (stop.stopped()) return fail(Errc::kCancelled);
  if (!query_connection) {
    if (auto opened = open_queries(); !opened) return opened.take_error();
  }
  return query_connection.get();
}

Result<std::vector<TableShape>> PostgresSource::Parts::captured_shapes() {
  if (!options.tables.empty()) return schema->read({options.tables.begin(), options.tables.end()});
  auto all = schema->tables();
  if (!all) return all.take_error();
  return schema->read(*all);
}

Result<void> PostgresSource::Parts::examine(const std::vector<TableShape>& shapes) {
  auto checks = examine_settings(*query_connection, options, shapes);
  if (!checks) return checks.take_error();
  for (const auto& check : *checks) {
    if (check.state == DoctorCheck::State::kFailed) {
      return fail(Errc::kUnsupported, check.message + (check.fix_sql.empty() ? "" : "; as administrator: " + check.fix_sql));
    }
  }
  return ensure_publication(*query_connection, options, shapes);
}

/// From where the server stands, with a slot that holds everything from there on.
Result<WalPosition> PostgresSource::Parts::fresh_start(WalPosition now) {
  auto slot = read_slot(*query_connection, options.slot);
  if (!slot) return slot.take_error();
  if (*slot && ((*slot)->plugin != "pgoutput" || (*slot)->database != options.database)) {
    return fail(Errc::kUnsupported, "the replication slot " + options.slot + " belongs to another database or plugin; give this source a slot of its own");
  }
  if (*slot && !(*slot)->lost) return now;
  if (*slot) {
    if (auto dropped = drop_slot(*query_connection, options.slot, false); !dropped) return dropped.take_error();
  }
  auto made = create_slot(*query_connection, options.slot);
  if (!made) return made.take_error();
  now.lsn = *made;
  return now;
}

Result<WalPosition> PostgresSource::Parts::resumed(const feed::SourcePosition& from) {
  auto position = parse_wal_position(from.token);
  if (!position) return fail(Errc::kConflict, "the stored position is not one of a PostgreSQL source; a new snapshot is needed");
  auto checks = examine_position(*query_connection, options, *position);
  if (!checks) return checks.take_error();
  for (const auto& check : *checks) {
    if (check.state == DoctorCheck::State::kFailed) return fail(Errc::kConflict, check.message);
  }
  return position;
}

void PostgresSource::Parts::place_reader(WalPosition at, std::uint64_t sequence) {
  const auto type_text = [this](std::uint32_t type, std::int32_t modifier) { return schema->type_text(type, modifier); };
  reader = std::make_unique<TransactionReader>(
      TransactionReader::Settings{options.name, options.schema, options.table_prefix, options.tables, options.slice_bytes}, type_text);
  reader->start(std::move(at), sequence);
  reader->expect(described);
  awaited.reset();
  silent = unreported = milliseconds{0};
  looked_at = std::chrono::microseconds{0};
}

Result<void> PostgresSource::Parts::open_stream() {
  // Longer than any of ours is silent while it lives, but for the rendering of a first copy. Where it cannot be done, the slot is found taken.
  (void)release_from_the_dead(*query_connection, options.slot, 4 * options.heartbeat + milliseconds{2000});
  auto started = ReplicationStream::start(options, stop, reader->position().lsn);
  if (!started) return started.take_error();
  stream = std::move(*started);
  return stream->report(reader->position().lsn, true);
}

/// After an error the stream stands inside a transaction: only connect() goes on from there.
tl::unexpected<engine::Error> PostgresSource::Parts::broken(tl::unexpected<engine::Error> error) {
  stream.reset();
  chunks.reset();
  return error;
}

Result<void> PostgresSource::connect(const std::optional<feed::SourcePosition>& from) {
  auto& p = *parts_;
  if (auto opened = p.open_queries(); !opened) return opened.take_error();
  auto end = current_position(*p.query_connection);
  if (!end) return end.take_error();
  auto shapes = p.captured_shapes();
  if (!shapes) return shapes.take_error();
  if (auto fine = p.examine(*shapes); !fine) return fine.take_error();
  auto start = from ? p.resumed(*from) : p.fresh_start(*end);
  if (!start) return start.take_error();
  p.end_at_connect = end->lsn;
  p.place_reader(std::move(*start), from ? from->sequence : 0);
  if (!from) return engine::ok();  // the caller notes where we stand, and comes again with it
  if (auto opened = p.open_stream(); !opened) return p.broken(opened.take_error());
  return engine::ok();
}

Result<std::optional<Slice>> PostgresSource::Parts::nothing_came(milliseconds waited) {
  silent += waited;
  unreported += waited;
  if (silent > 3 * options.heartbeat + milliseconds{1000}) return broken(fail(Errc::kUnavailable, "the server is silent, not even a keepalive came"));
  const bool looked_for = awaited || reader->position().lsn < end_at_connect;
  if (waited > milliseconds{0} && (looked_for || unreported >= options.heartbeat)) {
    unreported = milliseconds{0};
    if (auto told = stream->report(reader->position().lsn, true); !told) return broken(told.take_error());
  }
  return std::optional<Slice>();
}

Result<std::optional<Slice>> PostgresSource::Parts::take(const ReplicationStream::Frame& frame) {
  if (!frame.message.empty()) return reader->feed(frame.message);
  reader->pass(frame.sent);
  if (!shapes_are_due(frame.clock)) return std::optional<Slice>();
  return look_at_shapes();
}

bool PostgresSource::Parts::shapes_are_due(std::chrono::microseconds server_clock) {
  if (reader->in_transaction() || described.empty()) return false;
  const bool first = looked_at.count() == 0;
  if (first || server_clock - looked_at < options.shape_check) {
    if (first) looked_at = server_clock;
    return false;
  }
  looked_at = server_clock;
  return true;
}

/// An alteration shows in the stream only once a row of its table comes. One that rewrites rows, a table dropped, made anew or swapped, and a column
/// dropped and added again may show in no message at all, but they do here. The table is read again then; that much may have come from a VACUUM FULL.
Result<std::optional<Slice>> PostgresSource::Parts::look_at_shapes() {
  std::set<std::string> names = options.tables;
  for (const auto& shape : described) names.insert(shape.table.name);
  auto now = schema->read({names.begin(), names.end()});
  if (!now) return now.take_error();
  Slice slice;
  const auto find = [](const std::vector<TableShape>& shapes, const std::string& name) {
    return std::find_if(shapes.begin(), shapes.end(), [&](const TableShape& shape) { return shape.table.name == name; });
  };
  for (const auto& name : names) {
    const auto was = find(described, name), is = find(*now, name);
    const bool there = was != described.end(), here = is != now->end();
    if (there != here || (there && *was != *is)) slice.reshaped.push_back(name);
  }
  if (slice.reshaped.empty()) return std::optional<Slice>();
  described = std::move(*now);
  reader->expect(described);
  slice.position = reader->source_position();
  return std::optional(std::move(slice));
}

Result<std::optional<Slice>> PostgresSource::next(milliseconds patience) {
  constexpr unsigned kMostFrames = 4096;  // then the caller may look around, though nothing of ours came
  auto& p = *parts_;
  if (p.stop.stopped()) return fail(Errc::kCancelled);
  if (!p.reader) return fail(Errc::kUnavailable, "not connected");
  if (!p.stream) return fail(Errc::kUnavailable, "the stream is not open");
  if (p.chunks && p.passed(p.chunks->position())) p.chunks.reset();  // whoever copies asks for more only to reach a chunk's place
  auto wait = patience;
  for (unsigned i = 0; i < kMostFrames; ++i) {
    auto frame = p.stream->read(wait);
    if (!frame) return p.broken(frame.take_error());
    if (!*frame) return p.nothing_came(wait);
    p.silent = wait = milliseconds{0};
    auto slice = p.take(**frame);
    if (!slice) return p.broken(slice.take_error());
    // A transaction that begins behind the awaited place must not be handed out before the caller has seen that the place is reached.
    const bool there = p.awaited && p.reader->position().lsn >= *p.awaited;
    if (there) p.awaited.reset();
    if (*slice && p.chunks && p.reader->position().lsn >= p.chunks->position()) p.chunks.reset();  // older than the stream now
    if (*slice || there) return slice;
  }
  return std::optional<Slice>();
}

feed::SourcePosition PostgresSource::position() const {
  return parts_->reader ? parts_->reader->source_position() : feed::SourcePosition{parts_->options.name, 0, ""};
}

bool PostgresSource::reached(const feed::SourcePosition& position) const {
  const auto wanted = parse_wal_position(position.token);
  return wanted && parts_->reader && parts_->reader->position().lsn >= wanted->lsn;
}

bool PostgresSource::at_end() const { return parts_->reader && parts_->reader->position().lsn >= parts_->end_at_connect; }

Result<void> PostgresSource::acknowledge(const feed::SourcePosition& durable) {
  auto& p = *parts_;
  if (!p.stream) return engine::ok();
  const auto place = parse_wal_position(durable.token);
  if (!place) return fail(Errc::kMalformed, "no position of ours is acknowledged: " + durable.token);
  p.stream->acknowledge(place->lsn);
  if (auto told = p.stream->report(p.reader->position().lsn, false); !told) return p.broken(told.take_error());
  return engine::ok();
}

Result<std::vector<Table>> PostgresSource::describe(const std::vector<std::string>& tables) {
  auto connected = parts_->queries();
  if (!connected) return connected.take_error();
  auto shapes = parts_->schema->read(tables);
  if (!shapes) return shapes.take_error();
  std::vector<Table> out;
  for (const auto& shape : *shapes) out.push_back(shape.table);
  parts_->described = std::move(*shapes);
  if (parts_->reader) parts_->reader->expect(parts_->described);
  return out;
}

Result<std::vector<std::string>> PostgresSource::tables() {
  auto connected = parts_->queries();
  if (!connected) return connected.take_error();
  return parts_->schema->tables();
}

Result<std::vector<ForeignKey>> PostgresSource::foreign_keys() { return std::vector<ForeignKey>(); }  // what they cascade is in the WAL

Result<Chunk> PostgresSource::read_chunk(const Table& table, const Row& after, std::size_t max_rows) {
  constexpr unsigned kChunksOfOneSnapshot = 50;  // then the server's vacuum and WAL may move on
  auto& p = *parts_;
  if (!p.reader || !p.stream) return fail(Errc::kUnavailable, "not connected");
  if (p.chunks && p.chunks->chunks_read() >= kChunksOfOneSnapshot) p.chunks.reset();
  if (!p.chunks) {
    auto opened = ChunkReader::open(p.options, p.stop);
    if (!opened) return opened.take_error();
    p.chunks = std::move(*opened);
  }
  auto read = p.chunks->read(table, after, max_rows);
  if (!read) {
    p.chunks.reset();
    return read.take_error();
  }
  // While tables are copied the stream rests: the server hears of us all the same.
  if (auto told = p.stream->report(p.reader->position().lsn, true); !told) return p.broken(told.take_error());
  Chunk out;
  out.table = std::make_shared<const Table>(table);
  out.rows = std::move(read->rows);
  out.last = read->last;
  auto place = p.reader->position();
  place.lsn = p.chunks->position();
  if (p.reader->position().lsn < place.lsn) p.awaited = place.lsn;
  out.position = {p.options.name, 0, print(place)};
  return out;
}

void PostgresSource::stop() { parts_->stop.stop(); }

}  // namespace connectors
