#pragma once
// How imports and exports say what went wrong.

#include <ostream>
#include <string>

#include "engine/base/result.h"

namespace app::transfer {

inline constexpr int kFailed = 1;

inline void refuse(std::ostream& err, const std::string& why) { err << "millrace: " << why << '\n'; }

/// Why the data directory cannot be opened, with the way out.
inline std::string opening_failed(const engine::Error& error) {
  return error.code == engine::Errc::kConflict ? error.detail + "; a server runs on this directory: stop it first" : error.detail;
}

}  // namespace app::transfer
