#pragma once
// How this project reports failure: values, never exceptions across a folder's border.
// std::expected does not exist in GCC 12; tl::expected has nearly its names, wrapped once here.

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace engine {

/// Why something failed. A code exists because some caller acts on it differently.
enum class Errc {
  kTruncated,    ///< input ends before the thing it announces
  kMalformed,    ///< input is not what its format allows; retrying cannot help
  kUnsupported,  ///< well-formed, but a version or feature we do not have
  kNotFound,     ///< the thing asked for does not exist
  kConflict,     ///< the stored state contradicts the request
  kUnavailable,  ///< a peer or resource is away; retrying may help
  kTimedOut,     ///< the deadline passed first
  kCancelled,    ///< we were asked to stop
  kExpired,      ///< it existed once; retention or its lifetime removed it
  kDenied,       ///< refused by a rule of ours (guarded dialer, permission)
  kFull,         ///< a bounded thing has no room (queue, disk, limit)
};

/// Short lower-case name for logs ("truncated", "not_found", …).
const char* name(Errc code);

struct Error {
  Errc code;
  std::string detail;  ///< for people and logs; code that branches looks at `code` only
};

[[nodiscard]] inline tl::unexpected<Error> fail(Errc code, std::string detail = {}) {
  return tl::unexpected<Error>(Error{code, std::move(detail)});
}

/// A value or an Error. Ignoring one is a compile error; pass it up in the open:
///   auto row = decode(in);
///   if (!row) return row.take_error();
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using Base = tl::expected<T, Error>;
  using Base::Base;
  Result(Base base) : Base(std::move(base)) {}
  tl::unexpected<Error> take_error() { return tl::unexpected<Error>(std::move(this->error())); }
};

/// The value of a Result<void> that succeeded.
inline Result<void> ok() { return {}; }

}  // namespace engine
