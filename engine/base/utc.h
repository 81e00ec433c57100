#pragma once
// Points in time as people and payloads see them. Always UTC; no time zone exists inside Millrace.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace engine {

/// Microseconds since 1970-01-01T00:00:00Z.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
/// For intervals and deadlines only; its epoch means nothing.
using MonoTime = std::chrono::steady_clock::time_point;

/// "2026-03-04T10:11:12Z": second precision, rounded down, literal Z (contract craft-agents-api 1).
/// Years outside 0000..9999 are clamped to that range.
std::string rfc3339(WallTime t);
/// Appends the same 20 characters without an allocation of its own.
void append_rfc3339(std::string& out, WallTime t);
/// The same at `out`.
void write_rfc3339(char* out, WallTime t);
inline constexpr std::size_t kRfc3339Bytes = 20;

/// Parses exactly ^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$ and converts to UTC;
/// the fraction is dropped. nullopt: another form, or no such instant (month 13, day 31 in April, hour 24).
std::optional<WallTime> parse_rfc3339(std::string_view text);

/// Parses a database date: "YYYY-MM-DD HH:MM:SS[.ffffff]" (or with 'T'), read as UTC, fraction kept to the microsecond.
/// nullopt: another form, a zero date ("0000-00-00 …") or no such instant.
std::optional<WallTime> parse_sql_datetime(std::string_view text);
/// "YYYY-MM-DD HH:MM:SS", and ".ffffff" where the time has a fraction.
std::string sql_datetime(WallTime t);

/// "Sun, 22 Nov 2026 17:37:23 GMT", the Date header (RFC 9110 section 5.6.7).
std::string http_date(WallTime t);
/// Parses that form only (IMF-fixdate). nullopt: any other text.
std::optional<WallTime> parse_http_date(std::string_view text);

inline WallTime floor_seconds(WallTime t) { return std::chrono::floor<std::chrono::seconds>(t); }
/// Whole seconds since the epoch, rounded down.
inline std::int64_t unix_seconds(WallTime t) { return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count(); }

}  // namespace engine
