#pragma once
// The event log: one line an event, with fields. Written once, at the place that decides. No payloads, no secrets.

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace engine::telemetry {

enum class Level { kDebug, kInfo, kWarn, kError };
/// "debug", "info", "warn", "error".
std::string_view name(Level level);

/// One key and its value; both are only looked at during the call they are passed to.
class Field {
 public:
  Field(std::string_view key, std::string_view value) : key_(key), value_(value) {}
  Field(std::string_view key, const char* value) : key_(key), value_(std::string_view(value)) {}
  Field(std::string_view key, const std::string& value) : key_(key), value_(std::string_view(value)) {}
  Field(std::string_view key, bool value) : key_(key), value_(value) {}
  Field(std::string_view key, std::signed_integral auto value) : key_(key), value_(static_cast<std::int64_t>(value)) {}
  Field(std::string_view key, std::unsigned_integral auto value) : key_(key), value_(static_cast<std::uint64_t>(value)) {}
  Field(std::string_view key, std::floating_point auto value) : key_(key), value_(static_cast<double>(value)) {}
  void append_to(std::string& line) const;

 private:
  std::string_view key_;
  std::variant<std::string_view, bool, std::int64_t, std::uint64_t, double> value_;
};
using Fields = std::initializer_list<Field>;

/// Writes "<time> level=info event=attempt_failed endpoint=x status=503" to stderr.
/// `event` is a constant in snake_case. Values with other than plain printable characters are quoted and escaped, so a line stays a line.
/// Threads: any. Blocking: never; a writer thread does the output, and when its queue of 8192 lines is full the oldest are dropped.
void log_event(Level level, std::string_view event, Fields fields = {});

/// Lines below `level` cost one comparison. Default kInfo.
void set_log_level(Level level);
bool log_enabled(Level level);
/// "debug", "info", "warn" or "error"; false: another text, nothing changed.
bool set_log_level(std::string_view level_name);

/// The line without its time: "level=… event=… key=value …".
std::string format_event(Level level, std::string_view event, Fields fields);

/// Sends every enabled line to `output`, on the calling thread, instead of stderr; an empty function goes back to stderr. For tests.
void set_log_output(std::function<void(Level, std::string_view line)> output);

/// Writes what is queued and ends the writer thread; later events start it anew. Blocking. Call it before leaving main().
void flush_log();

}  // namespace engine::telemetry
