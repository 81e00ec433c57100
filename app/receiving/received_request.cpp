#include "app/receiving/received_request.h"

#include "engine/net/http_syntax.h"

namespace app::receiving {
namespace {

using engine::Errc;
using engine::fail;

constexpr std::size_t kMaxHeaders = 1000;

// Takes the next line without its end off `rest`. False: there is none that ends.
bool take_line(std::string_view& rest, std::string_view& line) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  rest.remove_prefix(end + 1);
  return true;
}

bool is_request_line(std::string_view line) { return line.find(" HTTP/") != std::string_view::npos && line.find(": ") == std::string_view::npos; }

// Reads header lines up to an empty one and leaves what is behind it in `rest`.
engine::Result<std::vector<engine::net::Header>> take_headers(std::string_view& rest) {
  std::vector<engine::net::Header> headers;
  std::string_view line;
  for (std::size_t number = 1; take_line(rest, line); ++number) {
    if (line.empty()) return headers;
    if (number == 1 && is_request_line(line)) continue;
    const auto field = engine::net::parse_field_line(line);
    if (!field || headers.size() == kMaxHeaders) return fail(Errc::kMalformed, "line " + std::to_string(number) + " is no header (Name: value)");
    headers.push_back({std::string(field->name), std::string(field->value)});
  }
  return fail(Errc::kTruncated, "no empty line ends the headers; the body follows behind it");
}

engine::Result<ReceivedRequest> whole(ReceivedRequest request) {
  const auto length = engine::net::find_header(request.headers, "Content-Length");
  if (length && engine::net::parse_decimal(*length) != request.body.size()) {
    return fail(Errc::kTruncated, "the body has " + std::to_string(request.body.size()) + " bytes, its Content-Length is " + std::string(*length) +
                                      ": keep the bytes as they came, without a line end behind them");
  }
  return request;
}

}  // namespace

engine::Result<ReceivedRequest> parse_received(std::string_view bytes) {
  auto headers = take_headers(bytes);
  if (!headers) return headers.take_error();
  return whole({std::move(*headers), std::string(bytes)});
}

engine::Result<ReceivedRequest> parse_received(std::string_view text, std::string body) {
  const std::string ended = std::string(text) + "\n\n";
  std::string_view rest = ended;
  auto headers = take_headers(rest);
  if (!headers) return headers.take_error();
  return whole({std::move(*headers), std::move(body)});
}

}  // namespace app::receiving
