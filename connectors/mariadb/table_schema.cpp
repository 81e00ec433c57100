#include "connectors/mariadb/table_schema.h"

#include <charconv>

namespace connectors {
namespace {

std::string_view base_of(std::string_view column_type) { return column_type.substr(0, column_type.find_first_of("( ")); }

/// 'a','b''c' as information_schema quotes it: a quote inside is doubled.
std::vector<std::string> words_of(std::string_view column_type) {
  std::vector<std::string> words;
  bool inside = false;
  for (std::size_t i = column_type.find('('); i < column_type.size(); ++i) {
    const char c = column_type[i];
    if (!inside) {
      if (c == '\'') words.emplace_back();
      inside = c == '\'';
    } else if (c != '\'') {
      words.back().push_back(c);
    } else if (i + 1 < column_type.size() && column_type[i + 1] == '\'') {
      words.back().push_back(column_type[++i]);
    } else {
      inside = false;
    }
  }
  return words;
}

std::uint8_t scale_of(std::string_view column_type) {
  unsigned scale = 0;
  if (const auto comma = column_type.find(','); comma != std::string_view::npos) {
    std::from_chars(column_type.data() + comma + 1, column_type.data() + column_type.size(), scale);
  }
  return static_cast<std::uint8_t>(scale);
}

}  // namespace

Column::Kind kind_of_type(std::string_view column_type, Charset charset) {
  const auto base = base_of(column_type);
  if (base == "tinyint" || base == "smallint" || base == "mediumint" || base == "int" || base == "bigint" || base == "year" || base == "bit") {
    return Column::Kind::kInteger;
  }
  if (base == "decimal") return Column::Kind::kDecimal;
  if (base == "float" || base == "double") return Column::Kind::kReal;
  if (base == "date") return Column::Kind::kDate;
  if (base == "time") return Column::Kind::kTime;
  if (base == "datetime" || base == "timestamp") return Column::Kind::kInstant;
  if (base == "enum" || base == "set" || base == "uuid" || base == "inet6" || base == "inet4") return Column::Kind::kText;
  return charset == Charset::kBinary ? Column::Kind::kBytes : Column::Kind::kText;
}

SchemaColumn schema_column(std::string_view column_type, std::string_view charset_name) {
  SchemaColumn out;
  out.charset = charset_named(charset_name);
  out.charset_name = charset_name;
  out.is_unsigned = column_type.find(" unsigned") != std::string_view::npos || base_of(column_type) == "year";
  const auto base = base_of(column_type);
  if (base == "enum" || base == "set") out.words = words_of(column_type);
  return out;
}

Column make_column(std::string_view name, std::string_view column_type, std::string_view charset_name, bool json) {
  Column out;
  out.name = name;
  out.source_type = column_type;
  out.kind = json ? Column::Kind::kJson : kind_of_type(column_type, charset_named(charset_name));
  if (out.kind == Column::Kind::kDecimal) out.scale = scale_of(column_type);
  return out;
}

}  // namespace connectors
