#pragma once
// HTTP messages as the rest of the program sees them: already parsed, already bounded.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace engine::net {

class BodyStream;    // body_stream.h
class Interruption;  // body_stream.h

enum class Method : unsigned char { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };
/// "GET", …; kOther gives "OTHER".
std::string_view name(Method method);

struct Header {
  std::string name;
  std::string value;
};

/// Case-insensitive look-up of the first header of that name; nullopt where it is absent.
std::optional<std::string_view> find_header(const std::vector<Header>& headers, std::string_view name);
/// The same in lines as they go out, each with its CRLF.
std::optional<std::string_view> find_header(std::string_view lines, std::string_view name);

/// Name and value of a query parameter, percent-decoded ('+' is a space). Order as sent.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;
/// Invalid percent escapes stay as they are. Bounded by the caller's limit on the target's length.
QueryParameters parse_query(std::string_view query);

/// One request. Owns its bytes.
struct Request {
  Method method = Method::kOther;
  std::string target;         ///< as sent: path and query
  std::string path;           ///< percent-decoded path
  std::string query;          ///< behind '?', raw
  std::vector<Header> headers;
  std::string body;
  std::string peer_address;   ///< textual IP of the client: the socket's other end, or whom a trusted proxy there speaks for; empty: unknown
  std::string proxy_address;  ///< the socket's other end where it is such a proxy; else empty
  Interruption* interruption = nullptr;  ///< tells a handler that waits when to stop; nullptr: nothing does
  std::optional<std::string_view> header(std::string_view wanted) const { return find_header(headers, wanted); }
};

/// One response. The server adds Content-Length (or Transfer-Encoding), Date and Connection; everything else stands here.
struct Response {
  int status = 200;
  std::vector<Header> headers;
  std::string body;
  bool close = false;  ///< end the connection after this response
  std::shared_ptr<BodyStream> stream{};  ///< makes the body instead of `body`: chunked, and to a 1.0 client until the connection closes
  /// Further header lines exactly as they go out, each with its CRLF: only for who makes them of constants, numbers and checked text.
  std::string lines{};
  /// The first header of that name, in `headers` or else in `lines`, without regard to case.
  std::optional<std::string_view> header(std::string_view wanted) const;
};

/// "OK", "Not Found", …; "Status" for numbers without a standard text.
std::string_view reason(int status);

}  // namespace engine::net
