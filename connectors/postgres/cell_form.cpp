#include "connectors/postgres/cell_form.h"

#include <charconv>

#include "connectors/decimal_text.h"
#include "engine/base/text_codec.h"

namespace connectors::postgres {

namespace {

constexpr int kMostScale = 18;

struct Name {
  std::string_view text;
  Form form;
};
constexpr Name kNames[] = {
    {"boolean", Form::kBoolean},   {"smallint", Form::kInteger},     {"integer", Form::kInteger},  {"bigint", Form::kInteger},
    {"oid", Form::kInteger},       {"xid", Form::kInteger},          {"cid", Form::kInteger},      {"real", Form::kReal},
    {"double precision", Form::kReal}, {"bytea", Form::kBytes},      {"date", Form::kDate},        {"json", Form::kJson},
    {"jsonb", Form::kJson},        {"character", Form::kPadded},     {"time without time zone", Form::kTime},
    {"timestamp without time zone", Form::kInstant}, {"timestamp with time zone", Form::kInstant}, {"bit", Form::kBits},
};

struct Builtin {
  std::uint32_t oid;
  std::string_view name;
};
// pg_type.dat: these numbers are the same in every cluster.
constexpr Builtin kBuiltins[] = {
    {16, "boolean"},  {17, "bytea"},   {18, "\"char\""}, {19, "name"},   {20, "bigint"},  {21, "smallint"}, {23, "integer"},
    {25, "text"},     {26, "oid"},     {28, "xid"},      {29, "cid"},    {114, "json"},   {142, "xml"},     {700, "real"},
    {701, "double precision"}, {790, "money"}, {829, "macaddr"}, {869, "inet"}, {650, "cidr"}, {1042, "character"}, {1043, "character varying"},
    {1082, "date"},   {1083, "time without time zone"}, {1114, "timestamp without time zone"}, {1184, "timestamp with time zone"},
    {1186, "interval"}, {1266, "time with time zone"}, {1560, "bit"}, {1562, "bit varying"}, {1700, "numeric"}, {2950, "uuid"},
    {3614, "tsvector"}, {3615, "tsquery"}, {3802, "jsonb"},
};

/// "numeric(14,4)" without its parenthesis, which may stand in the middle ("timestamp(0) without time zone").
std::string without_modifier(std::string_view type) {
  const auto open = type.find('(');
  const auto close = type.find(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::string(type);
  return std::string(type.substr(0, open)).append(type.substr(close + 1));
}

/// The numbers in the parenthesis; false: there is none.
bool modifiers(std::string_view type, int& first, int& second) {
  const auto open = type.find('(');
  if (open == std::string_view::npos) return false;
  const char* at = type.data() + open + 1;
  const char* const end = type.data() + type.size();
  const auto [comma, error] = std::from_chars(at, end, first);
  if (error != std::errc{}) return false;
  if (comma < end && *comma == ',') std::from_chars(comma + 1, end, second);
  return true;
}

bool is_array(std::string_view type) { return type.ends_with("[]"); }

Column::Kind kind_of(Form form) {
  switch (form) {
    case Form::kBoolean:
    case Form::kInteger:
    case Form::kBits: return Column::Kind::kInteger;
    case Form::kDecimal: return Column::Kind::kDecimal;
    case Form::kReal: return Column::Kind::kReal;
    case Form::kBytes: return Column::Kind::kBytes;
    case Form::kDate: return Column::Kind::kDate;
    case Form::kTime: return Column::Kind::kTime;
    case Form::kInstant: return Column::Kind::kInstant;
    case Form::kJson: return Column::Kind::kJson;
    case Form::kText:
    case Form::kPadded: break;
  }
  return Column::Kind::kText;
}

/// "2026-11-22 18:14:25.5+00" gives "2026-11-22 18:14:25.500000": our sessions are in UTC, so the zone says nothing. Years before Christ and
/// infinity stay as they are printed.
std::string clock_text(std::string_view text) {
  if (text.ends_with("+00")) text.remove_suffix(3);
  const auto point = text.find('.');
  if (point == std::string_view::npos) return std::string(text);
  const auto end = std::min(text.find_first_not_of("0123456789", point + 1), text.size());
  std::string out(text.substr(0, end));
  out.resize(point + 7, '0');
  return out.append(text.substr(end));
}

Cell integer(std::string_view text, int base) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error == std::errc{} && end == text.data() + text.size()) return number;
  return std::string(text);
}

Cell bytes(std::string_view text) {
  if (text.starts_with("\\x")) {
    if (auto plain = engine::from_hex(text.substr(2))) return Bytes{std::move(*plain)};
  }
  return Bytes{std::string(text)};
}

}  // namespace

Form form_of(std::string_view type) {
  if (is_array(type)) return Form::kText;
  const auto plain = without_modifier(type);
  int first = 0, second = 0;
  const bool given = modifiers(type, first, second);
  if (plain == "numeric") return given && second <= kMostScale ? Form::kDecimal : Form::kText;
  if (plain == "bit" && given && first > 63) return Form::kText;
  for (const auto& known : kNames) {
    if (known.text == plain) return known.form;
  }
  return Form::kText;
}

Column column_of(std::string name, std::string type) {
  Column out;
  out.name = std::move(name);
  const auto form = form_of(type);
  out.kind = kind_of(form);
  int precision = 0, scale = 0;
  if (form == Form::kDecimal && modifiers(type, precision, scale)) out.scale = static_cast<std::uint8_t>(std::max(scale, 0));
  out.source_type = std::move(type);
  return out;
}

std::string builtin_type(std::uint32_t oid, std::int32_t modifier) {
  for (const auto& known : kBuiltins) {
    if (known.oid != oid) continue;
    std::string name(known.name);
    if (modifier < 0) return oid == 1042 ? "bpchar" : name;  // without a length nothing is padded
    constexpr int kHeader = 4;
    switch (oid) {
      case 1042:
      case 1043: return name + "(" + std::to_string(modifier - kHeader) + ")";
      case 1560:
      case 1562: return name + "(" + std::to_string(modifier) + ")";
      case 1700: {
        const int packed = modifier - kHeader;
        const int scale = ((packed & 0x7ff) ^ 1024) - 1024;  // eleven bits with a sign
        return name + "(" + std::to_string((packed >> 16) & 0xffff) + "," + std::to_string(scale) + ")";
      }
      default: return name;  // a precision of seconds shows in the text
    }
  }
  return {};
}

Cell cell_from_text(Form form, const Column& column, std::string_view text) {
  switch (form) {
    case Form::kBoolean: return std::int64_t{text == "t"};
    case Form::kInteger: return integer(text, 10);
    case Form::kBits: return integer(text, 2);
    case Form::kDecimal: return decimal_cell(text, column.scale);
    case Form::kReal: {
      double number = 0;
      std::from_chars(text.data(), text.data() + text.size(), number);
      return number;
    }
    case Form::kPadded: {
      const auto end = text.find_last_not_of(' ');
      return std::string(text.substr(0, end == std::string_view::npos ? 0 : end + 1));
    }
    case Form::kBytes: return bytes(text);
    case Form::kTime:
    case Form::kInstant: return clock_text(text);
    case Form::kText:
    case Form::kDate:
    case Form::kJson: break;
  }
  return std::string(text);
}

}  // namespace connectors::postgres
