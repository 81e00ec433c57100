#include "app/commands/command_output.h"

#include <cstdint>
#include <cstdio>

namespace app::commands {

namespace {

constexpr char kHex[] = "0123456789abcdef";

void append_unit(std::string& out, std::uint32_t unit) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[unit >> shift & 15];
}

/// The character at the front of valid UTF-8, which is taken off.
std::uint32_t take_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  std::uint32_t point = first & (0x7fu >> length);
  for (std::size_t i = 1; i < length && i < text.size(); ++i) point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  text.remove_prefix(std::min(length, text.size()));
  return point;
}

/// Behind the writer of valid JSON texts: only what is not ASCII is left to escape.
void append_string(std::string& out, std::string_view text) {
  std::string plain;
  engine::append_json_string(plain, text);
  for (std::string_view rest = plain; !rest.empty();) {
    if (static_cast<unsigned char>(rest.front()) < 0x80) {
      out += rest.front();
      rest.remove_prefix(1);
      continue;
    }
    const auto point = take_character(rest);
    if (point < 0x10000) {
      append_unit(out, point);
    } else {
      append_unit(out, 0xd800 + ((point - 0x10000) >> 10));
      append_unit(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
    }
  }
}

void start_line(std::string& out, std::size_t depth) { out.append(1, '\n').append(depth * 4, ' '); }

void append_pretty(std::string& out, const JsonView& value, std::size_t depth) {
  using simdjson::dom::element_type;
  if (value.type() == element_type::OBJECT) {
    out += '{';
    bool first = true;
    for (const auto& [key, member] : value.members()) {
      if (!std::exchange(first, false)) out += ',';
      start_line(out, depth + 1);
      append_string(out, key);
      out += ": ";
      append_pretty(out, member, depth + 1);
    }
    if (!first) start_line(out, depth);
    out += '}';
  } else if (value.type() == element_type::ARRAY) {
    out += '[';
    bool first = true;
    for (const auto& item : value.items()) {
      if (!std::exchange(first, false)) out += ',';
      start_line(out, depth + 1);
      append_pretty(out, item, depth + 1);
    }
    if (!first) start_line(out, depth);
    out += ']';
  } else if (value.type() == element_type::STRING) {
    append_string(out, value.text());
  } else {
    out += value.json();
  }
}

}  // namespace

std::string pretty_json(const JsonView& value) {
  std::string out;
  append_pretty(out, value, 0);
  out += '\n';
  return out;
}

std::string pretty_json(std::string_view compact) {
  const auto document = JsonDocument::parse(compact);
  return document ? pretty_json(document->root()) : std::string(compact);
}

std::string payload_json(const JsonView& answer) {
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object();
  for (const auto& [key, value] : answer.members()) {
    if (key != "ok" && key != "requestId" && key != "page" && key != "pagination") json.key(key).raw(value.json());
  }
  json.end_object();
  return out;
}

std::string one_line(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;  // U+0080 to U+009F in UTF-8
    out += byte < 0x20 || byte == 0x7f || c1 ? ' ' : text[i];
    if (c1) ++i;
  }
  return out;
}

std::string shown(const JsonView& object, std::string_view key) { return one_line(object.at(key).text()); }

void write_bullets(std::ostream& out, const std::vector<std::string>& lines) {
  for (const auto& line : lines) out << "- " << one_line(line) << '\n';
}

std::string money(const JsonView& amount) {
  const auto value = amount.number();
  if (!value) return {};
  char digits[64];
  const auto length = std::snprintf(digits, sizeof digits, "%.2f", *value);
  return length > 0 && static_cast<std::size_t>(length) < sizeof digits ? std::string(digits, static_cast<std::size_t>(length))
                                                                        : std::string();
}

}  // namespace app::commands
