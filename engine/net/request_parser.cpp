#include "engine/net/request_parser.h"

#include <algorithm>
#include <array>

namespace engine::net {
namespace {

constexpr std::size_t kKeptBytes = 1024, kKeptHeaders = 32;
constexpr std::size_t kBlankBytesBeforeRequest = 4;  // two empty lines: some clients end a body with one too many

Method method_of(std::string_view token) {
  for (const auto method : {Method::kGet, Method::kHead, Method::kPost, Method::kPut, Method::kPatch, Method::kDelete, Method::kOptions}) {
    if (token == name(method)) return method;
  }
  return Method::kOther;
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool escapes_are_whole(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (at + 2 >= text.size() || !is_hex(text[at + 1]) || !is_hex(text[at + 2])) return false;
  }
  return true;
}

}  // namespace

void RequestParser::reset() {
  state_ = State::kHead;
  forget_request();
  lines_ = {};
  head_bytes_ = 0;
  has_request_line_ = keep_alive_ = http_1_0_ = expects_continue_ = false;
  framing_ = {};
  chunks_ = {};
}

// An ordinary request leaves its memory to the next one, a large one gives it back.
void RequestParser::forget_request() {
  if (request_.target.capacity() > kKeptBytes || request_.body.capacity() > kKeptBytes || request_.headers.capacity() > kKeptHeaders) {
    request_ = {};
    return;
  }
  request_.method = Method::kOther;
  for (auto* text : {&request_.target, &request_.path, &request_.query, &request_.body}) text->clear();
  request_.headers.clear();
  request_.interruption = nullptr;
}

std::size_t RequestParser::consume(std::string_view bytes) {
  std::size_t used = 0;
  if (state_ == State::kHead) used = consume_head(bytes);
  if (state_ == State::kBody) used += consume_body(bytes.substr(used));
  return used;
}

// Line by line, each judged in the order of its bytes, so that the cut of the input cannot change the verdict.
std::size_t RequestParser::consume_head(std::string_view bytes) {
  std::size_t used = 0;
  while (state_ == State::kHead) {
    const auto rest = bytes.substr(used);
    if (!has_request_line_ && !rest.empty() && rest[0] != '\r' && rest[0] != '\n' && !is_token(rest.substr(0, 1))) {
      fail_with(400, "The request does not start with a method.");
      return used;
    }
    std::string_view line;
    switch (lines_.find(rest, limits_.head_bytes - head_bytes_, line)) {
      case LineFinder::Found::kNeedMore: return used;
      case LineFinder::Found::kTooLong: fail_with(431, "The request head is too large."); return used;
      case LineFinder::Found::kBareLineFeed: fail_with(400, "A line of the request head ends without CR."); return used;
      case LineFinder::Found::kLine: break;
    }
    used += line.size() + 2;
    head_bytes_ += line.size() + 2;
    read_line(line);
  }
  return used;
}

void RequestParser::read_line(std::string_view line) {
  if (!has_request_line_) {
    if (line.empty() && head_bytes_ <= kBlankBytesBeforeRequest) return;
    has_request_line_ = true;
    return read_request_line(line);
  }
  if (line.empty()) return finish_head();
  if (request_.headers.size() >= limits_.header_count) return fail_with(431, "The request has too many headers.");
  const auto field = parse_field_line(line);
  if (!field) return fail_with(400, "A header is malformed.");
  if (request_.headers.empty()) request_.headers.reserve(8);
  request_.headers.push_back({std::string(field->name), std::string(field->value)});
}

void RequestParser::read_request_line(std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last || !is_token(line.substr(0, first))) {
    return fail_with(400, "The request line is malformed.");
  }
  request_.method = method_of(line.substr(0, first));
  read_version(line.substr(last + 1));
  if (state_ == State::kHead) read_target(line.substr(first + 1, last - first - 1));
}

void RequestParser::read_version(std::string_view version) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (version.size() != 8 || version.substr(0, 5) != "HTTP/" || !digit(version[5]) || version[6] != '.' || !digit(version[7])) {
    return fail_with(400, "The request line is malformed.");
  }
  http_1_0_ = version.substr(5) == "1.0";
  if (!http_1_0_ && version.substr(5) != "1.1") fail_with(505, "Only HTTP/1.0 and HTTP/1.1 are supported.");
}

