#include "connectors/mariadb/logged_statement.h"

#include <cctype>
#include <optional>

namespace connectors {
namespace {

using Kind = LoggedStatement::Kind;

/// Words, quoted names and single punctuation marks; comments vanish, the text of executable ones (/*! … */) stays.
class Tokens {
 public:
  explicit Tokens(std::string_view sql) : rest_(sql) { advance(); }

  const std::string& text() const { return token_; }
  bool at_end() const { return token_.empty() && !quoted_; }
  bool is(std::string_view word) const {
    if (quoted_ || token_.size() != word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (std::toupper(static_cast<unsigned char>(token_[i])) != word[i]) return false;
    }
    return true;
  }
  bool skip(std::string_view word) {
    if (!is(word)) return false;
    advance();
    return true;
  }
  std::string take() {
    auto out = token_;
    advance();
    return out;
  }
  bool is_name() const { return quoted_ || (!token_.empty() && word_byte(token_[0])); }

  void advance() {
    token_.clear();
    quoted_ = false;
    skip_blanks();
    if (rest_.empty()) return;
    const char first = rest_[0];
    if (first == '`' || first == '"' || first == '\'') return take_quoted(first);
    std::size_t length = 0;
    while (length < rest_.size() && word_byte(rest_[length])) ++length;
    if (length == 0) length = 1;
    token_ = rest_.substr(0, length);
    rest_.remove_prefix(length);
  }

 private:
  static bool word_byte(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80; }
  void drop_until(std::string_view mark) {
    const auto at = rest_.find(mark);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + mark.size());
  }
  void skip_blanks() {
    for (;;) {
      if (rest_.empty()) return;
      if (std::isspace(static_cast<unsigned char>(rest_[0])) || rest_[0] == ';' || rest_.starts_with("*/")) {
        rest_.remove_prefix(rest_[0] == '*' ? 2 : 1);
      } else if (rest_.starts_with("/*!") || rest_.starts_with("/*M!")) {
        rest_.remove_prefix(rest_[2] == '!' ? 3 : 4);
        while (!rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_[0]))) rest_.remove_prefix(1);
      } else if (rest_.starts_with("/*")) {
        drop_until("*/");
      } else if (rest_[0] == '#' || rest_.starts_with("-- ")) {
        drop_until("\n");
      } else {
        return;
      }
    }
  }
  void take_quoted(char quote) {
    quoted_ = true;
    std::size_t i = 1;
    for (; i < rest_.size(); ++i) {
      if (rest_[i] == quote) {
        if (i + 1 >= rest_.size() || rest_[i + 1] != quote) break;
        ++i;
      }
      token_.push_back(rest_[i]);
    }
    rest_.remove_prefix(std::min(i + 1, rest_.size()));
  }

  std::string_view rest_;
  std::string token_;
  bool quoted_ = false;
};

std::optional<LoggedStatement::TableName> take_table(Tokens& in) {
  if (!in.is_name()) return std::nullopt;
  LoggedStatement::TableName out;
  out.table = in.take();
  if (in.skip(".") && in.is_name()) {
    out.database = std::move(out.table);
    out.table = in.take();
  }
  return out;
}

void take_tables(Tokens& in, LoggedStatement& out) {
  do {
    auto table = take_table(in);
    if (!table) return;
    out.tables.push_back(std::move(*table));
  } while (in.skip(","));
}

void skip_exists(Tokens& in) {
  if (!in.skip("IF")) return;
  in.skip("NOT");
  in.skip("EXISTS");
}

void skip_words(Tokens& in, std::initializer_list<std::string_view> words) {
  for (bool more = true; more;) {
    more = false;
    for (const auto word : words) more = in.skip(word) || more;
  }
}

