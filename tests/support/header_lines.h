#pragma once
// Header lines as they go out, taken apart again.

#include <string_view>
#include <vector>

#include "engine/net/http.h"
#include "engine/net/http_syntax.h"

namespace test {

/// Lines that are none are left out, so a count of them tells.
inline std::vector<engine::net::Header> headers_of(std::string_view lines) {
  std::vector<engine::net::Header> headers;
  for (auto end = lines.find("\r\n"); end != lines.npos; end = lines.find("\r\n")) {
    if (const auto field = engine::net::parse_field_line(lines.substr(0, end))) headers.push_back({std::string(field->name), std::string(field->value)});
    lines.remove_prefix(end + 2);
  }
  return headers;
}

}  // namespace test
