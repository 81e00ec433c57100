#include "connectors/debezium/envelope.h"

#include <algorithm>
#include <map>

#include "connectors/debezium/cell_value.h"
#include "connectors/debezium/left_out.h"

namespace connectors {

using engine::Errc;
using engine::fail;
using engine::Result;
using simdjson::dom::element;
using simdjson::dom::object;

namespace {

constexpr std::size_t kMostBytes = 64U << 20;  // of one record; brokers allow 1 MiB unless told otherwise
constexpr std::int64_t kMostScale = 64;
constexpr std::string_view kSchemaFirst = R"({"schema":)";
constexpr std::string_view kPayloadBehind = R"(,"payload":)";

std::string_view text_at(const object& in, std::string_view key) {
  std::string_view text;
  return in[key].get(text) ? std::string_view() : text;
}

std::optional<std::int64_t> number_at(const object& in, std::string_view key) {
  std::int64_t number = 0;
  return in[key].get(number) ? std::nullopt : std::optional(number);
}

std::optional<object> object_at(const object& in, std::string_view key) {
  object found;
  return in[key].get(found) ? std::nullopt : std::optional(found);
}

engine::WallTime time_of(const object& in) {
  if (const auto micros = number_at(in, "ts_us")) return engine::WallTime(std::chrono::microseconds(*micros));
  constexpr std::int64_t kMostMillis = INT64_MAX / 1000;
  if (const auto millis = number_at(in, "ts_ms"); millis && std::abs(*millis) < kMostMillis) return engine::WallTime(std::chrono::milliseconds(*millis));
  return {};
}

/// The id of transaction metadata. PostgreSQL's is the transaction's number and the place of the single event behind a colon: only the number tells what belongs together.
std::string marked_id(std::string_view id, DatabaseKind database) { return std::string(database == DatabaseKind::kPostgres ? id.substr(0, id.find(':')) : id); }

/// GTID, or the number PostgreSQL gives a transaction.
std::string transaction_of(const object& source) {
  if (const auto gtid = text_at(source, "gtid"); !gtid.empty()) return std::string(gtid);
  if (const auto number = number_at(source, "txId")) return "tx" + std::to_string(*number);
  return {};
}

void place_of(const object& source, DebeziumRecord& record) {
  const auto file = text_at(source, "file");
  const auto digits = std::string(file.substr(std::min(file.rfind('.'), file.size() - 1) + 1));
  record.log_file = file.empty() ? 0 : std::strtoull(digits.c_str(), nullptr, 10);
  const auto place = number_at(source, file.empty() ? "lsn" : "pos");
  record.log_position = static_cast<std::uint64_t>(std::max<std::int64_t>(place.value_or(0), 0));
}

/// Per column of a declared table, how its field is written.
struct Plan {
  std::vector<Encoding> encodings;
  std::vector<std::string> unreadable;  ///< why a column cannot be read; empty: it can
};

Plan declared_plan(const DeclaredTable& table, DatabaseKind database, const DebeziumModes& modes) {
  Plan plan;
  for (std::size_t i = 0; i < table.table->columns.size(); ++i) {
    plan.encodings.push_back(encoding_of_column(table.table->columns[i], table.precision[i], database, modes));
  }
  plan.unreadable.resize(plan.encodings.size());
  return plan;
}

std::size_t column_named(const Table& table, std::string_view name) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].name == name) return i;
  }
  return table.columns.size();
}

/// Takes what the fields of a struct schema say over what was concluded.
void refine(Plan& plan, const object& row_schema, const Table& table, const DebeziumModes& modes) {
  simdjson::dom::array fields;
  if (row_schema["fields"].get(fields)) return;
  for (const element item : fields) {
    object field;
    if (item.get(field)) continue;
    const auto column = column_named(table, text_at(field, "field"));
    if (column == table.columns.size()) continue;
    std::int64_t scale = 0;
    if (const auto parameters = object_at(field, "parameters")) {
      const auto digits = std::string(text_at(*parameters, "scale"));
      if (!digits.empty()) scale = std::atoll(digits.c_str());
    }
    auto encoding = encoding_of_field(text_at(field, "type"), text_at(field, "name"), static_cast<int>(std::clamp(scale, -kMostScale, kMostScale)), modes);
    if (encoding) {
      plan.encodings[column] = *encoding;
      plan.unreadable[column].clear();
    } else {
      plan.unreadable[column] = encoding.error().detail;
    }
  }
}

