#include "connectors/mariadb/transaction_assembler.h"

#include <algorithm>

namespace connectors {

using engine::ByteCursor;
using engine::Errc;
using engine::fail;
using engine::Result;
using Kind = LoggedStatement::Kind;

namespace {
const std::optional<Slice> kNothing;
}

void TransactionAssembler::start(BinlogPosition from, std::uint64_t sequence) {
  position_ = std::move(from);
  sequence_ = sequence;
  file_ = position_.file;
  maps_.clear();
  prepared_.clear();
  open_.reset();
}

feed::SourcePosition TransactionAssembler::source_position() const { return {settings_.source, sequence_, print(position_)}; }

TransactionAssembler::Fed TransactionAssembler::feed(const BinlogEvent& event) {
  if (is_rows(event.header.type)) {
    if (auto taken = take_rows(event); !taken) return taken.take_error();
    if (open_ && open_->bytes > settings_.slice_bytes && !open_->head.xa_prepare) return std::optional(hand_out(false));
    return kNothing;
  }
  switch (event.header.type) {
    case EventType::kTableMap:
      if (auto taken = take_table_map(event.body); !taken) return taken.take_error();
      return kNothing;
    case EventType::kGtid: return begin(event);
    case EventType::kXid: return finish(event);
    case EventType::kXaPrepare: return prepare(event);
    case EventType::kQuery:
    case EventType::kQueryCompressed: return take_query(event);
    case EventType::kExecuteLoadQuery: return fail(Errc::kUnsupported, "LOAD DATA was logged as a statement; SET GLOBAL binlog_format=ROW");
    case EventType::kFormatDescription: return file_begins(event);
    case EventType::kIncident: return fail(Errc::kConflict, "the server reports that its binlog lost events");
    case EventType::kRotate: {
      auto rotate = decode_rotate(event.body);
      if (!rotate) return rotate.take_error();
      file_ = rotate->file;
      if (!open_) position_.advance(file_, rotate->position);
      return kNothing;
    }
    case EventType::kHeartbeat: {
      auto file = decode_heartbeat(event.body);
      if (!file) return file.take_error();
      if (!open_) position_.advance(*file, event.header.next_position);
      return kNothing;
    }
    case EventType::kAnnotateRows:
    case EventType::kBinlogCheckpoint:
    case EventType::kGtidList:
    case EventType::kStop:
    case EventType::kIntvar:
    case EventType::kRand:
    case EventType::kUserVar:
    case EventType::kBeginLoadQuery:
    case EventType::kStartEncryption: moved(event); return kNothing;  // the server decrypts what it sends
    default: break;
  }
  if (!(event.header.flags & EventHeader::kIgnorable)) {
    return fail(Errc::kUnsupported, "binlog event type " + std::to_string(static_cast<unsigned>(event.header.type)) + " is not read");
  }
  moved(event);
  return kNothing;
}

void TransactionAssembler::moved(const BinlogEvent& event) {
  if (open_ || event.header.next_position == 0 || event.header.flags & EventHeader::kArtificial) return;
  position_.advance(file_, event.header.next_position);
}

TransactionAssembler::Fed TransactionAssembler::file_begins(const BinlogEvent& event) {
  maps_.clear();  // table numbers begin anew where the server was restarted
  if (!open_) {
    moved(event);
    return kNothing;
  }
  // The server went down in the middle of writing this transaction; it is void.
  if (open_->handed_out) return fail(Errc::kConflict, "the server lost transaction " + print(open_->gtid) + " of which a part was read");
  open_.reset();
  return kNothing;
}

TransactionAssembler::Fed TransactionAssembler::begin(const BinlogEvent& event) {
  if (open_) return fail(Errc::kMalformed, "transaction " + print(open_->gtid) + " has no end");
  auto head = decode_gtid(event.body);
  if (!head) return head.take_error();
  open_.emplace();
  open_->gtid = {head->domain, event.header.server_id, head->sequence};
  open_->head = std::move(*head);
  open_->commit_time = engine::WallTime{std::chrono::seconds{event.header.timestamp}};
  return kNothing;
}

Result<void> TransactionAssembler::take_table_map(std::string_view body) {
  auto& held = maps_[table_map_id(body)];
  if (held.body == body) return engine::ok();
  auto map = decode_table_map(body);
  if (!map) return map.take_error();
  held = {std::string(body), nullptr};
  const auto name = captured(map->database, map->table);
  if (!name) return engine::ok();
  auto schema = schema_.lookup(*name);
  if (!schema) return schema.take_error();
  auto layout = RowLayout::make(*map, *name, schema->get());
  if (!layout) {
    held.body.clear();
    return layout.take_error();
  }
  held.layout = std::move(*layout);
  return engine::ok();
}

Result<void> TransactionAssembler::take_rows(const BinlogEvent& event) {
  constexpr std::uint64_t kNoTable = 0xffffff;  // an empty event that only ends a statement
  auto rows = decode_rows(event, scratch_);
  if (!rows) return rows.take_error();
  if (rows->table_id == kNoTable) return engine::ok();
  const auto held = maps_.find(rows->table_id);
  if (held == maps_.end()) return fail(Errc::kMalformed, "rows of a table without a table map");
  if (!held->second.layout) return engine::ok();
  if (!open_) return fail(Errc::kMalformed, "rows outside of a transaction");
  open_->bytes += rows->rows.size();
  return take_images(*rows, *held->second.layout);
}

Result<void> TransactionAssembler::take_images(const RowsEvent& rows, const RowLayout& layout) {
  ByteCursor in(rows.rows);
  while (!in.at_end()) {
    auto& change = open_->slice.rows.emplace_back();
    change.table = layout.table();
    change.cascades = !(rows.flags & RowsEvent::kNoForeignKeyChecks);
    change.kind = rows.kind == RowsKind::kWrite ? RowChange::Kind::kInsert : rows.kind == RowsKind::kUpdate ? RowChange::Kind::kUpdate : RowChange::Kind::kDelete;
    auto& first = rows.kind == RowsKind::kWrite ? change.after : change.before;
    if (auto read = layout.decode(in, rows.present, first); !read) return read;
    if (rows.kind != RowsKind::kUpdate) continue;
    if (auto read = layout.decode(in, rows.present_after, change.after); !read) return read;
  }
  return engine::ok();
}

TransactionAssembler::Fed TransactionAssembler::take_query(const BinlogEvent& event) {
  auto query = decode_query(event, scratch_);
  if (!query) return query.take_error();
  if (!open_) return kNothing;  // artificial, or of before GTIDs
  const auto statement = read_statement(query->sql);
  return take_statement(statement, event, query->database, query->sql);
}

TransactionAssembler::Fed TransactionAssembler::take_statement(const LoggedStatement& statement, const BinlogEvent& event, std::string_view database,
                                                               std::string_view sql) {
  switch (statement.kind) {
    case Kind::kCommit: return finish(event);
    case Kind::kRollback: return abandon(event);
    case Kind::kXaCommit: return complete(event, true);
    case Kind::kXaRollback: return complete(event, false);
    case Kind::kSavepoint: open_->savepoints.emplace_back(statement.name, open_->slice.rows.size()); break;
    case Kind::kRollbackTo: {
      const auto found = std::find_if(open_->savepoints.rbegin(), open_->savepoints.rend(), [&](const auto& s) { return s.first == statement.name; });
      if (auto taken = take_back(found == open_->savepoints.rend() ? 0 : found->second); !taken) return taken.take_error();
      break;
    }
    case Kind::kRows:
      if (auto fine = refuse_statement(statement, database, sql); !fine) return fine.take_error();
      break;
    case Kind::kShape:
    case Kind::kTruncate:
    case Kind::kDropDatabase:
      if (auto taken = take_shape(statement, database); !taken) return taken.take_error();
      break;
    case Kind::kBegin:
    case Kind::kOther: break;
  }
  return open_->head.standalone ? finish(event) : Fed(kNothing);
}

Result<void> TransactionAssembler::refuse_statement(const LoggedStatement& statement, std::string_view database, std::string_view sql) const {
  bool ours = statement.tables.empty() && (database == settings_.database || sql.find(settings_.database) != std::string_view::npos);
  for (const auto& table : statement.tables) {
    ours = ours || captured(table.database.empty() ? database : std::string_view(table.database), table.table);
  }
  if (!ours) return engine::ok();
  return fail(Errc::kUnsupported, "a statement on database " + settings_.database +
                                      " was logged as text, its rows are not in the binlog; SET GLOBAL binlog_format=ROW, and let no session change it");
}

Result<void> TransactionAssembler::take_shape(const LoggedStatement& statement, std::string_view database) {
  auto& slice = open_->slice;
  if (statement.kind == Kind::kDropDatabase) {
    if (statement.name == settings_.database) slice.reshaped.assign(settings_.tables.begin(), settings_.tables.end());
    for (const auto& table : settings_.tables) schema_.forget(table);
    maps_.clear();
    return engine::ok();
  }
  for (const auto& table : statement.tables) {
    const auto name = captured(table.database.empty() ? database : std::string_view(table.database), table.table);
    if (!name) continue;
    if (statement.kind == Kind::kShape) {
      schema_.forget(*name);
      if (statement.in_place) {
        slice.altered.push_back({*name, statement.words});
      } else if (std::find(slice.reshaped.begin(), slice.reshaped.end(), *name) == slice.reshaped.end()) {
        slice.reshaped.push_back(*name);
      }
      maps_.clear();
      continue;
    }
    auto schema = schema_.lookup(*name);
    if (!schema) return schema.take_error();
    RowChange change;
    change.kind = RowChange::Kind::kTruncate;
    change.table = *schema ? (*schema)->table : std::make_shared<const Table>(Table{*name, {}, {}});
    slice.rows.push_back(std::move(change));
  }
  return engine::ok();
}

Result<void> TransactionAssembler::take_back(std::size_t to) {
  if (open_->handed_out) return fail(Errc::kConflict, "transaction " + print(open_->gtid) + " was rolled back after a part of it was read");
  open_->slice.rows.resize(std::min(to, open_->slice.rows.size()));
  return engine::ok();
}

TransactionAssembler::Fed TransactionAssembler::abandon(const BinlogEvent& event) {
  if (auto taken = take_back(0); !taken) return taken.take_error();
  return finish(event);
}

TransactionAssembler::Fed TransactionAssembler::prepare(const BinlogEvent& event) {
  if (!open_) return fail(Errc::kMalformed, "XA PREPARE outside of a transaction");
  const bool one_phase = !event.body.empty() && event.body[0] != 0;
  if (!one_phase) {
    prepared_[open_->head.xid] = std::move(open_->slice.rows);
    open_->slice.rows.clear();
  }
  return finish(event);
}

TransactionAssembler::Fed TransactionAssembler::complete(const BinlogEvent& event, bool commit) {
  const auto found = prepared_.find(open_->head.xid);
  if (found == prepared_.end()) {
    if (commit) return fail(Errc::kConflict, "an XA transaction was committed whose prepare lies before our position");
    return finish(event);
  }
  if (commit) open_->slice.rows = std::move(found->second);
  prepared_.erase(found);
  return finish(event);
}

Slice TransactionAssembler::hand_out(bool last) {
  Slice out = std::exchange(open_->slice, {});
  out.transaction_id = print(open_->gtid);
  out.commit_time = open_->commit_time;
  out.last = last;
  out.position = source_position();
  open_->bytes = 0;
  open_->handed_out = true;
  return out;
}

TransactionAssembler::Fed TransactionAssembler::finish(const BinlogEvent& event) {
  if (!open_) return fail(Errc::kMalformed, "commit outside of a transaction");
  position_.pass(open_->gtid);
  position_.advance(file_, event.header.next_position);
  ++sequence_;
  const bool ours = open_->handed_out || !open_->slice.rows.empty() || !open_->slice.reshaped.empty() || !open_->slice.altered.empty();
  std::optional<Slice> out;
  if (ours) out = hand_out(true);
  open_.reset();
  return out;
}

std::optional<std::string> TransactionAssembler::captured(std::string_view database, std::string_view table) const {
  if (database != settings_.database || !table.starts_with(settings_.table_prefix)) return std::nullopt;
  std::string name(table.substr(settings_.table_prefix.size()));
  if (!settings_.tables.empty() && !settings_.tables.contains(name)) return std::nullopt;
  return name;
}

}  // namespace connectors
