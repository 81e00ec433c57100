#pragma once
// The recorded site in a mirror under the Craft mapping, and the recorded answers to compare with.

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/mapping/mapping_session.h"
#include "tests/support/fixtures.h"
#include "tests/support/mariadb_server.h"

namespace test {

using connectors::Cell;
using connectors::Column;
using connectors::Mapping;
using connectors::MappingSession;
using connectors::Mirror;
using connectors::Row;
using connectors::Table;
using feed::Rendering;

inline Column column_of(const MariaDbServer::TextRow& described) {
  const auto& type = *described[1];
  Column column{*described[0], Column::Kind::kText, 0, *described[2]};
  if (type.find("int") != std::string::npos) column.kind = Column::Kind::kInteger;
  if (type == "datetime") column.kind = Column::Kind::kInstant;
  if (type == "decimal") {
    column.kind = Column::Kind::kDecimal;
    column.scale = static_cast<std::uint8_t>(std::stoi(*described[3]));
  }
  return column;
}

inline Cell cell_of(const Column& column, const std::optional<std::string>& text) {
  if (!text) return std::monostate{};
  if (column.kind == Column::Kind::kInteger) return static_cast<std::int64_t>(std::stoll(*text));
  if (column.kind == Column::Kind::kDecimal) {
    auto digits = *text;
    digits.erase(std::remove(digits.begin(), digits.end(), '.'), digits.end());
    return static_cast<std::int64_t>(std::stoll(digits));
  }
  return *text;
}

/// Copies one table; false where the server has none of that name.
inline bool copy_table(MariaDbServer& server, const std::string& name, Mirror& mirror) {
  const auto described = server.query("SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, NUMERIC_SCALE, COLUMN_KEY FROM information_schema.COLUMNS "
                                      "WHERE TABLE_SCHEMA = 'craft' AND TABLE_NAME = '" + name + "' ORDER BY ORDINAL_POSITION");
  if (described.empty()) return false;
  Table table{name, {}, {}};
  for (const auto& column : described) {
    if (*column[4] == "PRI") table.primary_key.push_back(static_cast<std::uint32_t>(table.columns.size()));
    table.columns.push_back(column_of(column));
  }
  EXPECT_TRUE(mirror.define(table));
  std::vector<Row> rows;
  for (const auto& from : server.query("SELECT * FROM craft." + name)) {
    Row row;
    for (std::size_t i = 0; i < from.size(); ++i) row.push_back(cell_of(table.columns[i], from[i]));
    rows.push_back(std::move(row));
  }
  EXPECT_TRUE(mirror.replace_range(table, {}, rows, true));
  return true;
}

struct RecordedItem {
  std::string updated_at;
  std::string snapshot;  ///< raw bytes; empty: a tombstone
};
using Items = std::map<std::string, std::map<std::string, RecordedItem>>;  // type, id

struct Recording {
  engine::WallTime now{};
  Items changes;
};

inline std::string text_of(simdjson::dom::element element) { return std::string(std::string_view(element)); }

/// The bodies of the exchanges whose name begins with `prefix`, in recorded order.
inline std::vector<std::string> bodies(const std::filesystem::path& file, const std::string& prefix) {
  std::vector<std::string> found;
  simdjson::dom::parser parser;
  for (const auto& line : read_lines(file)) {
    simdjson::dom::element exchange = parser.parse(line);
    if (text_of(exchange["name"]).rfind(prefix, 0) != 0) continue;
    simdjson::dom::element body = exchange["response"]["body"];
    found.push_back(body.is_string() ? text_of(body) : std::string(simdjson::minify(body)));
  }
  return found;
}

inline engine::WallTime first_date(const std::filesystem::path& file, const std::string& prefix) {
  simdjson::dom::parser parser;
  for (const auto& line : read_lines(file)) {
    simdjson::dom::element exchange = parser.parse(line);
    if (text_of(exchange["name"]).rfind(prefix, 0) == 0) return engine::parse_http_date(text_of(exchange["response"]["headers"]["date"])).value();
  }
  return {};
}

inline Recording read_recording(const std::filesystem::path& file) {
  Recording recording;
  const std::string chain = "changes all 200 minimal";
  recording.now = first_date(file, chain);
  simdjson::dom::parser parser;
  for (const auto& body : bodies(file, chain)) {
    const simdjson::dom::array data = parser.parse(body)["data"];
    for (const simdjson::dom::element item : data) {
      RecordedItem recorded{text_of(item["updatedAt"]), {}};
      if (!simdjson::dom::element(item["snapshot"]).is_null()) recorded.snapshot = simdjson::minify(simdjson::dom::element(item["snapshot"]));
      recording.changes[text_of(item["resourceType"])][text_of(item["resourceId"])] = std::move(recorded);
    }
  }
  return recording;
}

/// The site's base URL, read off the recorded home of any product.
inline std::string base_url(const Recording& recording) {
  for (const auto& [id, item] : recording.changes.at("product")) {
    const auto at = item.snapshot.find("\"url\":\"http");
    if (at == std::string::npos) continue;
    const auto start = at + 7;
    return item.snapshot.substr(start, item.snapshot.find('/', start + 8) + 1 - start);
  }
  return "/";
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
  return text;
}

/// As a reader sees it: the mark replaced, numbers and spacing in one form.
inline std::string shown(const std::string& part, const std::string& updated_at) {
  simdjson::dom::parser parser;
  const auto finished = replaced(part, feed::kUpdatedAtMark, "\"" + updated_at + "\"");
  auto parsed = parser.parse(finished);
  if (parsed.error()) return "not JSON: " + finished;
  return simdjson::minify(parsed.value());
}

struct Site {
  TemporaryDirectory directory;
  std::unique_ptr<Mirror> mirror;
  std::unique_ptr<Mapping> mapping;
  std::unique_ptr<MappingSession> session;
  Recording recording;
};

/// One recorded request to a list or a show, and its answer.
struct Exchange {
  std::string name;
  std::string path;                          ///< below the base: "entries", "entries/show"
  std::map<std::string, std::string> query;  ///< decoded
  std::string token;
  std::string body;
};

inline std::string url_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '%' && i + 2 < text.size();
    out += escaped ? static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)) : text[i] == '+' ? ' ' : text[i];
    if (escaped) i += 2;
  }
  return out;
}

