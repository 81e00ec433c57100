#include "connectors/mapping/part_list.h"

#include <algorithm>
#include <array>

#include "connectors/mapping/mapping_file.h"
#include "engine/base/json_writer.h"

namespace connectors {
namespace {

using engine::Errc;

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

std::optional<std::string> literal_json(const std::string& value) {
  if (value == "null" || value == "true" || value == "false") return value;
  if (!value.empty() && value.find_first_not_of("0123456789") == std::string::npos) return value;
  if (value.size() < 2 || value.front() != '\'' || value.back() != '\'') return std::nullopt;
  std::string json;
  engine::append_json_string(json, std::string_view(value).substr(1, value.size() - 2));
  return json;
}

engine::Result<PartItem> parse_item(const std::string& text, const std::vector<DocumentColumn>& columns) {
  const auto equals = text.find('=');
  const auto path = trimmed(text.substr(0, equals));
  const auto value = equals == std::string::npos ? path : trimmed(text.substr(equals + 1));
  const auto dot = path.find('.');
  PartItem item;
  item.object = dot == std::string::npos ? "" : path.substr(0, dot);
  item.key = dot == std::string::npos ? path : path.substr(dot + 1);
  if (item.key.empty()) return engine::fail(Errc::kMalformed, "a key is missing at \"" + text + "\"");
  if (value == "@updated") {
    item.value = PartItem::Value::kUpdatedAt;
    return item;
  }
  const auto column = std::find_if(columns.begin(), columns.end(), [&](const auto& c) { return c.name == value; });
  if (column != columns.end()) {
    item.column = static_cast<std::size_t>(column - columns.begin());
    return item;
  }
  auto literal = literal_json(value);
  if (!literal || equals == std::string::npos) {
    return engine::fail(Errc::kMalformed, "the document has no column \"" + value + "\" for the key \"" + path + "\"; select it, or write " + path + "=column");
  }
  item.value = PartItem::Value::kLiteral;
  item.literal = std::move(*literal);
  return item;
}

using Role = DocumentColumn::Role;

bool is_fact_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::optional<DocumentColumn> marked_column(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kControls{"@state", "@created", "@updated", "@list", "@feed", "@webhook", "@alias"};
  static constexpr std::array<std::pair<std::string_view, Role>, 2> kFacts{{{"@index.", Role::kIndexed}, {"@fact.", Role::kChecked}}};
  DocumentColumn column{std::string(name), DocumentColumn::Type::kPlain, Role::kControl, {}};
  if (std::find(kControls.begin(), kControls.end(), name) != kControls.end()) return column;
  if (name == "@title" || name == "@words") {
    column.role = name == "@title" ? Role::kTitle : Role::kWords;
    return column;
  }
  for (const auto& [mark, role] : kFacts) {
    if (!name.starts_with(mark) || !is_fact_name(name.substr(mark.size()))) continue;
    column.role = role;
    column.fact = name.substr(mark.size());
    return column;
  }
  return std::nullopt;
}

}  // namespace

engine::Result<DocumentColumn> document_column(std::string_view name) {
  if (name.starts_with("@")) {
    auto marked = marked_column(name);
    if (marked) return std::move(*marked);
    return engine::fail(Errc::kMalformed, "no column is called \"" + std::string(name) + "\"; known are @state, @created, @updated, @list, @feed, @webhook, @alias, "
                                          "@title, @words, @index.NAME and @fact.NAME, with letters, digits and _ in NAME");
  }
  DocumentColumn column{std::string(name), DocumentColumn::Type::kPlain, Role::kValue, {}};
  const auto colon = name.rfind(':');
  if (colon == std::string_view::npos) return column;
  const auto type = name.substr(colon + 1);
  if (type == "bool") column.type = DocumentColumn::Type::kBoolean;
  if (type == "json") column.type = DocumentColumn::Type::kJson;
  if (column.type != DocumentColumn::Type::kPlain) column.name = name.substr(0, colon);
  return column;
}

engine::Result<std::vector<PartItem>> parse_part(std::string_view text, const std::vector<DocumentColumn>& columns,
                                                 const std::map<std::string, std::vector<PartItem>>& known) {
  std::vector<PartItem> items;
  const std::string rest = comment_text(text);
  std::string_view open = rest;
  while (!open.empty()) {
    const auto comma = std::min(open.find(','), open.size());
    const auto piece = trimmed(open.substr(0, comma));
    open.remove_prefix(std::min(comma + 1, open.size()));
    if (piece.empty() && open.empty()) break;
    if (!piece.empty() && piece[0] == '+') {
      const auto part = known.find(piece.substr(1));
      if (part == known.end()) return engine::fail(Errc::kMalformed, "\"" + piece + "\": that part must stand above this one");
      items.insert(items.end(), part->second.begin(), part->second.end());
      continue;
    }
    auto item = parse_item(piece, columns);
    if (!item) return item.take_error();
    items.push_back(std::move(*item));
  }
  return items;
}

}  // namespace connectors
