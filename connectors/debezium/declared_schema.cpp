#include "connectors/debezium/declared_schema.h"

#include <strings.h>

#include <algorithm>
#include <charconv>

#include "connectors/debezium/sql_tokens.h"

namespace connectors {

using engine::Errc;
using engine::Result;
using Tokens = std::vector<SqlToken>;

namespace {

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) { return std::find(words.begin(), words.end(), word) != words.end(); }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

/// The numbers in the first parentheses of a type.
std::pair<unsigned, unsigned> numbers_of(std::string_view type) {
  unsigned first = 0, second = 0;
  const auto open = type.find('(');
  if (open == std::string_view::npos) return {0, 0};
  const auto* end = type.data() + type.size();
  const auto [rest, error] = std::from_chars(type.data() + open + 1, end, first);
  if (error == std::errc() && rest != end && *rest == ',') std::from_chars(rest + 1, end, second);
  return {first, second};
}

Column::Kind kind_of(std::string_view type, DatabaseKind database) {
  const auto base = type.substr(0, type.find_first_of("( "));
  if (type.find("[]") != std::string_view::npos) return Column::Kind::kText;
  if (one_of(base, {"tinyint", "smallint", "mediumint", "int", "integer", "bigint", "year", "bool", "boolean", "int2", "int4", "int8", "serial", "bigserial", "smallserial"})) {
    return Column::Kind::kInteger;
  }
  if (base == "bit") return type.starts_with("bit varying") || numbers_of(type).first > 63 ? Column::Kind::kText : Column::Kind::kInteger;
  if (one_of(base, {"decimal", "numeric", "dec", "fixed"})) {
    // Without a precision PostgreSQL keeps any scale: such a number is text.
    return type.find('(') == std::string_view::npos && database == DatabaseKind::kPostgres ? Column::Kind::kText : Column::Kind::kDecimal;
  }
  if (one_of(base, {"float", "double", "real", "float4", "float8"})) return Column::Kind::kReal;
  if (base == "date") return Column::Kind::kDate;
  if (base == "time" || base == "timetz") return Column::Kind::kTime;
  if (one_of(base, {"datetime", "timestamp", "timestamptz"})) return Column::Kind::kInstant;
  if (base == "json" || base == "jsonb") return Column::Kind::kJson;
  if (one_of(base, {"binary", "varbinary", "blob", "tinyblob", "mediumblob", "longblob", "bytea", "geometry", "point", "polygon", "linestring"})) return Column::Kind::kBytes;
  return Column::Kind::kText;
}

/// Reads one statement: what comes, in order.
class StatementReader {
 public:
  StatementReader(const Tokens& tokens, std::size_t begin, std::size_t end) : tokens_(tokens), at_(begin), end_(end) {}
  bool at_end() const { return at_ >= end_; }
  const SqlToken& peek() const {
    static const SqlToken kNothing{};
    return at_end() ? kNothing : tokens_[at_];
  }
  SqlToken next() { return at_end() ? SqlToken{} : tokens_[at_++]; }
  bool accept(std::string_view word) {
    if (at_end() || !tokens_[at_].is(word)) return false;
    ++at_;
    return true;
  }
  /// The last part of a dotted name.
  std::string name() {
    std::string last = next().text;
    while (accept(".")) last = next().text;
    return last;
  }
  /// Names between parentheses; lengths of prefixes ("title"(20)) are passed over.
  std::vector<std::string> names() {
    std::vector<std::string> out;
    if (!accept("(")) return out;
    while (!at_end() && !accept(")")) {
      if (accept(",")) continue;
      if (peek().is("(")) {
        skip_parentheses();
        continue;
      }
      const auto token = next();
      if (!token.is("ASC") && !token.is("DESC")) out.push_back(token.text);
    }
    return out;
  }
  std::string parentheses() {
    std::string text;
    unsigned depth = 0;
    do {
      const auto token = next();
      if (token.is("(")) ++depth;
      if (token.is(")")) --depth;
      text += token.text;
    } while (depth > 0 && !at_end());
    return text;
  }
  void skip_parentheses() { (void)parentheses(); }
  /// To the comma or the closing parenthesis that ends a definition.
  void skip_definition() {
    while (!at_end() && !peek().is(",") && !peek().is(")")) {
      if (peek().is("(")) {
        skip_parentheses();
      } else {
        ++at_;
      }
    }
  }

