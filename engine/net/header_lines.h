#pragma once
// The header lines of messages that differ in a few values only.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::net {

/// Written once; a value as long as the one before it is replaced where it stands. Threads: one.
class HeaderLines {
 public:
  /// The line's number, counted from 0. nullopt, and nothing is added: `name` is no token, or `value` has a line end or a NUL.
  std::optional<std::size_t> add(std::string_view name, std::string_view value = {});
  /// False, and nothing changes: `value` has a line end or a NUL.
  bool set(std::size_t line, std::string_view value);
  /// `size` characters for the caller to write now; they end no line. Valid until the next call.
  char* rewrite(std::size_t line, std::size_t size);

  std::size_t size() const { return values_.size(); }
  /// The first `lines` of them, each with its CRLF. Valid until the next call.
  std::string_view first(std::size_t lines) const;
  std::string_view text() const { return text_; }

 private:
  struct Value {
    std::size_t at;
    std::size_t size;
  };
  std::string text_;
  std::vector<Value> values_;
};

}  // namespace engine::net
