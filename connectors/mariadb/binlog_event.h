#pragma once
// MariaDB binlog events as bytes. Pure: bytes in, views into those bytes out.
// Format: MariaDB Knowledge Base "Binlog Event Header" ff.; integers are little-endian.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/byte_cursor.h"
#include "engine/base/result.h"

namespace connectors {

enum class EventType : std::uint8_t {
  kQuery = 2,
  kStop = 3,
  kRotate = 4,
  kIntvar = 5,
  kRand = 13,
  kUserVar = 14,
  kFormatDescription = 15,
  kXid = 16,
  kBeginLoadQuery = 17,
  kExecuteLoadQuery = 18,
  kTableMap = 19,
  kWriteRowsV1 = 23,
  kUpdateRowsV1 = 24,
  kDeleteRowsV1 = 25,
  kIncident = 26,
  kHeartbeat = 27,
  kWriteRows = 30,
  kUpdateRows = 31,
  kDeleteRows = 32,
  kXaPrepare = 38,
  kAnnotateRows = 160,
  kBinlogCheckpoint = 161,
  kGtid = 162,
  kGtidList = 163,
  kStartEncryption = 164,
  kQueryCompressed = 165,
  kWriteRowsCompressedV1 = 166,
  kUpdateRowsCompressedV1 = 167,
  kDeleteRowsCompressedV1 = 168,
  kWriteRowsCompressed = 169,
  kUpdateRowsCompressed = 170,
  kDeleteRowsCompressed = 171,
};

enum class Checksum : std::uint8_t { kNone = 0, kCrc32 = 1 };

inline constexpr std::size_t kEventHeaderBytes = 19;

struct EventHeader {
  static constexpr std::uint16_t kArtificial = 0x20;  ///< made by the server for the reader, stands in no file
  static constexpr std::uint16_t kIgnorable = 0x80;   ///< may be skipped by a reader that does not know the type
  std::uint32_t timestamp = 0;                        ///< seconds since 1970
  EventType type{};
  std::uint32_t server_id = 0;
  std::uint32_t bytes = 0;                            ///< of the whole event
  std::uint32_t next_position = 0;                    ///< where the next event begins in the file; 0 for artificial ones
  std::uint16_t flags = 0;
};

struct BinlogEvent {
  EventHeader header;
  std::string_view body;  ///< without header and checksum
};

/// One whole event. kTruncated: shorter than its header says. kMalformed: longer, or the checksum does not fit.
/// A format description always ends in its own checksum, whatever `checksum` says.
engine::Result<BinlogEvent> decode_event(std::string_view bytes, Checksum checksum);
/// The header alone, for finding where an event ends in a file.
engine::Result<EventHeader> decode_event_header(std::string_view bytes);

struct FormatDescription {
  std::uint16_t binlog_version = 0;  ///< 4, or decoding fails with kUnsupported
  std::string_view server_version;
  Checksum checksum = Checksum::kNone;  ///< of the events that follow
};
engine::Result<FormatDescription> decode_format_description(std::string_view body);

struct Rotate {
  std::uint64_t position = 0;
  std::string_view file;
};
engine::Result<Rotate> decode_rotate(std::string_view body);

struct GtidEvent {
  std::uint64_t sequence = 0;
  std::uint32_t domain = 0;
  bool standalone = false;    ///< one statement (DDL) that no COMMIT or XID follows
  bool ddl = false;
  bool xa_prepare = false;    ///< the group ends in XA PREPARE: its rows count once the commit comes
  bool xa_complete = false;   ///< the group is an XA COMMIT or XA ROLLBACK
  std::string xid;            ///< for both; opaque, equal for prepare and completion
};
engine::Result<GtidEvent> decode_gtid(std::string_view body);

struct Gtid {
  std::uint32_t domain = 0;
  std::uint32_t server_id = 0;
  std::uint64_t sequence = 0;
  friend bool operator==(const Gtid&, const Gtid&) = default;
};
engine::Result<std::vector<Gtid>> decode_gtid_list(std::string_view body);

struct QueryEvent {
  std::uint16_t error_code = 0;
  std::string_view database;
  std::string_view sql;
};
/// kQuery and kQueryCompressed; `scratch` holds unpacked text and must outlive the result.
engine::Result<QueryEvent> decode_query(const BinlogEvent& event, std::string& scratch);

/// The file a heartbeat names; its position is in the header.
engine::Result<std::string_view> decode_heartbeat(std::string_view body);

enum class RowsKind : std::uint8_t { kWrite, kUpdate, kDelete };
struct RowsEvent {
  static constexpr std::uint16_t kStatementEnd = 1;
  static constexpr std::uint16_t kNoForeignKeyChecks = 2;
  std::uint64_t table_id = 0;
  std::uint16_t flags = 0;
  RowsKind kind{};
  std::uint32_t columns = 0;
  std::string_view present;        ///< bitmap over columns: in the image (for kUpdate: in the one before)
  std::string_view present_after;  ///< kUpdate only
  std::string_view rows;           ///< images, one behind the other
};
bool is_rows(EventType type);
/// Any of the row event types; `scratch` holds unpacked rows and must outlive the result.
engine::Result<RowsEvent> decode_rows(const BinlogEvent& event, std::string& scratch);

/// MySQL's length-encoded integer. Failure sticks in the cursor; 251 (NULL) and 255 are refused.
std::uint64_t packed_integer(engine::ByteCursor& in);

}  // namespace connectors