inline std::map<std::string, std::string> query_of(std::string_view text) {
  std::map<std::string, std::string> query;
  while (!text.empty()) {
    const auto piece = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(piece.size() + 1, text.size()));
    const auto equals = std::min(piece.find('='), piece.size());
    query[url_decoded(piece.substr(0, equals))] = url_decoded(piece.substr(std::min(equals + 1, piece.size())));
  }
  return query;
}

/// Those answered with 200 and a body of data, in recorded order.
inline std::vector<Exchange> answered(const std::filesystem::path& file) {
  std::vector<Exchange> found;
  simdjson::dom::parser parser;
  for (const auto& line : read_lines(file)) {
    simdjson::dom::element exchange = parser.parse(line);
    simdjson::dom::element body = exchange["response"]["body"];
    if (std::int64_t(exchange["response"]["status"]) != 200 || (!body.is_object() && !body.is_string())) continue;
    constexpr std::string_view kBase = "/agents/v1/";
    const auto target = text_of(exchange["request"]["target"]);
    const auto mark = std::min(target.find('?'), target.size());
    std::string_view authorization;
    if (exchange["request"]["headers"]["Authorization"].get(authorization)) authorization = "";
    Exchange one{text_of(exchange["name"]), target.substr(kBase.size(), mark - kBase.size()), query_of(std::string_view(target).substr(std::min(mark + 1, target.size()))), {}, {}};
    one.token = authorization.find("tok-sensitive") != std::string_view::npos ? "sensitive" : "other";
    one.body = body.is_string() ? text_of(body) : std::string(simdjson::minify(body));
    found.push_back(std::move(one));
  }
  return found;
}

/// `base` with the members replaced that `overlay` has too (both JSON objects; an empty overlay replaces nothing).
inline std::string overlaid(const std::string& base, const std::string& overlay) {
  simdjson::dom::parser parser, other;
  if (overlay.empty()) return base;
  const simdjson::dom::object over = other.parse(overlay);
  const simdjson::dom::object under = parser.parse(base);
  std::string out = "{";
  for (const auto field : under) {
    simdjson::dom::element value;
    if (over[field.key].get(value)) value = field.value;
    if (out.size() > 1) out += ',';
    out.append("\"").append(field.key).append("\":").append(simdjson::minify(value));
  }
  return out + "}";
}

}  // namespace test