/// What else there is in ALTER TABLE a …: RENAME [TO] b names a second table; AFTER x and FIRST only say where a column goes.
void take_alterations(Tokens& in, LoggedStatement& out) {
  out.in_place = true;
  while (!in.at_end()) {
    if (in.skip("AFTER")) {
      in.advance();
      continue;
    }
    for (const auto word : {"CONVERT", "EXCHANGE", "TRUNCATE", "REORGANIZE", "COALESCE", "DISCARD", "IMPORT", "PARTITION"}) {
      if (in.is(word)) out.in_place = false;
    }
    const bool rename = in.is("RENAME");
    if (in.is_name()) out.words.push_back(in.text());
    in.advance();
    if (!rename || in.is("COLUMN") || in.is("INDEX") || in.is("KEY")) continue;
    out.in_place = false;
    if (!in.skip("TO")) in.skip("AS");
    if (auto table = take_table(in)) out.tables.push_back(std::move(*table));
  }
}

LoggedStatement shape(Tokens& in, std::string_view verb) {
  LoggedStatement out;
  skip_words(in, {"OR", "REPLACE", "ONLINE", "IGNORE"});
  const bool temporary = in.skip("TEMPORARY");
  if (verb == "DROP" && (in.skip("DATABASE") || in.skip("SCHEMA"))) {
    skip_exists(in);
    out.kind = Kind::kDropDatabase;
    out.name = in.take();
    return out;
  }
  if (!in.skip("TABLE") && !in.skip("TABLES")) return out;
  skip_exists(in);
  if (temporary) return out;
  out.kind = Kind::kShape;
  if (verb == "DROP") {
    take_tables(in, out);
    return out;
  }
  if (auto table = take_table(in)) out.tables.push_back(std::move(*table));
  if (verb == "ALTER") take_alterations(in, out);
  if (verb == "RENAME") {  // a TO b, c TO d
    while (!in.at_end()) {
      if (!in.skip("TO") && !in.skip(",")) in.advance();
      if (auto table = take_table(in)) out.tables.push_back(std::move(*table));
    }
  }
  return out;
}

LoggedStatement rows(Tokens& in) {
  LoggedStatement out;
  out.kind = Kind::kRows;
  const bool load = in.is("LOAD");
  in.advance();
  while (load && !in.at_end() && !in.is("TABLE")) in.advance();
  skip_words(in, {"LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "QUICK", "IGNORE", "INTO", "FROM", "TABLE"});
  auto table = take_table(in);
  // Several tables, or an alias in front of FROM: which are written cannot be told without parsing.
  const bool plain = !in.is(",") && !in.is("FROM") && !in.is("USING") && !in.is("JOIN") && !in.is("LEFT") && !in.is("INNER");
  if (table && plain) out.tables.push_back(std::move(*table));
  return out;
}

}  // namespace

LoggedStatement read_statement(std::string_view sql) {
  Tokens in(sql);
  LoggedStatement out;
  if (in.is("INSERT") || in.is("UPDATE") || in.is("DELETE") || in.is("REPLACE") || in.is("LOAD")) return rows(in);
  for (const std::string_view verb : {"CREATE", "ALTER", "DROP", "RENAME"}) {
    if (in.skip(verb)) return shape(in, verb);
  }
  if (in.skip("TRUNCATE")) {
    in.skip("TABLE");
    out.kind = Kind::kTruncate;
    take_tables(in, out);
  } else if (in.is("BEGIN") || in.is("START")) {
    out.kind = Kind::kBegin;
  } else if (in.is("COMMIT")) {
    out.kind = Kind::kCommit;
  } else if (in.skip("ROLLBACK")) {
    out.kind = in.skip("TO") ? Kind::kRollbackTo : Kind::kRollback;
    in.skip("SAVEPOINT");
    out.name = in.text();
  } else if (in.skip("SAVEPOINT")) {
    out.kind = Kind::kSavepoint;
    out.name = in.text();
  } else if (in.skip("XA")) {
    out.kind = in.is("COMMIT") ? Kind::kXaCommit : in.is("ROLLBACK") ? Kind::kXaRollback : Kind::kOther;
  }
  return out;
}

}  // namespace connectors
