#include "connectors/mariadb/binlog_event.h"

#include <zlib.h>

#include "connectors/mariadb/unpack.h"

namespace connectors {

using engine::ByteCursor;
using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

constexpr std::size_t kChecksumBytes = 4;
constexpr std::uint16_t kInUse = 1;  // set while the file is open, after the checksum was made

std::uint32_t crc_of(std::string_view bytes, bool clear_in_use) {
  constexpr std::size_t kFlagsAt = 17;
  auto crc = crc32(0, nullptr, 0);
  auto add = [&crc](std::string_view part) {
    crc = crc32_z(crc, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  };
  if (!clear_in_use) {
    add(bytes);
  } else {
    const char low = static_cast<char>(bytes[kFlagsAt] & ~kInUse);
    add(bytes.substr(0, kFlagsAt));
    add({&low, 1});
    add(bytes.substr(kFlagsAt + 1));
  }
  return static_cast<std::uint32_t>(crc);
}

EventHeader read_header(ByteCursor& in) {
  EventHeader header;
  header.timestamp = in.little<std::uint32_t>();
  header.type = static_cast<EventType>(in.little<std::uint8_t>());
  header.server_id = in.little<std::uint32_t>();
  header.bytes = in.little<std::uint32_t>();
  header.next_position = in.little<std::uint32_t>();
  header.flags = in.little<std::uint16_t>();
  return header;
}

struct RowsForm {
  RowsKind kind;
  bool version2;
  bool compressed;
};

RowsForm rows_form(EventType type) {
  switch (type) {
    case EventType::kUpdateRowsV1: return {RowsKind::kUpdate, false, false};
    case EventType::kDeleteRowsV1: return {RowsKind::kDelete, false, false};
    case EventType::kWriteRows: return {RowsKind::kWrite, true, false};
    case EventType::kUpdateRows: return {RowsKind::kUpdate, true, false};
    case EventType::kDeleteRows: return {RowsKind::kDelete, true, false};
    case EventType::kWriteRowsCompressedV1: return {RowsKind::kWrite, false, true};
    case EventType::kUpdateRowsCompressedV1: return {RowsKind::kUpdate, false, true};
    case EventType::kDeleteRowsCompressedV1: return {RowsKind::kDelete, false, true};
    case EventType::kWriteRowsCompressed: return {RowsKind::kWrite, true, true};
    case EventType::kUpdateRowsCompressed: return {RowsKind::kUpdate, true, true};
    case EventType::kDeleteRowsCompressed: return {RowsKind::kDelete, true, true};
    default: return {RowsKind::kWrite, false, false};
  }
}

}  // namespace

std::uint64_t packed_integer(ByteCursor& in) {
  const auto first = in.little<std::uint8_t>();
  switch (first) {
    case 252: return in.little_bytes(2);
    case 253: return in.little_bytes(3);
    case 254: return in.little_bytes(8);
    case 251:
    case 255: in.skip(in.remaining() + 1); return 0;  // no integer begins so
    default: return first;
  }
}

Result<EventHeader> decode_event_header(std::string_view bytes) {
  ByteCursor in(bytes);
  auto header = read_header(in);
  if (!in.ok()) return fail(Errc::kTruncated, "binlog event: header cut off");
  if (header.bytes < kEventHeaderBytes) return fail(Errc::kMalformed, "binlog event: length below that of its header");
  return header;
}

Result<BinlogEvent> decode_event(std::string_view bytes, Checksum checksum) {
  auto header = decode_event_header(bytes);
  if (!header) return header.take_error();
  if (bytes.size() < header->bytes) return fail(Errc::kTruncated, "binlog event: shorter than its header says");
  if (bytes.size() > header->bytes) return fail(Errc::kMalformed, "binlog event: longer than its header says");
  BinlogEvent event{*header, bytes.substr(kEventHeaderBytes)};
  const bool description = header->type == EventType::kFormatDescription;
  if (description) {  // … | algorithm:u8 | crc:u32, whatever the algorithm
    if (event.body.size() <= kChecksumBytes) return fail(Errc::kTruncated, "format description: no checksum");
    checksum = event.body[event.body.size() - kChecksumBytes - 1] == 1 ? Checksum::kCrc32 : Checksum::kNone;
  }
  if (checksum == Checksum::kNone && !description) return event;
  if (event.body.size() < kChecksumBytes) return fail(Errc::kTruncated, "binlog event: no room for its checksum");
  ByteCursor tail(event.body.substr(event.body.size() - kChecksumBytes));
  event.body.remove_suffix(kChecksumBytes);
  if (checksum == Checksum::kCrc32 && tail.little<std::uint32_t>() != crc_of(bytes.substr(0, bytes.size() - kChecksumBytes), description)) {
    return fail(Errc::kMalformed, "binlog event: checksum does not fit, the log is damaged");
  }
  return event;
}

Result<FormatDescription> decode_format_description(std::string_view body) {
  constexpr std::size_t kVersionBytes = 50;
  ByteCursor in(body);
  FormatDescription out;
  out.binlog_version = in.little<std::uint16_t>();
  out.server_version = in.take(kVersionBytes);
  out.server_version = out.server_version.substr(0, out.server_version.find('\0'));
  in.skip(4);  // when the file was made
  const auto header_bytes = in.little<std::uint8_t>();
  if (!in.ok() || in.remaining() < 1) return fail(Errc::kTruncated, "format description cut off");
  if (out.binlog_version != 4) return fail(Errc::kUnsupported, "binlog version " + std::to_string(out.binlog_version) + ", not 4");
  if (header_bytes != kEventHeaderBytes) return fail(Errc::kMalformed, "format description: header length");
  const auto algorithm = in.rest().back();
  if (algorithm != 0 && algorithm != 1) return fail(Errc::kUnsupported, "format description: unknown checksum; SET GLOBAL binlog_checksum=CRC32");
  out.checksum = static_cast<Checksum>(algorithm);
  return out;
}

Result<Rotate> decode_rotate(std::string_view body) {
  ByteCursor in(body);
  Rotate out;
  out.position = in.little<std::uint64_t>();
  if (!in.ok()) return fail(Errc::kTruncated, "rotate event cut off");
  out.file = in.rest();
  if (out.file.empty()) return fail(Errc::kTruncated, "rotate event names no file");
  return out;
}

Result<GtidEvent> decode_gtid(std::string_view body) {
  constexpr unsigned kStandalone = 1, kCommitId = 2, kDdl = 32, kPreparedXa = 64, kCompletedXa = 128;
  ByteCursor in(body);
  GtidEvent out;
  out.sequence = in.little<std::uint64_t>();
  out.domain = in.little<std::uint32_t>();
  const unsigned flags = in.little<std::uint8_t>();
  out.standalone = flags & kStandalone;
  out.ddl = flags & kDdl;
  out.xa_prepare = flags & kPreparedXa;
  out.xa_complete = flags & kCompletedXa;
  if (flags & kCommitId) in.skip(8);
  if (out.xa_prepare || out.xa_complete) {
    const auto start = in.rest();
    in.skip(4);  // the transaction manager's format number
    const auto global = in.little<std::uint8_t>();
    const auto branch = in.little<std::uint8_t>();
    in.skip(static_cast<std::size_t>(global) + branch);
    if (in.ok()) out.xid = start.substr(0, 6U + global + branch);
  }
  if (!in.ok()) return fail(Errc::kTruncated, "GTID event cut off");
  return out;
}

Result<std::vector<Gtid>> decode_gtid_list(std::string_view body) {
  constexpr std::uint32_t kCountMask = (1U << 28) - 1;  // the upper bits are flags
  constexpr std::size_t kGtidBytes = 16;
  ByteCursor in(body);
  const auto count = in.little<std::uint32_t>() & kCountMask;
  if (!in.ok() || count > in.remaining() / kGtidBytes) return fail(Errc::kTruncated, "GTID list cut off");
  std::vector<Gtid> out(count);
  for (auto& gtid : out) {
    gtid.domain = in.little<std::uint32_t>();
    gtid.server_id = in.little<std::uint32_t>();
    gtid.sequence = in.little<std::uint64_t>();
  }
  return out;
}

Result<QueryEvent> decode_query(const BinlogEvent& event, std::string& scratch) {
  ByteCursor in(event.body);
  in.skip(8);  // thread, execution time
  const auto database_bytes = in.little<std::uint8_t>();
  QueryEvent out;
  out.error_code = in.little<std::uint16_t>();
  in.skip(in.little<std::uint16_t>());  // status variables
  out.database = in.take(database_bytes);
  in.skip(1);
  if (!in.ok()) return fail(Errc::kTruncated, "query event cut off");
  out.sql = in.rest();
  if (event.header.type == EventType::kQueryCompressed) {
    if (auto unpacked = unpack(out.sql, scratch); !unpacked) return unpacked.take_error();
    out.sql = scratch;
  }
  return out;
}

Result<std::string_view> decode_heartbeat(std::string_view body) {
  if (body.empty()) return fail(Errc::kTruncated, "heartbeat names no file");
  return body;
}

bool is_rows(EventType type) {
  const auto number = static_cast<unsigned>(type);
  return (number >= 23 && number <= 25) || (number >= 30 && number <= 32) || (number >= 166 && number <= 171);
}

Result<RowsEvent> decode_rows(const BinlogEvent& event, std::string& scratch) {
  const auto form = rows_form(event.header.type);
  ByteCursor in(event.body);
  RowsEvent out;
  out.kind = form.kind;
  out.table_id = in.little_bytes(6);
  out.flags = in.little<std::uint16_t>();
  if (form.version2) {  // a length that counts itself, and data we have no use for
    const auto extra = in.little<std::uint16_t>();
    if (in.ok() && extra < 2) return fail(Errc::kMalformed, "row event: extra data length");
    in.skip(extra - 2U);
  }
  const auto columns = packed_integer(in);
  constexpr std::uint64_t kMostColumns = 4096;  // MariaDB's own limit
  if (in.ok() && columns > kMostColumns) return fail(Errc::kMalformed, "row event: column count");
  out.columns = static_cast<std::uint32_t>(columns);
  const std::size_t bitmap = (columns + 7) / 8;
  out.present = in.take(bitmap);
  if (form.kind == RowsKind::kUpdate) out.present_after = in.take(bitmap);
  if (!in.ok()) return fail(Errc::kTruncated, "row event cut off");
  out.rows = in.rest();
  if (form.compressed) {
    if (auto unpacked = unpack(out.rows, scratch); !unpacked) return unpacked.take_error();
    out.rows = scratch;
  }
  return out;
}

}  // namespace connectors