 private:
  const Tokens& tokens_;
  std::size_t at_, end_;
};

struct Draft {
  Table table;
  std::vector<bool> nullable;
};

class SchemaDraft {
 public:
  SchemaDraft(DatabaseKind database, const std::string& prefix) : database_(database), prefix_(prefix) {}

  void statement(StatementReader in) {
    if (in.accept("CREATE")) {
      while (in.accept("TEMPORARY") || in.accept("UNLOGGED") || in.accept("OR") || in.accept("REPLACE")) {}
      if (in.accept("TABLE")) create(in);
    } else if (in.accept("ALTER") && in.accept("TABLE")) {
      if (in.accept("IF")) (void)in.accept("EXISTS");
      (void)in.accept("ONLY");
      const auto table = in.name();
      while (!in.at_end()) {
        if (in.accept("ADD")) {
          key_definition(in, table, constraint_name(in));
        } else {
          in.next();
        }
      }
    }
  }

  DeclaredSchema finish() {
    DeclaredSchema out;
    out.database = database_;
    for (auto& [name, draft] : tables_) {
      const auto own = without_prefix(name);
      if (!own) continue;
      DeclaredTable declared;
      draft.table.name = *own;
      for (const Column& column : draft.table.columns) declared.precision.push_back(precision(column));
      declared.nullable = std::move(draft.nullable);
      declared.table = std::make_shared<const Table>(std::move(draft.table));
      out.tables.emplace(*own, std::move(declared));
    }
    if (database_ == DatabaseKind::kPostgres) return out;
    for (auto& key : keys_) {
      const auto child = without_prefix(key.table), parent = without_prefix(key.parent);
      if (!child || !parent || !out.tables.contains(*child) || !out.tables.contains(*parent)) continue;
      key.table = *child;
      key.parent = *parent;
      out.keys.push_back(std::move(key));
    }
    return out;
  }

 private:
  std::optional<std::string> without_prefix(const std::string& name) const {
    if (!name.starts_with(prefix_) || name.size() == prefix_.size()) return std::nullopt;
    return name.substr(prefix_.size());
  }

  unsigned precision(const Column& column) const {
    if (column.source_type.find('(') != std::string::npos) return numbers_of(column.source_type).first;
    return database_ == DatabaseKind::kPostgres ? 6 : 0;
  }

  void create(StatementReader& in) {
    if (in.accept("IF")) {
      (void)in.accept("NOT");
      (void)in.accept("EXISTS");
    }
    const auto name = in.name();
    if (!in.accept("(")) return;  // CREATE TABLE … LIKE, … AS
    tables_[name].table.name = name;
    while (!in.at_end() && !in.accept(")")) {
      if (in.accept(",")) continue;
      const auto& first = in.peek();
      if (first.is("CONSTRAINT") || first.is("PRIMARY") || first.is("FOREIGN")) {
        const auto constraint = constraint_name(in);
        key_definition(in, name, constraint);
      } else if (first.kind == SqlToken::Kind::kWord &&
                 one_of(lower(first.text), {"unique", "key", "index", "fulltext", "spatial", "check", "exclude", "period", "like"})) {
        in.skip_definition();
      } else {
        column(in, name);
      }
      in.skip_definition();
    }
  }

  void column(StatementReader& in, const std::string& table) {
    const auto name = in.next().text;
    auto type = lower(in.next().text);
    while (in.accept(".")) type = lower(in.next().text);  // a type of some schema
    bool nullable = true, key = false, json = false;
    while (!in.at_end() && !in.peek().is(",") && !in.peek().is(")")) {
      if (in.peek().is("(")) {
        type += in.parentheses();
      } else if (in.peek().kind == SqlToken::Kind::kWord && one_of(lower(in.peek().text), {"unsigned", "zerofill", "varying", "precision", "with", "without", "time", "zone"})) {
        type += " " + lower(in.next().text);
      } else if (in.accept("[")) {
        (void)in.accept("]");
        type += "[]";
      } else {
        break;
      }
    }
    while (!in.at_end() && !in.peek().is(",") && !in.peek().is(")")) {
      if (in.accept("NOT")) {
        nullable = nullable && !in.accept("NULL");
      } else if (in.accept("PRIMARY")) {
        key = true;
      } else if (in.accept("CHECK")) {
        json = in.parentheses().find("json_valid(") != std::string::npos;
      } else if (in.accept("REFERENCES")) {
        foreign_key(in, table, {}, {name});
      } else if (in.peek().is("(")) {
        in.skip_parentheses();
      } else {
        in.next();
      }
    }
    auto& draft = tables_[table];
    if (key) draft.table.primary_key.push_back(static_cast<std::uint32_t>(draft.table.columns.size()));
    draft.table.columns.push_back(declared_column(name, type, database_));
    if (json) draft.table.columns.back().kind = Column::Kind::kJson;
    draft.nullable.push_back(nullable && !key);
  }

