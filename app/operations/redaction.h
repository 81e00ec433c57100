#pragma once
// Takes out of free text what must not leave with a report (contract craft-agents-governance 5.7: scrubbed errors, e-mail owners).

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/secret.h"

namespace app::operations {

inline constexpr std::string_view kRedacted = "[redacted]";

/// Threads: any; immutable after construction.
class Redactor {
 public:
  Redactor() = default;
  /// `secrets`: what this process knows and must never tell; those shorter than four characters are not looked for.
  explicit Redactor(std::vector<engine::Secret> secrets);

  /// The text without known secrets, user info and queries of URLs, e-mail addresses, and values named like secrets
  /// ("password=x", "token: x", "Bearer x").
  std::string operator()(std::string_view text) const;

 private:
  std::vector<engine::Secret> secrets_;  // the longest first: one may hold another
};

}  // namespace app::operations
