#pragma once
// How bad something is, in the words of the operations endpoints.

#include <cstdint>
#include <string_view>

namespace app::operations {

enum class Level : std::uint8_t { kOk, kWarn, kCritical };

/// "ok", "warn", "critical".
constexpr std::string_view name(Level level) {
  switch (level) {
    case Level::kOk:
      return "ok";
    case Level::kWarn:
      return "warn";
    case Level::kCritical:
      return "critical";
  }
  return "ok";
}

}  // namespace app::operations