/// The schema of before and after of an envelope, or of the row itself for a key.
Plan plan_of_schema(const object& schema, const DeclaredTable& table, DatabaseKind database, const DebeziumModes& modes) {
  auto plan = declared_plan(table, database, modes);
  simdjson::dom::array fields;
  if (schema["fields"].get(fields)) return plan;
  bool envelope = false;
  for (const element item : fields) {
    object field;
    if (item.get(field)) continue;
    const auto name = text_at(field, "field");
    if ((name != "before" && name != "after") || text_at(field, "type") != "struct") continue;
    refine(plan, field, *table.table, modes);
    envelope = true;
  }
  if (!envelope) refine(plan, schema, *table.table, modes);
  return plan;
}

}  // namespace

struct EnvelopeDecoder::State {
  struct OfTable {
    Plan declared;
    std::string prefix;  // the bytes in front of the payload that `schemed` was made from
    Plan schemed;
  };

  State(const DeclaredSchema& given, DebeziumModes wanted) : schema(given), modes(wanted) {}

  OfTable& of(const DeclaredTable& table) {
    auto& known = tables[table.table.get()];
    if (known.declared.encodings.empty()) known.declared = declared_plan(table, schema.database, modes);
    return known;
  }
  Result<element> parse(std::string_view text) {
    element root;
    if (const auto error = parser.parse(text.data(), text.size()).get(root)) {
      return fail(Errc::kMalformed, std::string("no JSON: ") + simdjson::error_message(error));
    }
    return root;
  }
  /// The payload of a value and, once the table is known, the plan for it. Both are good until the next parse.
  struct Opened {
    element payload;
    std::optional<object> schema;
    const Plan* plan = nullptr;  // from the schema seen last; nullptr: none yet
  };
  Result<Opened> open(std::string_view value, const DeclaredTable* table);
  Result<const DeclaredTable*> table_of(const object& source, std::string_view prefix) const;
  const Plan& plan(Opened& opened, std::string_view value, const DeclaredTable& table);
  Result<Row> row(const object& fields, const DeclaredTable& table, const Plan& plan, std::vector<std::uint32_t>* left_out = nullptr) const;
  Result<std::optional<Row>> key_row(const object& fields, const DeclaredTable& table, const Plan& plan) const;
  Result<void> former(const object& payload, const DeclaredTable& table, const Plan& plan, RowChange& into) const;

  const DeclaredSchema& schema;
  const DebeziumModes modes;
  simdjson::dom::parser parser{kMostBytes};
  std::map<const Table*, OfTable> tables;
};

EnvelopeDecoder::EnvelopeDecoder(const DeclaredSchema& schema, DebeziumModes modes) : state_(std::make_unique<State>(schema, modes)) {}
EnvelopeDecoder::~EnvelopeDecoder() = default;
EnvelopeDecoder::EnvelopeDecoder(EnvelopeDecoder&&) noexcept = default;

// A schema is several times as long as what it describes, and the same in every record of a table: where its bytes were seen before, only the payload is parsed.
Result<EnvelopeDecoder::State::Opened> EnvelopeDecoder::State::open(std::string_view value, const DeclaredTable* table) {
  if (table) {
    const auto& known = of(*table);
    if (!known.prefix.empty() && value.size() > known.prefix.size() && value.starts_with(known.prefix) && value.back() == '}') {
      auto payload = parse(value.substr(known.prefix.size(), value.size() - known.prefix.size() - 1));
      if (!payload) return payload.take_error();
      return Opened{*payload, std::nullopt, &known.schemed};
    }
  }
  auto root = parse(value);
  if (!root) return root.take_error();
  object whole, schema_part;
  element payload;
  if (root->get(whole) || whole["payload"].get(payload)) return Opened{*root, std::nullopt, nullptr};
  if (whole["schema"].get(schema_part)) return Opened{payload, std::nullopt, nullptr};
  return Opened{payload, schema_part, nullptr};
}

const Plan& EnvelopeDecoder::State::plan(Opened& opened, std::string_view value, const DeclaredTable& table) {
  auto& known = of(table);
  if (opened.plan) return *opened.plan;
  if (!opened.schema) return known.declared;
  known.schemed = plan_of_schema(*opened.schema, table, schema.database, modes);
  known.prefix.clear();
  // A text cannot hold the searched bytes (its quotes would be escaped), and no schema has a member of that name.
  const auto behind = value.find(kPayloadBehind);
  if (value.starts_with(kSchemaFirst) && behind != std::string_view::npos) known.prefix = value.substr(0, behind + kPayloadBehind.size());
  return known.schemed;
}

