#pragma once
// Hexadecimal and URL-safe base64.

#include <optional>
#include <string>
#include <string_view>

namespace engine {

/// Lower-case hexadecimal.
std::string to_hex(std::string_view bytes);
/// The same at `out`, which has room for two characters a byte.
void write_hex(char* out, std::string_view bytes);
/// The same behind `out`.
void append_hex(std::string& out, std::string_view bytes);
/// nullopt: odd length or another character than 0-9a-fA-F.
std::optional<std::string> from_hex(std::string_view text);

/// RFC 4648 section 5 without padding: safe in a query without escaping.
std::string to_base64url(std::string_view bytes);
/// Strict: no padding, no white space, unused bits zero. nullopt otherwise.
std::optional<std::string> from_base64url(std::string_view text);
/// RFC 4648 section 4 with padding, strict.
std::string to_base64(std::string_view bytes);
/// The same behind `out`.
void append_base64(std::string& out, std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);

}  // namespace engine
