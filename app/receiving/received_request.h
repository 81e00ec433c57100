#pragma once
// A webhook request as a receiver has kept it.

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/net/http.h"

namespace app::receiving {

struct ReceivedRequest {
  std::vector<engine::net::Header> headers;
  std::string body;  ///< every byte behind the empty line
};
/// "POST /hook HTTP/1.1" (may be absent), "Name: value" lines, an empty line, the body. Lines end in CRLF or LF; the body is taken byte by byte.
/// kMalformed names the line that is no header; kTruncated: no empty line, or the body is not as long as Content-Length says, either way: not what was sent.
engine::Result<ReceivedRequest> parse_received(std::string_view bytes);
/// The headers alone, of which the empty line may be missing; the body comes from elsewhere. Errors as above.
engine::Result<ReceivedRequest> parse_received(std::string_view headers, std::string body);

}  // namespace app::receiving
