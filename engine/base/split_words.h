#pragma once
// Lists that people write as one text.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace engine {

/// The parts between commas and white space; none of them is empty.
inline std::vector<std::string> split_words(std::string_view text) {
  constexpr std::string_view kBetween = ", \t\r\n";
  std::vector<std::string> words;
  for (auto at = text.find_first_not_of(kBetween); at != text.npos; at = text.find_first_not_of(kBetween, at)) {
    const auto end = std::min(text.find_first_of(kBetween, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

}  // namespace engine
