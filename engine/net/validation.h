#pragma once
// Checks a request's parameters against their declaration (contract craft-agents-api section 6): typed values, or every
// problem found, in declared order.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/utc.h"
#include "engine/net/route.h"
#include "engine/net/router.h"

namespace engine::net {

/// The checked values of one request. Look-ups are by declared name; an undeclared name is a programming error (assert).
class Arguments {
 public:
  using Value = std::variant<std::monostate, std::int64_t, bool, std::string, WallTime, std::vector<std::string>>;

  Arguments() = default;
  explicit Arguments(const std::vector<Parameter>& declared) : declared_(&declared), values_(declared.size()) {}

  /// The value sent, else the declared default, else nullopt.
  std::optional<std::int64_t> integer(std::string_view name) const;
  std::optional<std::string_view> text(std::string_view name) const;
  std::optional<bool> boolean(std::string_view name) const;
  std::optional<WallTime> instant(std::string_view name) const;
  /// The texts of a list as sent; empty where none was.
  const std::vector<std::string>& list(std::string_view name) const;
  /// The caller sent a value that is not empty.
  bool given(std::string_view name) const;

  void set(std::size_t index, Value value, bool given) {
    values_[index] = {std::move(value), given};
  }

 private:
  std::size_t index_of(std::string_view name) const;
  const std::vector<Parameter>* declared_ = nullptr;
  struct Entry {
    Value value;
    bool given = false;
  };
  std::vector<Entry> values_;
};

/// A parameter as sent: before types, before trimming.
struct SentValue {
  std::string name;
  std::string text;
  bool array = false;  ///< "x[]=…" in a query; an array or object in a body (`text` is then its JSON)
};
using SentValues = std::vector<SentValue>;

/// Repeated parameters: the last one wins. "x[]" collects into one array whose texts are joined by commas.
SentValues sent_in_query(std::string_view query);
/// The members of a JSON object as texts, of repeated ones the last; a body of another JSON type, or none, has no members.
/// kMalformed: the body is not JSON.
Result<SentValues> sent_in_body(std::string_view body);

/// Fills `arguments` from `sent` for the parameters declared in `place`. Returns the problems, without repeats.
/// Nothing of `arguments` may be used when there are problems.
std::vector<std::string> validate(const std::vector<Parameter>& declared, const SentValues& sent, Arguments& arguments);

/// Appends a problem where not exactly one of these parameters was given (a value that is wrong is given all the same).
void check_identifiers(const std::vector<std::string_view>& identifiers, const SentValues& sent, std::vector<std::string>& problems);

/// `text` without white space at both ends.
std::string_view trimmed(std::string_view text);
std::string ascii_lower(std::string_view text);

}  // namespace engine::net
