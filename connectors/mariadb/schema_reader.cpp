#include "connectors/mariadb/schema_reader.h"

#include <algorithm>
#include <set>
#include <sstream>

namespace connectors {

using engine::Result;
using Rule = ForeignKey::Rule;

namespace {

Rule rule_of(std::string_view text) {
  if (text == "CASCADE") return Rule::kCascade;
  if (text == "SET NULL") return Rule::kSetNull;
  if (text == "NO ACTION") return Rule::kNoAction;
  if (text == "SET DEFAULT") return Rule::kSetDefault;
  return Rule::kRestrict;
}

struct Draft {
  Table table;
  TableSchema schema;
};

}  // namespace

std::optional<std::string> SchemaReader::without_prefix(const std::string& table) const {
  if (!table.starts_with(prefix_)) return std::nullopt;
  return table.substr(prefix_.size());
}

Result<std::shared_ptr<const TableSchema>> SchemaReader::lookup(const std::string& table) {
  if (const auto found = known_.find(table); found != known_.end()) return found->second;
  auto schemas = read({table});
  if (!schemas) return schemas.take_error();
  auto schema = schemas->empty() ? nullptr : schemas->front();
  known_[table] = schema;
  return schema;
}

Result<std::vector<std::string>> SchemaReader::tables() {
  auto rows = connection_.query("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_TYPE='BASE TABLE' AND TABLE_SCHEMA=" +
                                schema_literal() + " ORDER BY TABLE_NAME");
  if (!rows) return rows.take_error();
  std::vector<std::string> out;
  for (const auto& row : *rows) {
    if (auto name = without_prefix(row[0].value_or(""))) out.push_back(std::move(*name));
  }
  return out;
}

Result<std::vector<std::shared_ptr<const TableSchema>>> SchemaReader::read(const std::vector<std::string>& tables) {
  std::vector<std::shared_ptr<const TableSchema>> out;
  if (tables.empty()) return out;
  std::string names;
  for (const auto& table : tables) names.append(names.empty() ? "" : ",").append(connection_.quoted(prefix_ + table));
  const auto where = " WHERE c.TABLE_SCHEMA=" + schema_literal() + " AND c.TABLE_NAME IN (" + names + ")";
  auto columns = connection_.query("SELECT c.TABLE_NAME, c.COLUMN_NAME, c.COLUMN_TYPE, c.CHARACTER_SET_NAME FROM information_schema.COLUMNS c" +
                                   where + " ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION");
  if (!columns) return columns.take_error();
  auto keys = connection_.query("SELECT c.TABLE_NAME, c.COLUMN_NAME FROM information_schema.STATISTICS c" + where +
                                " AND c.INDEX_NAME='PRIMARY' ORDER BY c.TABLE_NAME, c.SEQ_IN_INDEX");
  if (!keys) return keys.take_error();
  // JSON is LONGTEXT with a check of this form. Asked once for all columns: asked per column the server opens every table each time.
  auto checks = connection_.query("SELECT c.TABLE_NAME, c.CONSTRAINT_NAME FROM information_schema.CHECK_CONSTRAINTS c WHERE c.CONSTRAINT_SCHEMA=" +
                                  schema_literal() + " AND c.TABLE_NAME IN (" + names + ") AND c.CHECK_CLAUSE LIKE 'json_valid(%'");
  if (!checks) return checks.take_error();
  std::set<std::pair<std::string, std::string>> json;
  for (const auto& row : *checks) json.emplace(row[0].value_or(""), row[1].value_or(""));
  std::map<std::string, Draft> drafts;
  for (const auto& row : *columns) {
    auto& draft = drafts[*row[0]];
    draft.table.columns.push_back(make_column(*row[1], *row[2], row[3].value_or(""), json.contains({*row[0], *row[1]})));
    draft.schema.columns.push_back(schema_column(*row[2], row[3].value_or("")));
  }
  for (const auto& row : *keys) {
    auto& table = drafts[*row[0]].table;
    const auto found = std::find_if(table.columns.begin(), table.columns.end(), [&](const Column& c) { return c.name == *row[1]; });
    if (found != table.columns.end()) table.primary_key.push_back(static_cast<std::uint32_t>(found - table.columns.begin()));
  }
  for (auto& [name, draft] : drafts) {
    draft.table.name = without_prefix(name).value_or(name);
    draft.schema.table = std::make_shared<const Table>(std::move(draft.table));
    out.push_back(std::make_shared<const TableSchema>(std::move(draft.schema)));
  }
  return out;
}

Result<std::map<std::string, SchemaReader::Rules>> SchemaReader::rules(const std::string& table) {
  auto created = connection_.query("SHOW CREATE TABLE " + quoted_name(database_) + "." + quoted_name(table));
  if (!created) return created.take_error();
  std::map<std::string, Rules> rules;
  if (created->empty() || created->front().size() < 2) return rules;
  std::istringstream lines(created->front()[1].value_or(""));
  for (std::string line; std::getline(lines, line);) {
    const auto begin = line.find("CONSTRAINT `");
    const auto end = line.find("` FOREIGN KEY (");
    if (begin == std::string::npos || end == std::string::npos) continue;
    auto& rule = rules[line.substr(begin + 12, end - begin - 12)];
    const auto behind = [&](const char* words) {
      const auto tail = std::string_view(line).substr(line.rfind(')') + 1);
      const auto at = tail.find(words);
      if (at == std::string_view::npos) return Rule::kRestrict;
      auto rest = tail.substr(at + std::char_traits<char>::length(words));
      for (const std::string_view name : {"CASCADE", "SET NULL", "NO ACTION", "SET DEFAULT"}) {
        if (rest.starts_with(name)) return rule_of(name);
      }
      return Rule::kRestrict;
    };
    rule = {behind("ON DELETE "), behind("ON UPDATE ")};
  }
  return rules;
}

// The rules come from SHOW CREATE TABLE: information_schema.REFERENTIAL_CONSTRAINTS is silently empty for a user who may only
// SELECT, which is all that our documented grants give, and every cascade would be lost.
Result<std::vector<ForeignKey>> SchemaReader::foreign_keys() {
  auto columns = connection_.query("SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME FROM "
                                   "information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_NAME IS NOT NULL AND TABLE_SCHEMA=" + schema_literal() +
                                   " AND REFERENCED_TABLE_SCHEMA=" + schema_literal() + " ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION");
  if (!columns) return columns.take_error();
  std::map<std::pair<std::string, std::string>, ForeignKey> keys;
  for (const auto& row : *columns) {
    const auto child = without_prefix(*row[0]), parent = without_prefix(*row[3]);
    if (!child || !parent) continue;
    auto& key = keys[{*row[0], *row[1]}];
    key.name = *row[1];
    key.table = *child;
    key.parent = *parent;
    key.columns.push_back(*row[2]);
    key.parent_columns.push_back(*row[4]);
  }
  std::map<std::string, std::map<std::string, Rules>> by_table;
  for (auto& [name, key] : keys) {
    const auto& [table, constraint] = name;
    auto known = by_table.find(table);
    if (known == by_table.end()) {
      auto read = rules(table);
      if (!read) return read.take_error();
      known = by_table.emplace(table, std::move(*read)).first;
    }
    const auto found = known->second.find(constraint);
    if (found == known->second.end()) {
      return engine::fail(engine::Errc::kUnavailable, "the rules of foreign key " + constraint + " of table " + table + " cannot be read");
    }
    key.on_delete = found->second.on_delete;
    key.on_update = found->second.on_update;
  }
  std::vector<ForeignKey> out;
  for (auto& [name, key] : keys) out.push_back(std::move(key));
  return out;
}

}  // namespace connectors
