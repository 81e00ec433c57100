#pragma once
// Bytes of a hostile client become one Request or one refusal. Pure: no sockets, no clock, no logging.

#include <cstddef>
#include <string_view>

#include "engine/net/http.h"
#include "engine/net/http_syntax.h"

namespace engine::net {

struct RequestLimits {
  std::size_t head_bytes = 64 * 1024;
  std::size_t target_bytes = 16 * 1024;
  std::size_t header_count = 128;
  std::size_t body_bytes = 1024 * 1024;
};

/// Reads one request at a time from bytes that arrive in any pieces: how they are cut never changes what comes out.
class RequestParser {
 public:
  enum class State {
    kHead,    ///< more bytes of the head are needed
    kBody,    ///< the head is complete, more bytes of the body are needed
    kDone,    ///< request() is whole
    kFailed,  ///< error_status() and error() say why; nothing behind it can be trusted
  };
  explicit RequestParser(RequestLimits limits) : limits_(limits) {}

  /// Returns how many bytes of `bytes` are used up. Call again with the rest and more behind it; at kDone the rest belongs to the next request.
  std::size_t consume(std::string_view bytes);
  /// Forgets the request and reads the next one.
  void reset();

  State state() const { return state_; }
  /// Whole at kDone; from kBody on everything but the body.
  Request& request() { return request_; }
  /// Bytes of the next request were used up already (an unfinished first line is not among them).
  bool head_begun() const { return head_bytes_ > 0; }
  /// What the client wants: the version's default and its Connection header. From kBody on.
  bool keep_alive() const { return keep_alive_; }
  bool http_1_0() const { return http_1_0_; }
  /// The client waits for "100 Continue" before it sends the body.
  bool expects_continue() const { return expects_continue_; }

  /// Decoded bytes of the body that have come.
  std::size_t body_so_far() const { return request_.body.size(); }

  /// 400, 413, 414, 417, 431, 501 or 505.
  int error_status() const { return error_status_; }
  std::string_view error() const { return error_; }

 private:
  std::size_t consume_head(std::string_view bytes);
  std::size_t consume_body(std::string_view bytes);
  void read_line(std::string_view line);
  void read_request_line(std::string_view line);
  void read_version(std::string_view version);
  void read_target(std::string_view target);
  void read_path(std::string_view path);
  void finish_head();
  void check_host();
  void forget_request();
  void check_expectation();
  void fail_with(int status, std::string_view why);

  RequestLimits limits_;
  State state_ = State::kHead;
  Request request_;
  LineFinder lines_;
  std::size_t head_bytes_ = 0;
  bool has_request_line_ = false;
  bool keep_alive_ = false;
  bool http_1_0_ = false;
  bool expects_continue_ = false;
  Framing framing_;
  ChunkedBody chunks_;
  int error_status_ = 0;
  std::string_view error_;
};

}  // namespace engine::net