Result<const DeclaredTable*> EnvelopeDecoder::State::table_of(const object& source, std::string_view prefix) const {
  const auto name = text_at(source, "table");
  if (name.empty()) return fail(Errc::kMalformed, "the record's source names no table");
  if (!name.starts_with(prefix)) return nullptr;
  const auto found = schema.tables.find(name.substr(prefix.size()));
  return found == schema.tables.end() ? nullptr : &found->second;
}

/// `left_out`: takes the columns whose values the record lacks, which are null; without it such a record is refused.
Result<Row> EnvelopeDecoder::State::row(const object& fields, const DeclaredTable& table, const Plan& plan, std::vector<std::uint32_t>* left_out) const {
  const auto& columns = table.table->columns;
  Row row(columns.size());
  std::vector<bool> seen(columns.size());
  std::size_t next = 0;
  const auto where = [&](std::size_t column) { return "table " + table.table->name + ", column " + columns[column].name + ": "; };
  for (const auto field : fields) {
    // Fields come in the order of the columns, if nothing was added.
    auto column = next < columns.size() && columns[next].name == field.key ? next : column_named(*table.table, field.key);
    if (column == columns.size()) continue;
    next = column + 1;
    if (left_out && is_left_out(field.value)) {
      left_out->push_back(static_cast<std::uint32_t>(column));
      seen[column] = true;
      continue;
    }
    if (!plan.unreadable[column].empty()) return fail(Errc::kUnsupported, where(column) + plan.unreadable[column]);
    auto cell = cell_of_value(field.value, plan.encodings[column], columns[column]);
    if (!cell) return fail(cell.error().code, where(column) + cell.error().detail);
    row[column] = std::move(*cell);
    seen[column] = true;
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!seen[i] && !table.nullable[i]) return fail(Errc::kMalformed, where(i) + "is missing in the record, and cannot be null; is the schema file the one of this database?");
  }
  return row;
}

/// A row of nothing but its primary key. nullopt: the table has none, or a part of it is not there.
Result<std::optional<Row>> EnvelopeDecoder::State::key_row(const object& fields, const DeclaredTable& table, const Plan& plan) const {
  if (table.table->primary_key.empty()) return std::optional<Row>();
  Row row(table.table->columns.size());
  for (const auto column : table.table->primary_key) {
    element value;
    if (fields[table.table->columns[column].name].get(value) || value.is_null()) return std::optional<Row>();
    auto cell = cell_of_value(value, plan.encodings[column], table.table->columns[column]);
    if (!cell) return fail(cell.error().code, "table " + table.table->name + ", key: " + cell.error().detail);
    row[column] = std::move(*cell);
  }
  return std::optional(std::move(row));
}

/// The row before an update or delete. PostgreSQL's default is to log the key alone: Debezium then gives no `before` for an update, whose key is as it was (one that changes the
/// key comes as a delete and a create), and for a delete one whose other cells are null, or some value where null is not allowed. So of a delete only the key is believed.
Result<void> EnvelopeDecoder::State::former(const object& payload, const DeclaredTable& table, const Plan& plan, RowChange& into) const {
  const auto before = object_at(payload, "before");
  const bool gone = into.kind == RowChange::Kind::kDelete;
  const bool key_logged = schema.database == DatabaseKind::kPostgres && gone == before.has_value();
  if (const auto holder = gone ? before : object_at(payload, "after"); key_logged && holder) {
    auto key = key_row(*holder, table, plan);
    if (!key) return key.take_error();
    if (*key) {
      into.before = std::move(**key);
      into.key_only = true;
      into.stands_alone = !gone;
      return engine::ok();
    }
  }
  if (!before) {
    return fail(Errc::kUnsupported, "table " + table.table->name + ": an update or delete came without the row's former state, or its key; MariaDB: binlog_row_image=FULL; PostgreSQL: " +
                                        (table.table->primary_key.empty() ? "a table without a primary key needs ALTER TABLE " : "ALTER TABLE ") + table.table->name +
                                        " REPLICA IDENTITY FULL");
  }
  auto row = this->row(*before, table, plan);
  if (!row) return row.take_error();
  into.before = std::move(*row);
  return engine::ok();
}

