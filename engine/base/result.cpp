#include "engine/base/result.h"

namespace engine {

const char* name(Errc code) {
  switch (code) {
    case Errc::kTruncated: return "truncated";
    case Errc::kMalformed: return "malformed";
    case Errc::kUnsupported: return "unsupported";
    case Errc::kNotFound: return "not_found";
    case Errc::kConflict: return "conflict";
    case Errc::kUnavailable: return "unavailable";
    case Errc::kTimedOut: return "timed_out";
    case Errc::kCancelled: return "cancelled";
    case Errc::kExpired: return "expired";
    case Errc::kDenied: return "denied";
    case Errc::kFull: return "full";
  }
  return "unknown";
}

}  // namespace engine