void RequestParser::read_target(std::string_view target) {
  const auto refused = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '#'; };
  if (target.empty() || std::any_of(target.begin(), target.end(), refused)) return fail_with(400, "The request target is malformed.");
  if (target.size() > limits_.target_bytes) return fail_with(414, "The request target is too long.");
  request_.target = target;
  if (target == "*" && request_.method == Method::kOptions) {
    request_.path = target;
    return;
  }
  if (target[0] != '/') {  // absolute form: what is sent to proxies, and legal to us
    const auto scheme = target.find("://");
    if (scheme == std::string_view::npos || !(equal_ignoring_case(target.substr(0, scheme), "http") || equal_ignoring_case(target.substr(0, scheme), "https"))) {
      return fail_with(400, "The request target is malformed.");
    }
    const auto authority = target.substr(scheme + 3);
    const auto path = authority.find_first_of("/?");
    if (path == 0) return fail_with(400, "The request target is malformed.");
    target = path == std::string_view::npos ? std::string_view{} : authority.substr(path);
  }
  read_path(target);
}

void RequestParser::read_path(std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  if (path.size() < target.size()) request_.query = target.substr(path.size() + 1);
  if (!escapes_are_whole(path)) return fail_with(400, "The path has an invalid percent escape.");
  if (path.find('%') == path.npos) {
    request_.path = path.empty() ? std::string_view("/") : path;
  } else {
    request_.path = percent_decode(path, false);
  }
  if (request_.path.find('\0') != std::string::npos) fail_with(400, "The path contains a zero byte.");
}

void RequestParser::finish_head() {
  FramingReader reader;
  for (const auto& header : request_.headers) reader.see(header.name, header.value);
  keep_alive_ = !reader.says_close() && (!http_1_0_ || reader.says_keep_alive());
  check_host();
  if (state_ == State::kHead) framing_ = reader.framing();
  if (state_ == State::kHead && !framing_.refused.empty()) fail_with(framing_.unknown_coding ? 501 : 400, framing_.refused);
  if (state_ == State::kHead && framing_.kind == Framing::Kind::kChunked && http_1_0_) {
    fail_with(400, "HTTP/1.0 has no transfer codings.");
  }
  if (state_ == State::kHead && framing_.length > limits_.body_bytes) fail_with(413, "The request body is too large.");
  if (state_ == State::kHead) check_expectation();
  if (state_ != State::kHead) return;
  const bool has_body = framing_.kind == Framing::Kind::kChunked || framing_.length > 0;
  state_ = has_body ? State::kBody : State::kDone;
}

void RequestParser::check_host() {
  const auto hosts = std::count_if(request_.headers.begin(), request_.headers.end(), [](const Header& h) { return equal_ignoring_case(h.name, "host"); });
  if (hosts > 1 || (hosts == 0 && !http_1_0_)) fail_with(400, "Exactly one Host header is required.");
}

void RequestParser::check_expectation() {
  const auto expected = request_.header("expect");
  if (!expected || http_1_0_) return;  // HTTP/1.0 clients do not know the word
  if (!equal_ignoring_case(*expected, "100-continue")) return fail_with(417, "Only the expectation 100-continue is supported.");
  expects_continue_ = true;
}

std::size_t RequestParser::consume_body(std::string_view bytes) {
  if (framing_.kind == Framing::Kind::kLength) {
    const auto n = std::min<std::size_t>(bytes.size(), static_cast<std::size_t>(framing_.length) - request_.body.size());
    request_.body.append(bytes.substr(0, n));
    if (request_.body.size() == framing_.length) state_ = State::kDone;
    return n;
  }
  const auto used = chunks_.consume(bytes, request_.body, limits_.body_bytes);
  switch (chunks_.state()) {
    case ChunkedBody::State::kNeedMore: break;
    case ChunkedBody::State::kDone: state_ = State::kDone; break;
    case ChunkedBody::State::kMalformed: fail_with(400, chunks_.why()); break;
    case ChunkedBody::State::kTooLarge: fail_with(413, "The request body is too large."); break;
  }
  return used;
}

void RequestParser::fail_with(int status, std::string_view why) {
  state_ = State::kFailed;
  error_status_ = status;
  error_ = why;
}

}  // namespace engine::net
