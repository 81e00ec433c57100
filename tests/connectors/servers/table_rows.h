#pragma once
// Whole tables of a source and of a mirror, side by side.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "connectors/mirror/mirror.h"
#include "connectors/mirror/row_codec.h"
#include "connectors/source.h"

namespace test {

/// All rows of a table by chunks of `chunk_rows`, the way a snapshot reads them.
inline std::vector<connectors::Row> rows_of(connectors::Source& source, const connectors::Table& table, std::size_t chunk_rows = 1000) {
  std::vector<connectors::Row> rows;
  connectors::Row after;
  for (bool last = false; !last;) {
    auto chunk = source.read_chunk(table, after, chunk_rows);
    EXPECT_TRUE(chunk) << table.name << ": " << (chunk ? "" : chunk.error().detail);
    if (!chunk) return rows;
    last = chunk->last;
    rows.insert(rows.end(), std::make_move_iterator(chunk->rows.begin()), std::make_move_iterator(chunk->rows.end()));
    if (!rows.empty()) after = connectors::Mirror::key_of(table, rows.back());
  }
  return rows;
}

inline std::vector<connectors::Row> rows_of(connectors::Mirror& mirror, const std::string& table) {
  std::vector<connectors::Row> rows;
  EXPECT_TRUE(mirror.for_each(table, [&rows](const connectors::Row& row) { rows.push_back(row); })) << table;
  return rows;
}

/// One row as text, for messages.
inline std::string shown(const connectors::Table& table, const connectors::Row& row) {
  std::string text;
  for (std::size_t i = 0; i < row.size(); ++i) {
    text += (i == 0 ? "" : ", ") + table.columns[i].name + "=";
    if (const auto* integer = std::get_if<std::int64_t>(&row[i])) text += std::to_string(*integer);
    if (const auto* real = std::get_if<double>(&row[i])) text += std::to_string(*real);
    if (const auto* words = std::get_if<std::string>(&row[i])) text += words->substr(0, 60);
    if (const auto* bytes = std::get_if<connectors::Bytes>(&row[i])) text += std::to_string(bytes->data.size()) + " bytes";
  }
  return text;
}

/// What one side has and the other lacks, at most `most` rows a side; empty: the same rows, in whatever order.
inline std::string difference(const connectors::Table& table, const std::vector<connectors::Row>& expected, const std::vector<connectors::Row>& actual,
                              std::size_t most = 3) {
  std::multiset<std::string> missing;
  for (const auto& row : expected) missing.insert(connectors::encode(row));
  std::vector<std::string> extra;
  for (const auto& row : actual) {
    const auto found = missing.find(connectors::encode(row));
    if (found != missing.end()) missing.erase(found);
    else extra.push_back(shown(table, row));
  }
  std::string text;
  std::size_t told = 0;
  for (const auto& bytes : missing) {
    if (told++ == most) break;
    text += "\n  lacks " + shown(table, *connectors::decode_row(bytes));
  }
  for (std::size_t i = 0; i < extra.size() && i < most; ++i) text += "\n  has   " + extra[i];
  if (missing.empty() && extra.empty()) return text;
  return table.name + ": " + std::to_string(missing.size()) + " rows lacking, " + std::to_string(extra.size()) + " too many" + text;
}

/// Defines the tables in the mirror and copies their rows.
inline void copy_tables(connectors::Source& source, const std::vector<connectors::Table>& tables, connectors::Mirror& mirror) {
  ASSERT_TRUE(mirror.begin());
  for (const auto& table : tables) {
    ASSERT_TRUE(mirror.define(table)) << table.name;
    const auto rows = rows_of(source, table);
    ASSERT_TRUE(mirror.replace_range(table, {}, rows, true)) << table.name;
  }
  ASSERT_TRUE(mirror.commit());
}

}  // namespace test
