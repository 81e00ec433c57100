#pragma once
// Which character sets we read, and how their bytes become UTF-8.

#include <cstdint>
#include <string>
#include <string_view>

namespace connectors {

enum class Charset : std::uint8_t { kUtf8, kLatin1, kBinary, kOther };  ///< kUtf8: utf8mb4, utf8mb3 and ascii, whose bytes stay as they are

/// By collation id, as table maps name it. kOther: a character set we do not read.
Charset charset_of_collation(std::uint32_t collation);
/// By name, as information_schema spells it.
Charset charset_named(std::string_view name);

/// Replaces `out` by `bytes` as UTF-8. MariaDB's latin1 is Windows-1252, its five holes being control characters.
void to_utf8(Charset from, std::string_view bytes, std::string& out);

}  // namespace connectors
