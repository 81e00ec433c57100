#pragma once
// A text that must not be printed, logged or compared in variable time.

#include <string>
#include <string_view>
#include <utility>

namespace engine {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  bool empty() const { return value_.empty(); }
  /// The value itself. The name is long so that every use is seen in review.
  std::string_view reveal() const { return value_; }

 private:
  std::string value_;
};

/// Constant-time in the length of `presented`; lengths themselves are not secret.
bool equal_constant_time(std::string_view known, std::string_view presented);

}  // namespace engine
