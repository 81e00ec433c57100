#include "engine/net/response_parser.h"

#include <algorithm>

namespace engine::net {

namespace {

constexpr std::string_view kUsualStart = "HTTP/1.1 200 OK\r\n";

}  // namespace

// What most answers begin with says the same to read_line(), in more steps.
bool ResponseParser::is_usual_start(std::string_view bytes) const {
  return response_.status == 0 && lines_.at_start() && kUsualStart.size() <= max_head_bytes_ - head_bytes_ && bytes.starts_with(kUsualStart);
}

std::size_t ResponseParser::consume(std::string_view bytes) {
  std::size_t used = 0;
  if (state_ == State::kHead) used = consume_head(bytes);
  if (state_ == State::kBody) used += consume_body(bytes.substr(used));
  return used;
}

std::size_t ResponseParser::consume_head(std::string_view bytes) {
  constexpr std::string_view kStart = "HTTP/1.";
  std::size_t used = 0;
  while (state_ == State::kHead) {
    const auto rest = bytes.substr(used);
    if (is_usual_start(rest)) {
      response_.status = 200;
      http_1_0_ = false;
      used += kUsualStart.size();
      head_bytes_ += kUsualStart.size();
      continue;
    }
    if (response_.status == 0 && rest.substr(0, kStart.size()) != kStart.substr(0, rest.size())) {
      fail_with("the answer does not start like HTTP/1.1");
      return used;
    }
    std::string_view line;
    switch (lines_.find(rest, max_head_bytes_ - head_bytes_, line)) {
      case LineFinder::Found::kNeedMore: return used;
      case LineFinder::Found::kTooLong: limit_reached(); return used;
      case LineFinder::Found::kBareLineFeed: fail_with("a line of the head ends without CR"); return used;
      case LineFinder::Found::kLine: break;
    }
    used += line.size() + 2;
    head_bytes_ += line.size() + 2;
    read_line(line);
  }
  return used;
}

void ResponseParser::read_line(std::string_view line) {
  if (response_.status == 0) return read_status_line(line);
  if (line.empty()) return finish_head();
  const auto field = parse_field_line(line);
  if (!field) return fail_with("a header is malformed");
  framing_.see(field->name, field->value);
  response_.lines.append(line.data(), line.size() + 2);  // with its CRLF
}

void ResponseParser::read_status_line(std::string_view line) {
  const auto digit = [&](std::size_t i) { return line[i] >= '0' && line[i] <= '9'; };
  const bool shaped = line.size() >= 12 && (line[7] == '0' || line[7] == '1') && line[8] == ' ' && line[9] >= '1' && line[9] <= '9' && digit(10) && digit(11) &&
                      (line.size() == 12 || line[12] == ' ');
  if (!shaped) return fail_with("the status line is malformed");
  http_1_0_ = line[7] == '0';
  response_.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
}

void ResponseParser::finish_head() {
  if (response_.status == 101) return fail_with("the peer switched protocols unasked");
  if (response_.status < 200) {  // interim: forget it and read the next head
    response_ = {};
    framing_ = {};
    return;
  }
  const auto framing = framing_.framing();
  if (!framing.refused.empty()) return fail_with(framing.refused);
  reusable_ = http_1_0_ ? framing_.says_keep_alive() : !framing_.says_close();
  if (response_.status == 204 || response_.status == 304) {
    body_ = Body::kNone;
  } else if (framing.kind == Framing::Kind::kChunked) {
    body_ = Body::kChunked;
  } else if (framing.kind == Framing::Kind::kLength) {
    body_ = framing.length > 0 ? Body::kLength : Body::kNone;
    left_ = framing.length;
  } else {
    body_ = Body::kUntilClose;
    reusable_ = false;
  }
  state_ = body_ == Body::kNone ? State::kDone : State::kBody;
}

std::size_t ResponseParser::consume_body(std::string_view bytes) {
  if (body_ != Body::kChunked) return consume_plain(bytes);
  const auto used = chunks_.consume(bytes, response_.body, max_bytes_ - head_bytes_);
  switch (chunks_.state()) {
    case ChunkedBody::State::kNeedMore: break;
    case ChunkedBody::State::kDone: state_ = State::kDone; break;
    case ChunkedBody::State::kMalformed: fail_with(chunks_.why()); break;
    case ChunkedBody::State::kTooLarge: limit_reached(); break;
  }
  return used;
}

std::size_t ResponseParser::consume_plain(std::string_view bytes) {
  const auto room = max_bytes_ - head_bytes_ - response_.body.size();
  auto n = std::min(bytes.size(), room);
  if (body_ == Body::kLength) n = static_cast<std::size_t>(std::min<std::uint64_t>(n, left_));
  response_.body.append(bytes.substr(0, n));
  if (body_ == Body::kLength) left_ -= n;
  if (body_ == Body::kLength && left_ == 0) {
    state_ = State::kDone;
  } else if (n == room && (n < bytes.size() || body_ == Body::kLength)) {
    limit_reached();
  }
  return n;
}

void ResponseParser::end_of_stream() {
  if (state_ == State::kBody && body_ == Body::kUntilClose) {
    state_ = State::kDone;
  } else if (state_ == State::kHead || state_ == State::kBody) {
    ended_early_ = true;
    fail_with(state_ == State::kHead ? "the peer closed before a whole answer" : "the peer closed inside the body");
  }
}

void ResponseParser::limit_reached() {
  if (response_.status < 200) return fail_with("the head is too large");
  cut_ = true;
  state_ = State::kDone;
}

void ResponseParser::fail_with(std::string_view why) {
  state_ = State::kFailed;
  error_ = why;
}

}  // namespace engine::net