Result<std::optional<DebeziumRecord>> EnvelopeDecoder::decode(std::string_view value, const DeclaredTable* table, std::string_view table_prefix) {
  auto opened = state_->open(value, table);
  if (!opened) return opened.take_error();
  if (opened->payload.is_null()) return std::optional<DebeziumRecord>();
  object payload;
  if (opened->payload.get(payload)) return fail(Errc::kMalformed, "expected an object with op, before, after and source");
  const auto op = text_at(payload, "op");
  const auto source = object_at(payload, "source");
  if (op.empty() && (payload["ddl"].error() == simdjson::SUCCESS || payload["tableChanges"].error() == simdjson::SUCCESS)) return std::optional<DebeziumRecord>();
  if (op.empty() || !source) {
    return fail(Errc::kMalformed, "no Debezium envelope: op or source is missing; a transform that unwraps records (ExtractNewRecordState) has to be taken off");
  }
  if (op == "m") return std::optional<DebeziumRecord>();
  if (!table) {
    auto found = state_->table_of(*source, table_prefix);
    if (!found) return found.take_error();
    if (!*found) return std::optional<DebeziumRecord>();
    table = *found;
  }
  const Plan& plan = state_->plan(*opened, value, *table);
  DebeziumRecord record;
  record.row.table = table->table;
  record.commit_time = time_of(*source);
  if (record.commit_time == engine::WallTime{}) record.commit_time = time_of(payload);
  record.transaction = transaction_of(*source);
  place_of(*source, record);
  if (const auto transaction = object_at(payload, "transaction")) {
    record.transaction = marked_id(text_at(*transaction, "id"), state_->schema.database);
    record.order = static_cast<std::uint64_t>(std::max<std::int64_t>(number_at(*transaction, "total_order").value_or(0), 0));
  }
  record.snapshot = op == "r";
  if (op == "c" || op == "r") {
    record.row.kind = RowChange::Kind::kInsert;
  } else if (op == "u") {
    record.row.kind = RowChange::Kind::kUpdate;
  } else if (op == "d") {
    record.row.kind = RowChange::Kind::kDelete;
  } else if (op == "t") {
    record.row.kind = RowChange::Kind::kTruncate;
    return std::optional(std::move(record));
  } else {
    return fail(Errc::kUnsupported, "operation \"" + std::string(op.substr(0, 16)) + "\" is not known");
  }
  if (op == "u" || op == "d") {
    if (auto read = state_->former(payload, *table, plan, record.row); !read) return read.take_error();
  }
  if (op == "d") return std::optional(std::move(record));
  const auto after = object_at(payload, "after");
  if (!after) return fail(Errc::kMalformed, "table " + table->table->name + ": the record has no after");
  const bool may_leave_out = op == "u" && !table->table->primary_key.empty();
  auto row = state_->row(*after, *table, plan, may_leave_out ? &record.row.unchanged : nullptr);
  if (!row) return row.take_error();
  record.row.after = std::move(*row);
  if (!record.row.key_only) {
    for (const auto column : record.row.unchanged) record.row.after[column] = record.row.before[column];
    record.row.unchanged.clear();
  }
  return std::optional(std::move(record));
}

Result<std::optional<RowChange>> EnvelopeDecoder::decode_tombstone(std::string_view key, const DeclaredTable& table) {
  if (key.empty()) return std::optional<RowChange>();
  auto opened = state_->open(key, nullptr);
  if (!opened) return opened.take_error();
  object fields;
  if (opened->payload.get(fields)) return std::optional<RowChange>();
  const auto plan = opened->schema ? plan_of_schema(*opened->schema, table, state_->schema.database, state_->modes) : state_->of(table).declared;
  auto row = state_->key_row(fields, table, plan);
  if (!row) return row.take_error();
  if (!*row) return std::optional<RowChange>();
  RowChange gone;
  gone.table = table.table;
  gone.kind = RowChange::Kind::kDelete;
  gone.before = std::move(**row);
  gone.key_only = true;
  return std::optional(std::move(gone));
}

Result<TransactionMark> EnvelopeDecoder::decode_mark(std::string_view value) {
  auto opened = state_->open(value, nullptr);
  if (!opened) return opened.take_error();
  object payload;
  TransactionMark mark;
  if (opened->payload.get(payload)) return fail(Errc::kMalformed, "expected status and id of a transaction");
  const auto status = text_at(payload, "status");
  mark.id = marked_id(text_at(payload, "id"), state_->schema.database);
  mark.end = status == "END";
  if (mark.id.empty() || (!mark.end && status != "BEGIN")) return fail(Errc::kMalformed, "expected status BEGIN or END, and the id of a transaction");
  if (!mark.end) return mark;
  mark.events = static_cast<std::uint64_t>(std::max<std::int64_t>(number_at(payload, "event_count").value_or(0), 0));
  simdjson::dom::array collections;
  if (!payload["data_collections"].get(collections)) {
    for (const element item : collections) {
      object collection;
      if (item.get(collection)) continue;
      mark.collections.push_back({std::string(text_at(collection, "data_collection")),
                                  static_cast<std::uint64_t>(std::max<std::int64_t>(number_at(collection, "event_count").value_or(0), 0))});
    }
  }
  return mark;
}

}  // namespace connectors
