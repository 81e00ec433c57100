#include "connectors/postgres/pgoutput.h"

#include "engine/base/byte_cursor.h"

namespace connectors::postgres {

using engine::ByteCursor;
using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

/// Microseconds since 2000-01-01 UTC. Whatever the bytes say is a time: no arithmetic may overflow.
engine::WallTime instant(ByteCursor& in) {
  constexpr std::int64_t kFrom1970To2000 = 946'684'800'000'000;
  std::int64_t micros = 0;
  if (__builtin_add_overflow(static_cast<std::int64_t>(in.big<std::uint64_t>()), kFrom1970To2000, &micros)) micros = 0;
  return engine::WallTime(std::chrono::microseconds(micros));
}

/// A text that ends with a zero byte.
std::string_view zero_ended(ByteCursor& in) {
  const auto end = in.rest().find('\0');
  if (end == std::string_view::npos) {
    in.skip(in.remaining() + 1);  // the cursor's own way to say that it ends early
    return {};
  }
  const auto text = in.take(end);
  in.skip(1);
  return text;
}

bool read_value(ByteCursor& in, Value& into) {
  switch (in.big<std::uint8_t>()) {
    case 'n': into.state = Value::State::kNull; return true;
    case 'u': into.state = Value::State::kUnchanged; return true;
    case 't':
      into.state = Value::State::kText;
      into.text = in.take(in.big<std::uint32_t>());
      return true;
    default: return false;
  }
}

/// False: a value of a kind that there is not.
bool read_tuple(ByteCursor& in, Tuple& into) {
  const std::size_t columns = in.big<std::uint16_t>();
  if (columns > in.remaining()) {  // each takes a byte at least
    in.skip(in.remaining() + 1);
    return true;
  }
  into.resize(columns);
  for (auto& value : into) {
    if (!read_value(in, value)) return false;
    if (!in.ok()) return true;
  }
  return true;
}

Result<Message> end(const ByteCursor& in, Message message, const char* what) {
  if (!in.ok()) return fail(Errc::kTruncated, std::string("pgoutput: ") + what + " ends early");
  if (!in.at_end()) return fail(Errc::kMalformed, std::string("pgoutput: bytes behind ") + what);
  return message;
}

Result<Message> read_relation(ByteCursor& in) {
  Relation out;
  out.id = in.big<std::uint32_t>();
  out.schema = zero_ended(in);
  out.name = zero_ended(in);
  out.identity = static_cast<char>(in.big<std::uint8_t>());
  const std::size_t columns = in.big<std::uint16_t>();
  constexpr std::size_t kLeastBytes = 10;  // flags, an empty name, type and modifier
  if (columns > in.remaining() / kLeastBytes) return fail(in.blame(Errc::kTruncated), "pgoutput: relation with more columns than bytes");
  out.attributes.resize(columns);
  for (auto& attribute : out.attributes) {
    attribute.key = in.big<std::uint8_t>() & 1;
    attribute.name = zero_ended(in);
    attribute.type = in.big<std::uint32_t>();
    attribute.modifier = static_cast<std::int32_t>(in.big<std::uint32_t>());
  }
  return end(in, std::move(out), "relation");
}

Result<Message> read_row(ByteCursor& in, RowMessage::Kind kind) {
  using Kind = RowMessage::Kind;
  RowMessage out;
  out.kind = kind;
  out.relation = in.big<std::uint32_t>();
  auto mark = in.big<std::uint8_t>();
  bool known = true;
  if (kind != Kind::kInsert && (mark == 'K' || mark == 'O')) {
    out.former = mark == 'K' ? RowMessage::Former::kKey : RowMessage::Former::kWhole;
    known = read_tuple(in, out.before);
    if (kind == Kind::kUpdate) mark = in.big<std::uint8_t>();
  } else if (kind == Kind::kDelete) {
    known = false;
  }
  if (known && kind != Kind::kDelete) known = mark == 'N' && read_tuple(in, out.after);
  if (!known && in.ok()) return fail(Errc::kMalformed, "pgoutput: row of an unknown form");
  return end(in, std::move(out), "row");
}

Result<Message> read_truncate(ByteCursor& in) {
  Truncate out;
  const std::size_t relations = in.big<std::uint32_t>();
  in.skip(1);  // CASCADE, RESTART IDENTITY: the list holds what they reached
  if (relations > in.remaining() / sizeof(std::uint32_t)) return fail(in.blame(Errc::kTruncated), "pgoutput: truncation of more relations than bytes");
  for (std::size_t i = 0; i < relations; ++i) out.relations.push_back(in.big<std::uint32_t>());
  return end(in, std::move(out), "truncation");
}

Result<Message> read_logical_message(ByteCursor& in) {
  LogicalMessage out;
  out.transactional = in.big<std::uint8_t>() & 1;
  out.lsn = in.big<std::uint64_t>();
  out.prefix = zero_ended(in);
  out.content = in.take(in.big<std::uint32_t>());
  return end(in, out, "message");
}

Result<Message> read_begin(ByteCursor& in) {
  Begin out;
  out.commit_lsn = in.big<std::uint64_t>();
  out.commit_time = instant(in);
  out.xid = in.big<std::uint32_t>();
  return end(in, out, "begin");
}

Result<Message> read_commit(ByteCursor& in) {
  Commit out;
  in.skip(1);  // flags: none yet
  out.commit_lsn = in.big<std::uint64_t>();
  out.end_lsn = in.big<std::uint64_t>();
  out.commit_time = instant(in);
  return end(in, out, "commit");
}

}  // namespace

Result<Message> decode_message(std::string_view bytes) {
  ByteCursor in(bytes);
  const auto kind = in.big<std::uint8_t>();
  switch (kind) {
    case 'B': return read_begin(in);
    case 'C': return read_commit(in);
    case 'R': return read_relation(in);
    case 'I': return read_row(in, RowMessage::Kind::kInsert);
    case 'U': return read_row(in, RowMessage::Kind::kUpdate);
    case 'D': return read_row(in, RowMessage::Kind::kDelete);
    case 'T': return read_truncate(in);
    case 'M': return read_logical_message(in);
    case 'Y': {
      Type out;
      out.id = in.big<std::uint32_t>();
      out.schema = zero_ended(in);
      out.name = zero_ended(in);
      return end(in, out, "type");
    }
    case 'O': {
      Origin out;
      out.lsn = in.big<std::uint64_t>();
      out.name = zero_ended(in);
      return end(in, out, "origin");
    }
    default: break;
  }
  if (!in.ok()) return fail(Errc::kTruncated, "pgoutput: an empty message");
  return fail(Errc::kUnsupported, "pgoutput: a message of kind " + std::to_string(kind) + ", which protocol 1 does not have");
}

}  // namespace connectors::postgres
