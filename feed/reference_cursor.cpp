#include "feed/reference_cursor.h"

#include <simdjson.h>

#include <algorithm>

#include "engine/base/text_codec.h"

namespace feed {
namespace {

using engine::Errc;
using engine::WallTime;
using simdjson::dom::element;
using simdjson::dom::object;

// PHP's strict decoder takes a token whose padding was lost in a query.
std::optional<std::string> unpacked(std::string_view token) {
  std::string padded(token);
  if (padded.find('=') == std::string::npos) padded.append((4 - padded.size() % 4) % 4, '=');
  return engine::from_base64(padded);
}

std::optional<std::string_view> text_of(const object& from, std::string_view key) {
  std::string_view text;
  if (from[key].get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

std::optional<WallTime> time_of(const object& from, std::string_view key) {
  const auto text = text_of(from, key);
  return text ? engine::parse_rfc3339(*text) : std::nullopt;
}

bool given(const object& from, std::string_view key) {
  element value;
  return from[key].get(value) == simdjson::SUCCESS && !value.is_null();
}

engine::Result<TypeMask> types_of(const object& from, const TypeTable& types) {
  if (!given(from, "types")) return types.all();
  simdjson::dom::array list;
  if (from["types"].get(list) != simdjson::SUCCESS) return engine::fail(Errc::kMalformed, std::string(kInvalidCursor));
  std::vector<std::string> names;
  for (auto item : list) {
    std::string_view text;
    if (item.get(text) != simdjson::SUCCESS) return engine::fail(Errc::kMalformed, std::string(kInvalidCursor));
    names.emplace_back(text);
  }
  return types.parse(names);
}

engine::Result<RestartCursor> check(const object& from, std::string_view resource, const TypeTable& types, WallTime now) {
  if (text_of(from, "mode") != "incremental" || resource.empty() || text_of(from, "resource") != resource) return engine::fail(Errc::kConflict, std::string(kForeignCursor));
  std::int64_t version = 1;
  if (given(from, "version") && (from["version"].get(version) != simdjson::SUCCESS || version != 1)) {
    return engine::fail(Errc::kUnsupported, "Unsupported cursor version; restart with `updatedSince`.");
  }
  const auto broken = [](std::string_view field) {
    return engine::fail(Errc::kMalformed, "Invalid cursor `" + std::string(field) + "`; restart with `updatedSince`.");
  };
  RestartCursor restart;
  if (given(from, "updatedSince")) {
    restart.since = time_of(from, "updatedSince");
    if (!restart.since) return broken("updatedSince");
  }
  if (!time_of(from, "snapshotEnd")) return broken("snapshotEnd");
  const auto issued_at = time_of(from, "issuedAt");
  if (!issued_at) return broken("issuedAt");
  if (now - *issued_at > kCursorLifetime) return engine::fail(Errc::kTimedOut, std::string(kOldCursor));
  auto mask = types_of(from, types);
  if (!mask) return mask.take_error();
  restart.types = *mask;
  return restart;
}

}  // namespace

engine::Result<RestartCursor> decode_reference_cursor(std::string_view token, std::string_view resource, const TypeTable& types,
                                                      WallTime now) {
  const auto json = unpacked(token);
  if (!json) return engine::fail(Errc::kMalformed, std::string(kInvalidCursor));
  simdjson::dom::parser parser;
  object from;
  if (parser.parse(*json).get(from) != simdjson::SUCCESS) return engine::fail(Errc::kMalformed, std::string(kInvalidCursor));
  return check(from, resource, types, now);
}

std::optional<std::uint64_t> decode_reference_count(std::string_view token) {
  const auto json = unpacked(token);
  if (!json) return std::nullopt;
  simdjson::dom::parser parser;
  object from;
  if (parser.parse(*json).get(from) != simdjson::SUCCESS || given(from, "mode")) return std::nullopt;
  std::int64_t passed = 0;
  if (given(from, "offset") && from["offset"].get(passed) != simdjson::SUCCESS) return std::nullopt;
  return std::min(static_cast<std::uint64_t>(std::max<std::int64_t>(passed, 0)), kMostCounted);
}

}  // namespace feed
