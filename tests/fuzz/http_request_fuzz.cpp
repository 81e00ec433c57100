// Any bytes, cut anywhere: the parser never reads past them, never grows past its limits, and the cut never changes the outcome.
// The first byte chooses the cut.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "engine/net/request_parser.h"

namespace {

using engine::net::RequestLimits;
using engine::net::RequestParser;

constexpr RequestLimits kLimits{.head_bytes = 4096, .target_bytes = 1024, .header_count = 32, .body_bytes = 4096};

void offer(RequestParser& parser, std::string& waiting, std::string_view more) {
  if (parser.state() == RequestParser::State::kDone || parser.state() == RequestParser::State::kFailed) return;
  waiting += more;
  const auto used = parser.consume(waiting);
  if (used > waiting.size()) std::abort();
  waiting.erase(0, used);
}

void require(bool held) {
  if (!held) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto cut = bytes.empty() ? 0 : data[0] * bytes.size() / 256;
  RequestParser whole(kLimits);
  RequestParser pieces(kLimits);
  std::string whole_waiting;
  std::string pieces_waiting;
  offer(whole, whole_waiting, bytes);
  offer(pieces, pieces_waiting, bytes.substr(0, cut));
  offer(pieces, pieces_waiting, bytes.substr(cut));
  require(whole.state() == pieces.state());
  require(whole.request().headers.size() <= kLimits.header_count && whole.request().body.size() <= kLimits.body_bytes);
  if (whole.state() == RequestParser::State::kFailed) {
    require(whole.error_status() == pieces.error_status() && whole.error() == pieces.error());
    require(whole.error_status() >= 400 && !whole.error().empty());
  }
  if (whole.state() == RequestParser::State::kDone) {
    require(whole.request().path == pieces.request().path && whole.request().body == pieces.request().body);
    require(whole.keep_alive() == pieces.keep_alive() && !whole.request().path.empty());
  }
  return 0;
}