  /// Of a key that is about to be defined; empty where it has none.
  static std::string constraint_name(StatementReader& in) {
    if (!in.accept("CONSTRAINT") || in.peek().is("PRIMARY") || in.peek().is("FOREIGN")) return {};
    return in.next().text;
  }

  void key_definition(StatementReader& in, const std::string& table, const std::string& constraint) {
    if (in.accept("PRIMARY")) {
      (void)in.accept("KEY");
      auto& draft = tables_[table];
      draft.table.primary_key.clear();
      for (const auto& column : in.names()) {
        const auto& columns = draft.table.columns;
        const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return strcasecmp(c.name.c_str(), column.c_str()) == 0; });
        if (found != columns.end()) draft.table.primary_key.push_back(static_cast<std::uint32_t>(found - columns.begin()));
      }
    } else if (in.accept("FOREIGN")) {
      (void)in.accept("KEY");
      if (!in.peek().is("(")) in.next();  // the name of its index
      auto columns = in.names();
      if (in.accept("REFERENCES")) foreign_key(in, table, constraint, std::move(columns));
    }
  }

  void foreign_key(StatementReader& in, const std::string& table, const std::string& constraint, std::vector<std::string> columns) {
    ForeignKey key;
    key.name = constraint.empty() ? table + "_" + (columns.empty() ? "" : columns.front()) : constraint;
    key.table = table;
    key.columns = std::move(columns);
    key.parent = in.name();
    key.parent_columns = in.names();
    while (in.accept("ON")) {
      const bool on_delete = in.accept("DELETE");
      if (!on_delete) (void)in.accept("UPDATE");
      (on_delete ? key.on_delete : key.on_update) = rule(in);
    }
    if (key.columns.size() == key.parent_columns.size() && !key.columns.empty()) keys_.push_back(std::move(key));
  }

  static ForeignKey::Rule rule(StatementReader& in) {
    using Rule = ForeignKey::Rule;
    if (in.accept("CASCADE")) return Rule::kCascade;
    if (in.accept("SET")) return in.accept("NULL") ? Rule::kSetNull : (in.accept("DEFAULT"), Rule::kSetDefault);
    if (in.accept("NO")) return in.accept("ACTION"), Rule::kNoAction;
    (void)in.accept("RESTRICT");
    return Rule::kRestrict;
  }

  const DatabaseKind database_;
  const std::string prefix_;
  std::map<std::string, Draft> tables_;
  std::vector<ForeignKey> keys_;
};

}  // namespace

Column declared_column(std::string_view name, std::string_view type, DatabaseKind database) {
  Column column;
  column.name = name;
  column.source_type = type;
  column.kind = kind_of(type, database);
  if (column.kind == Column::Kind::kDecimal) column.scale = static_cast<std::uint8_t>(std::min(numbers_of(type).second, 255U));
  return column;
}

Result<DeclaredSchema> read_declared_schema(std::string_view sql, DatabaseKind database, const std::string& table_prefix) {
  auto tokens = sql_tokens(sql, database == DatabaseKind::kMariaDb);
  if (!tokens) return tokens.take_error();
  SchemaDraft draft(database, table_prefix);
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= tokens->size(); ++i) {
    if (i < tokens->size() && !(*tokens)[i].is(";")) continue;
    draft.statement(StatementReader(*tokens, begin, i));
    begin = i + 1;
  }
  auto schema = draft.finish();
  if (schema.tables.empty()) {
    return engine::fail(Errc::kNotFound, table_prefix.empty() ? "no CREATE TABLE in it" : "no CREATE TABLE of a table whose name begins with " + table_prefix);
  }
  return schema;
}

}  // namespace connectors
