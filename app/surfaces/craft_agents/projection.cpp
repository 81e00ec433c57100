#include "app/surfaces/craft_agents/projection.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include <simdjson.h>

#include "engine/base/json_writer.h"
#include "engine/net/validation.h"

namespace app::craft_agents {

using engine::net::ascii_lower;
using engine::net::trimmed;
using simdjson::dom::element;

namespace {

bool good_path(std::string_view path) {
  return !path.empty() && std::all_of(path.begin(), path.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators, bool keep_empty) {
  std::vector<std::string_view> pieces;
  while (true) {
    const auto at = text.find_first_of(separators);
    const auto piece = text.substr(0, at);
    if (keep_empty || !piece.empty()) pieces.push_back(piece);
    if (at == text.npos) return pieces;
    text.remove_prefix(at + 1);
  }
}

/// Segments between dots; empty ones do not count.
std::vector<std::string> segments(std::string_view path) {
  const auto pieces = split(path, ".", false);
  return {pieces.begin(), pieces.end()};
}

/// Walks objects by key and arrays by number; nullopt where the path does not exist.
std::optional<element> resolve(element at, const std::vector<std::string>& path) {
  if (path.empty()) return std::nullopt;
  for (const auto& segment : path) {
    if (simdjson::dom::object object; !at.get(object)) {
      if (object.at_key(segment).get(at)) return std::nullopt;
      continue;
    }
    simdjson::dom::array array;
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(segment.data(), segment.data() + segment.size(), index);
    if (at.get(array) || error != std::errc{} || end != segment.data() + segment.size()) return std::nullopt;
    if (array.at(index).get(at)) return std::nullopt;
  }
  return at;
}

/// The text a scalar is compared as: true is "1", false and null are empty.
std::string text_of(element value) {
  if (std::string_view text; !value.get(text)) return std::string(text);
  if (bool flag = false; !value.get(flag)) return flag ? "1" : "";
  if (value.is_null()) return {};
  if (value.is_double()) {
    std::string number;
    engine::append_json_number(number, value.get_double().value_unsafe());
    return number;
  }
  return simdjson::minify(value);
}

/// A decimal number as a whole (white space around it allowed).
std::optional<double> number_of(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || !((digits[0] >= '0' && digits[0] <= '9') || digits[0] == '.')) return std::nullopt;  // no inf, no nan
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Anchored; '*' is any run of characters but a newline. Linear for one star, and never exponential.
bool wildcard(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos && text[resume] != '\n') {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool truthy(element value, std::string_view text) {
  if (value.is_number()) return number_of(text).value_or(0) != 0;
  return !text.empty() && text != "0";
}

bool holds(element value, std::string_view expected) {
  if (value.is_object() || value.is_array()) return false;
  const auto actual = text_of(value);
  if (expected.starts_with('~')) return ascii_lower(trimmed(actual)).find(expected.substr(1)) != std::string::npos;
  if (expected.find('*') != expected.npos) return wildcard(expected, ascii_lower(actual));
  if (expected == "true") return truthy(value, actual);
  if (expected == "false") return !truthy(value, actual);
  const auto left = number_of(expected);
  const auto right = number_of(actual);
  if (left && right) return *left == *right;
  return ascii_lower(trimmed(actual)) == expected;
}

/// The chosen parts of a row. A node that is taken whole hides what is chosen below it.
struct Chosen {
  std::optional<element> whole;
  std::map<std::string, Chosen> below;
};

void write(engine::JsonWriter& json, const Chosen& chosen) {
  if (chosen.whole) {
    json.raw(simdjson::minify(*chosen.whole));
    return;
  }
  json.begin_object();
  for (const auto& [key, child] : chosen.below) {
    json.key(key);
    write(json, child);
  }
  json.end_object();
}

}  // namespace

void check_fields(std::string_view value, std::vector<std::string>& problems) {
  const auto tokens = split(value, ", \t\r\n\v\f", false);
  for (const auto token : tokens) {
    if (!good_path(token)) problems.push_back("Invalid `fields` token `" + std::string(token) + "`; allowed pattern `[a-zA-Z0-9_.-]+`.");
  }
  if (tokens.empty()) problems.emplace_back("`fields` must include at least one field path.");
}

void check_filter(std::string_view value, std::vector<std::string>& problems) {
  bool any_valid = false;
  for (const auto raw : split(value, ",", true)) {
    const auto text = trimmed(raw);
    const auto colon = text.find(':');
    const auto path = trimmed(text.substr(0, colon));
    if (text.empty()) {
      problems.emplace_back("Invalid `filter` expression; empty segments are not allowed.");
    } else if (colon == text.npos) {
      problems.push_back("Invalid `filter` expression `" + std::string(text) + "`; expected `path:value`.");
    } else if (path.empty() || trimmed(text.substr(colon + 1)).empty()) {
      problems.push_back("Invalid `filter` expression `" + std::string(text) + "`; expected non-empty `path:value`.");
    } else if (!good_path(path)) {
      problems.push_back("Invalid `filter` path `" + std::string(path) + "`; allowed pattern `[a-zA-Z0-9_.-]+`.");
    } else {
      any_valid = true;
    }
  }
  if (!any_valid) problems.emplace_back("`filter` must include at least one valid `path:value` expression.");
}

Projection::Projection(std::string_view fields, std::string_view filter) {
  for (const auto token : split(fields, ", \t\r\n\v\f", false)) paths_.push_back(segments(token));
  std::sort(paths_.begin(), paths_.end());
  paths_.erase(std::unique(paths_.begin(), paths_.end()), paths_.end());
  for (const auto text : split(filter, ",", false)) {
    const auto colon = std::min(text.find(':'), text.size());
    const auto value = colon < text.size() ? text.substr(colon + 1) : std::string_view{};
    expressions_.push_back({segments(trimmed(text.substr(0, colon))), ascii_lower(trimmed(value))});
  }
}

bool Projection::apply(std::string_view row, std::string& out) const {
  thread_local simdjson::dom::parser parser;
  element root;
  if (parser.parse(row.data(), row.size()).get(root)) return false;
  for (const auto& expression : expressions_) {
    const auto value = resolve(root, expression.path);
    if (!value || !holds(*value, expression.expected)) return false;
  }
  if (paths_.empty()) {
    out.append(row);
    return true;
  }
  Chosen chosen;
  for (const auto& path : paths_) {
    const auto value = resolve(root, path);
    if (!value) continue;
    auto* node = &chosen;
    for (const auto& segment : path) node = &node->below[segment];
    node->whole = *value;
  }
  engine::JsonWriter json(out);
  write(json, chosen);
  return true;
}

}  // namespace app::craft_agents
