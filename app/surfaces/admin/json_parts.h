#pragma once
// Parts of JSON that records of operators have in common.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json_writer.h"
#include "engine/base/utc.h"

namespace app::admin {

inline void write_texts(engine::JsonWriter& json, std::string_view key, const std::vector<std::string>& all) {
  json.key(key).begin_array();
  for (const auto& text : all) json.string(text);
  json.end_array();
}

/// RFC 3339, or null.
inline void write_instant(engine::JsonWriter& json, std::string_view key, const std::optional<engine::WallTime>& t) {
  json.key(key);
  t ? json.string(engine::rfc3339(*t)) : json.null();
}

}  // namespace app::admin
