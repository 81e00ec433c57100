#include "access/control/control_requests.h"

namespace trust {

using engine::Errc;
using engine::Result;

namespace {

constexpr std::size_t kActionBytes = 96, kRefBytes = 128, kKeyBytes = 128;

bool is_key_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == ':' || c == '-';
}

}  // namespace

Result<std::string> normal_idempotency_key(std::string_view text) {
  std::string key;
  for (const char c : text) {
    if (is_key_character(c)) {
      key += c;
    } else if (!key.ends_with('-')) {
      key += '-';
    }
  }
  const auto first = key.find_first_not_of('-');
  if (first == key.npos) return std::string();
  key = key.substr(first, key.find_last_not_of('-') - first + 1);
  if (key.size() > kKeyBytes) return engine::fail(Errc::kMalformed, "The idempotency key is too long; at most 128 characters.");
  return key;
}

std::optional<std::string> beyond_bounds(std::string_view action, std::string_view action_ref, std::string_view payload) {
  if (action.size() > kActionBytes) return "`actionType` is too long; at most 96 characters.";
  if (action_ref.size() > kRefBytes) return "`actionRef` is too long; at most 128 bytes.";
  if (payload.size() > kPayloadBytes) return "`payload` is too large; at most 65536 bytes of JSON are kept.";
  return std::nullopt;
}

}  // namespace trust
