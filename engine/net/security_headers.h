#pragma once
// What every answer says to a browser that shows it: do not guess types, do not tell where you came from, run and frame nothing.

#include <chrono>
#include <string>
#include <string_view>

namespace engine::net {

/// Whole header lines, made once so that an answer only copies them.
inline constexpr std::string_view kSecurityHeaders = "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n";
/// For answers that bring no Content-Security-Policy of their own (a page does, JSON never needs one).
inline constexpr std::string_view kStrictestContentPolicy = "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";

/// The Strict-Transport-Security line (RFC 6797 section 6.1), sent over TLS only; empty for no age.
inline std::string transport_security_line(std::chrono::seconds max_age) {
  return max_age.count() > 0 ? "Strict-Transport-Security: max-age=" + std::to_string(max_age.count()) + "\r\n" : std::string();
}

}  // namespace engine::net
