#pragma once
// Bytes of a hostile receiver become one response or one refusal. Pure.

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "engine/net/http_syntax.h"
#include "engine/net/transport.h"

namespace engine::net {

/// Reads the answer to one POST; interim 1xx answers are skipped. How the bytes are cut never changes what comes out.
class ResponseParser {
 public:
  enum class State { kHead, kBody, kDone, kFailed };
  /// `max_bytes`: head and body together; `max_head_bytes`: of all heads, interim ones too. Once the status line is understood, reaching a limit ends the
  /// response (cut()) instead of failing it.
  explicit ResponseParser(std::size_t max_bytes) : ResponseParser(max_bytes, max_bytes) {}
  ResponseParser(std::size_t max_bytes, std::size_t max_head_bytes) : max_bytes_(max_bytes), max_head_bytes_(std::min(max_bytes, max_head_bytes)) {}

  /// Returns how many bytes are used up; bytes left over at kDone do not belong to this response.
  std::size_t consume(std::string_view bytes);
  /// The peer closed its side: ends a body without a length, fails anything else that is not whole.
  void end_of_stream();

  State state() const { return state_; }
  /// The limit was reached; the rest of the response is still on the wire.
  bool cut() const { return cut_; }
  /// Whether the connection can carry another exchange after kDone.
  bool reusable() const { return reusable_ && !cut_; }
  OutboundResponse& response() { return response_; }
  /// At kFailed: whether the stream ended early (the peer may answer next time) or the bytes were no HTTP.
  bool ended_early() const { return ended_early_; }
  std::string_view error() const { return error_; }

 private:
  enum class Body { kNone, kLength, kChunked, kUntilClose };
  bool is_usual_start(std::string_view bytes) const;
  std::size_t consume_head(std::string_view bytes);
  std::size_t consume_body(std::string_view bytes);
  std::size_t consume_plain(std::string_view bytes);
  void read_line(std::string_view line);
  void read_status_line(std::string_view line);
  void finish_head();
  void limit_reached();
  void fail_with(std::string_view why);

  const std::size_t max_bytes_, max_head_bytes_;
  State state_ = State::kHead;
  OutboundResponse response_;
  FramingReader framing_;
  LineFinder lines_;
  std::size_t head_bytes_ = 0;  // of all heads, interim ones too
  bool http_1_0_ = false;
  bool reusable_ = false;
  bool cut_ = false;
  bool ended_early_ = false;
  Body body_ = Body::kNone;
  std::uint64_t left_ = 0;
  ChunkedBody chunks_;
  std::string_view error_;
};

}  // namespace engine::net
