#pragma once
// JSON objects that callers send along: kept whole, compared by content.

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace app::craft_agents {

/// An object as sent, and the parser that owns it. A text that holds an object counts as one; everything else as an object without members.
class SentObject {
 public:
  explicit SentObject(std::optional<std::string_view> text);
  SentObject(const SentObject&) = delete;

  simdjson::dom::object object() const { return object_; }
  std::optional<simdjson::dom::element> member(std::string_view name) const;
  /// The text of a member, trimmed; empty: absent, blank or not a text.
  std::string_view text(std::string_view name) const;
  /// A number, or a text that is one.
  std::optional<double> number(std::string_view name) const;
  /// A positive whole number, or a text that is one.
  std::optional<std::int64_t> positive(std::string_view name) const;

  /// Compact, members as sent; those whose names begin with `without` are left out (empty: none are).
  std::string json(std::string_view without = {}) const;
  /// Compact, members of every object by name: equal for equal content. kMalformed: a name stands twice in one object.
  engine::Result<std::string> canonical(std::string_view without = {}) const;

 private:
  simdjson::dom::parser parser_;
  simdjson::dom::object object_;
};

}  // namespace app::craft_agents
