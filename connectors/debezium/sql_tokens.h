#pragma once
// The words of an SQL dump, without comments.

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace connectors {

struct SqlToken {
  enum class Kind : std::uint8_t { kWord, kName, kText, kMark };  ///< bare word, quoted identifier, string literal, one punctuation character
  Kind kind = Kind::kMark;
  std::string text;  ///< without quotes
  /// A bare word (without case) or a mark; never what stood in quotes.
  bool is(std::string_view word) const;
};

/// `backslashes`: a backslash inside a string literal escapes (MariaDB). Lines that begin with a backslash are commands of psql and passed over, as is what COPY … FROM stdin brings.
/// kMalformed: a quote or comment has no end; the detail names its line.
engine::Result<std::vector<SqlToken>> sql_tokens(std::string_view sql, bool backslashes);

}  // namespace connectors
