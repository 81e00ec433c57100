#include "connectors/debezium/sql_tokens.h"

#include <strings.h>

#include <algorithm>
#include <cctype>

namespace connectors {
namespace {

bool word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80; }

class Lexer {
 public:
  Lexer(std::string_view sql, bool backslashes) : sql_(sql), backslashes_(backslashes) {}

  engine::Result<std::vector<SqlToken>> run() {
    while (at_ < sql_.size()) {
      if (std::isspace(static_cast<unsigned char>(sql_[at_]))) {
        ++at_;
      } else if (starts("--") || sql_[at_] == '#' || (sql_[at_] == '\\' && line_start())) {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (starts("/*")) {
        const auto end = sql_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return without_end("comment");
        at_ = end + 2;
      } else if (sql_[at_] == '\'') {
        if (!quoted('\'', SqlToken::Kind::kText)) return without_end("text");
      } else if (sql_[at_] == '`' || sql_[at_] == '"') {
        if (!quoted(sql_[at_], SqlToken::Kind::kName)) return without_end("name");
      } else if (word_character(sql_[at_])) {
        const auto end = std::find_if_not(sql_.begin() + static_cast<std::ptrdiff_t>(at_), sql_.end(), word_character) - sql_.begin();
        tokens_.push_back({SqlToken::Kind::kWord, std::string(sql_.substr(at_, static_cast<std::size_t>(end) - at_))});
        at_ = static_cast<std::size_t>(end);
      } else {
        tokens_.push_back({SqlToken::Kind::kMark, std::string(1, sql_[at_++])});
        if (tokens_.back().text == ";") pass_copied_rows();
      }
    }
    return std::move(tokens_);
  }

 private:
  bool starts(std::string_view with) const { return sql_.substr(at_).starts_with(with); }
  bool line_start() const { return at_ == 0 || sql_[at_ - 1] == '\n'; }

  bool quoted(char quote, SqlToken::Kind kind) {
    begin_ = at_;
    SqlToken token{kind, {}};
    for (++at_; at_ < sql_.size(); ++at_) {
      const char c = sql_[at_];
      const bool more = at_ + 1 < sql_.size();
      if (c == '\\' && backslashes_ && kind == SqlToken::Kind::kText && more) {
        token.text.push_back(sql_[++at_]);
      } else if (c == quote && more && sql_[at_ + 1] == quote) {
        token.text.push_back(sql_[++at_]);
      } else if (c == quote) {
        ++at_;
        tokens_.push_back(std::move(token));
        return true;
      } else {
        token.text.push_back(c);
      }
    }
    return false;
  }

  /// COPY … FROM stdin; is followed by lines of data up to one with \. alone.
  void pass_copied_rows() {
    const auto size = tokens_.size();
    if (size < 3 || !tokens_[size - 2].is("stdin") || !tokens_[size - 3].is("FROM")) return;
    const auto end = sql_.find("\n\\.", at_);
    at_ = end == std::string_view::npos ? sql_.size() : end + 1;
  }

  tl::unexpected<engine::Error> without_end(const char* what) const {
    const auto line = 1 + std::count(sql_.begin(), sql_.begin() + static_cast<std::ptrdiff_t>(std::min(std::max(begin_, at_), sql_.size())), '\n');
    return engine::fail(engine::Errc::kMalformed, std::string("a ") + what + " has no end; looked for it up to line " + std::to_string(line));
  }

  std::string_view sql_;
  const bool backslashes_;
  std::size_t at_ = 0;
  std::size_t begin_ = 0;
  std::vector<SqlToken> tokens_;
};

}  // namespace

bool SqlToken::is(std::string_view word) const {
  return (kind == Kind::kWord || kind == Kind::kMark) && text.size() == word.size() && strncasecmp(text.data(), word.data(), word.size()) == 0;
}

engine::Result<std::vector<SqlToken>> sql_tokens(std::string_view sql, bool backslashes) { return Lexer(sql, backslashes).run(); }

}  // namespace connectors
