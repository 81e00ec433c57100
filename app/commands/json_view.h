#pragma once
// A value of a server's answer, read without fear: what is missing is null, and null reads as nothing.

#include <simdjson.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/json_writer.h"

namespace app::commands {

/// Cheap to copy; valid as long as the JsonDocument it comes from.
class JsonView {
 public:
  JsonView() = default;
  explicit JsonView(simdjson::dom::element element) : element_(element) {}

  bool null() const { return !element_ || element_->is_null(); }
  bool is_object() const { return element_ && element_->is_object(); }
  /// The member of that name; null where there is none.
  JsonView at(std::string_view key) const;
  /// In order; empty for anything but an object.
  std::vector<std::pair<std::string_view, JsonView>> members() const;
  /// Empty for anything but an array.
  std::vector<JsonView> items() const;
  /// A text as it is, a number or truth value as JSON writes it; empty for anything else.
  std::string text() const;
  /// The texts of an array.
  std::vector<std::string> texts() const;
  bool truth() const;
  std::optional<double> number() const;
  /// Compact JSON; "null" where there is nothing.
  std::string json() const;
  simdjson::dom::element_type type() const { return element_ ? element_->type() : simdjson::dom::element_type::NULL_VALUE; }

 private:
  std::optional<simdjson::dom::element> element_;
};

/// A parsed text, which it owns.
class JsonDocument {
 public:
  /// nullopt: no JSON.
  static std::optional<JsonDocument> parse(std::string_view text);
  JsonView root() const { return root_; }

 private:
  std::unique_ptr<simdjson::dom::parser> parser_;
  JsonView root_;
};

}  // namespace app::commands
