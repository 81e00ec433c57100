// What the mirror keeps beside the rows, written over its key-value state.

#include "connectors/mirror/mirror.h"
#include "connectors/mirror/row_codec.h"
#include "connectors/mirror/statement.h"
#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace connectors {

using engine::Errc;
using engine::Result;

namespace {

std::string progress_key(const std::string& table) { return "progress:" + lower(table); }

}  // namespace

Result<std::optional<feed::SourcePosition>> Mirror::position() {
  auto stored = state("position");
  if (!stored) return stored.take_error();
  if (!*stored) return std::optional<feed::SourcePosition>();
  engine::ByteCursor in(**stored);
  feed::SourcePosition position;
  position.source = in.text();
  position.sequence = in.varint();
  position.token = in.text();
  if (!in.ok() || !in.at_end()) return engine::fail(Errc::kMalformed, "mirror: its position");
  return std::optional<feed::SourcePosition>(std::move(position));
}

Result<void> Mirror::set_position(const feed::SourcePosition& position) {
  std::string bytes;
  engine::ByteWriter(bytes).text(position.source).varint(position.sequence).text(position.token);
  return set_state("position", bytes);
}

Result<std::optional<std::string>> Mirror::log_id() { return state("log_id"); }
Result<void> Mirror::set_log_id(const std::string& log_id) { return set_state("log_id", log_id); }

Result<std::optional<TableProgress>> Mirror::progress(const std::string& table) {
  auto stored = state(progress_key(table));
  if (!stored) return stored.take_error();
  if (!*stored || (*stored)->empty()) return std::optional<TableProgress>();
  auto key = decode_row(std::string_view(**stored).substr(1));
  if (!key) return key.take_error();
  return std::optional<TableProgress>(TableProgress{std::move(*key), (**stored)[0] == '\1'});
}

Result<void> Mirror::set_progress(const std::string& table, const TableProgress& progress) {
  return set_state(progress_key(table), std::string(1, progress.done ? '\1' : '\0') + encode(progress.last_key));
}

Result<bool> Mirror::complete() {
  auto stored = state("complete");
  if (!stored) return stored.take_error();
  return *stored == "1";
}

Result<void> Mirror::set_complete(bool complete) { return set_state("complete", complete ? "1" : "0"); }

Result<std::optional<engine::WallTime>> Mirror::last_instant() {
  auto stored = state("last_instant");
  if (!stored) return stored.take_error();
  if (!*stored) return std::optional<engine::WallTime>();
  auto instant = engine::parse_sql_datetime(**stored);
  if (!instant) return engine::fail(Errc::kMalformed, "mirror: its last instant");
  return instant;
}

Result<void> Mirror::set_last_instant(engine::WallTime instant) { return set_state("last_instant", engine::sql_datetime(instant)); }

}  // namespace connectors
