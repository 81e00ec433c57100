#pragma once
// The messages of PostgreSQL's logical decoding plugin pgoutput, protocol version 1 (PostgreSQL manual, "Logical Replication Message Formats").

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "connectors/postgres/lsn.h"
#include "engine/base/result.h"
#include "engine/base/utc.h"

namespace connectors::postgres {

/// One column of a row as the stream has it. Views point into the message's bytes.
struct Value {
  enum class State : std::uint8_t {
    kNull,
    kUnchanged,  ///< a large value that the update left alone: it is not sent
    kText,       ///< as the type prints it
  };
  State state = State::kNull;
  std::string_view text;
};
using Tuple = std::vector<Value>;

struct Begin {
  Lsn commit_lsn = 0;            ///< where the transaction's commit record begins
  engine::WallTime commit_time;
  std::uint32_t xid = 0;
};
struct Commit {
  Lsn commit_lsn = 0;
  Lsn end_lsn = 0;               ///< behind the commit record
  engine::WallTime commit_time;
};
struct Origin {
  Lsn lsn = 0;
  std::string_view name;
};
struct Relation {
  struct Attribute {
    bool key = false;            ///< part of the replica identity
    std::string name;
    std::uint32_t type = 0;      ///< OID
    std::int32_t modifier = -1;  ///< -1: none
    friend bool operator==(const Attribute&, const Attribute&) = default;
  };
  std::uint32_t id = 0;          ///< OID
  std::string schema, name;      ///< schema empty: pg_catalog
  char identity = 'd';           ///< d: primary key, i: an index, f: the whole row, n: nothing
  std::vector<Attribute> attributes;
};
struct Type {
  std::uint32_t id = 0;
  std::string_view schema, name;
};
struct RowMessage {
  enum class Kind : std::uint8_t { kInsert, kUpdate, kDelete };
  enum class Former : std::uint8_t { kNone, kKey, kWhole };
  Kind kind = Kind::kInsert;
  std::uint32_t relation = 0;
  Former former = Former::kNone;  ///< what `before` holds: nothing, the replica identity's columns (others null), or every column
  Tuple before;
  Tuple after;
};
struct Truncate {
  std::vector<std::uint32_t> relations;  ///< also those that CASCADE reached
};
struct LogicalMessage {
  bool transactional = false;
  Lsn lsn = 0;
  std::string_view prefix, content;
};

using Message = std::variant<Begin, Commit, Origin, Relation, Type, RowMessage, Truncate, LogicalMessage>;

/// One message. kTruncated: it ends early; kMalformed: bytes that no message has; kUnsupported: another kind of message than protocol 1 has.
/// Every length is checked against what is there; a message may say more columns than it has bytes, and is refused then.
engine::Result<Message> decode_message(std::string_view bytes);

}  // namespace connectors::postgres
