#include "app/operations/notification_config.h"

#include <algorithm>

#include "engine/net/validation.h"

namespace app::operations {

namespace {

constexpr std::size_t kLongestAddress = 254;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

}  // namespace

bool is_address(std::string_view text) {
  const auto at = text.find('@');
  if (text.size() > kLongestAddress || at == text.npos || at == 0 || at + 1 == text.size() || text.find('@', at + 1) != text.npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '<' && c != '>' && c != '"'; });
}

std::vector<std::string> normal_recipients(const std::vector<std::string>& texts) {
  std::vector<std::string> found;
  for (const auto& text : texts) {
    for (std::size_t at = 0; at <= text.size();) {
      const auto end = std::min(text.find_first_of(";,\n", at), text.size());
      const auto address = engine::net::ascii_lower(trimmed(std::string_view(text).substr(at, end - at)));
      if (is_address(address) && std::find(found.begin(), found.end(), address) == found.end()) found.push_back(address);
      at = end + 1;
    }
  }
  return found;
}

}  // namespace app::operations
