#pragma once
// `fields` and `filter`: rows of an already paged answer, kept or dropped, whole or in part
// (contract craft-agents-api section 7). Pure.

#include <string>
#include <string_view>
#include <vector>

namespace app::craft_agents {

/// Value checks for the route table; messages of contract section 6.1.
void check_fields(std::string_view value, std::vector<std::string>& problems);
void check_filter(std::string_view value, std::vector<std::string>& problems);

class Projection {
 public:
  /// Both have passed their checks; empty: everything.
  Projection(std::string_view fields, std::string_view filter);

  bool everything() const { return paths_.empty() && expressions_.empty(); }

  /// Appends what is left of `row` (a JSON object) to `out` and returns true; false: the filter drops the row
  /// (or it is not JSON). A row in which no path exists becomes {}.
  bool apply(std::string_view row, std::string& out) const;

 private:
  using Path = std::vector<std::string>;
  struct Expression {
    Path path;
    std::string expected;  // trimmed, lower case
  };
  std::vector<Path> paths_;  // ascending, without repeats
  std::vector<Expression> expressions_;
};

}  // namespace app::craft_agents
