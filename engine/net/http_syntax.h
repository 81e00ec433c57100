#pragma once
// The grammar that requests and responses share (RFC 9110 and 9112). Pure: bytes in, views into those bytes out.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/net/http.h"

namespace engine::net {

bool equal_ignoring_case(std::string_view a, std::string_view b);
/// A non-empty run of token characters (method and field names).
bool is_token(std::string_view text);
/// CR, LF or NUL: what must never stand in a field value that is sent.
bool has_line_end(std::string_view text);
/// Sent as a line of a head they stay one line: a token, and a value without line end.
bool is_header_line(std::string_view name, std::string_view value);
/// Percent-decodes; invalid escapes stay as they are. `plus_is_space`: form encoding.
std::string percent_decode(std::string_view text, bool plus_is_space);
/// RFC 3986: unreserved characters stay, and those of `also_plain`; everything else is percent-encoded byte by byte.
std::string percent_encode(std::string_view text, std::string_view also_plain = {});

/// One "name: value" line without its CRLF; the value without surrounding blanks. nullopt: no colon, a name that is not a token
/// (so also a blank before the colon and a folded line), a control character in the value.
struct FieldLine {
  std::string_view name;
  std::string_view value;
};
std::optional<FieldLine> parse_field_line(std::string_view line);

/// Digits only, at most 19. nullopt: anything else ("+5", "5, 5", "", " 5").
std::optional<std::uint64_t> parse_decimal(std::string_view text);

/// How the headers of a message say that its body is delimited.
struct Framing {
  enum class Kind { kNone, kLength, kChunked };
  Kind kind = Kind::kNone;
  std::uint64_t length = 0;
  std::string_view refused;         ///< not empty: why the message must not be read any further
  bool unknown_coding = false;      ///< the refusal is about a transfer coding that we do not speak
};
/// What a message's headers, shown one by one, say of its body's end and of its connection.
class FramingReader {
 public:
  void see(std::string_view name, std::string_view value);
  /// Refuses what two readers could understand differently: Content-Length and Transfer-Encoding together, either of them twice,
  /// lengths that are not plain digits, codings other than exactly "chunked".
  Framing framing() const;
  /// Stands in the comma-separated Connection header(s).
  bool says_close() const { return close_; }
  bool says_keep_alive() const { return keep_alive_; }

 private:
  void see_connection(std::string_view value);

  std::optional<std::uint64_t> length_;
  bool has_length_ = false;
  bool has_coding_ = false;
  bool chunked_ = false;
  bool close_ = false;
  bool keep_alive_ = false;
  std::string_view twice_;  // why that is refused
};

/// Finds lines that end in CRLF in bytes that arrive in pieces.
class LineFinder {
 public:
  enum class Found { kLine, kNeedMore, kTooLong, kBareLineFeed };
  /// `bytes` starts where the line starts and is offered again, longer, after kNeedMore. kLine: `line` is the line without CRLF
  /// and size() + 2 bytes are used up. kTooLong: more than `max` bytes (CRLF included) without an end.
  Found find(std::string_view bytes, std::size_t max, std::string_view& line);
  /// Nothing of the line that comes was offered yet.
  bool at_start() const { return searched_ == 0; }

 private:
  std::size_t searched_ = 0;  // no line feed before this
};

/// Undoes the chunked coding, trailers included (they are checked and dropped).
class ChunkedBody {
 public:
  enum class State { kNeedMore, kDone, kMalformed, kTooLarge };
  /// Appends decoded bytes to `body` and returns how many bytes of `bytes` are used up; the rest is offered again with more behind it.
  /// kTooLarge: the body would grow past `max_body`.
  std::size_t consume(std::string_view bytes, std::string& body, std::size_t max_body);
  State state() const { return state_; }
  /// For kMalformed.
  std::string_view why() const { return why_; }

 private:
  enum class Part { kSize, kData, kDataEnd, kTrailer };
  std::size_t take_line(std::string_view bytes, std::size_t body_size, std::size_t max_body);
  std::size_t malformed(std::string_view why);
  void read_size(std::string_view line, std::size_t body_size, std::size_t max_body);

  State state_ = State::kNeedMore;
  Part part_ = Part::kSize;
  LineFinder lines_;
  std::uint64_t left_ = 0;          // of the current chunk
  std::size_t trailer_bytes_ = 0;
  std::string_view why_;
};

}  // namespace engine::net
