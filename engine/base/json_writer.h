#pragma once
// Writes compact JSON by appending to a string: slashes and non-ASCII characters are not escaped
// (contract craft-agents-api section 1). Reading JSON is simdjson's job, at the edge only.

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/utc.h"

namespace engine {

/// Appends `text` as a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD, so output is always valid JSON.
void append_json_string(std::string& out, std::string_view text);
/// Appends the shortest decimal form that reads back as the same double; a whole value has no fraction ("10").
/// NaN and infinities become null.
void append_json_number(std::string& out, double value);

/// Puts commas and colons where they belong. The caller balances begin and end.
/// Usage: JsonWriter json(out); json.begin_object(); json.key("id").number(7); json.end_object();
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& string(std::string_view text);
  /// As append_rfc3339 writes it, quoted.
  JsonWriter& instant(WallTime t);
  JsonWriter& number(std::int64_t value);
  JsonWriter& number_u64(std::uint64_t value);
  JsonWriter& real(double value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  /// `json` is a finished JSON value (a stored fragment).
  JsonWriter& raw(std::string_view json);
  /// Where finished members of the open object, with commas between them and none around, are appended before anything else is written; not empty.
  std::string& begin_members();

 private:
  void separate();
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  std::string& out_;
  bool comma_ = false;      // the next value or key needs one in front
  bool after_key_ = false;  // the next value belongs to the key just written
};

}  // namespace engine
