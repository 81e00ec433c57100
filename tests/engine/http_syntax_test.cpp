#include "engine/net/http_syntax.h"

#include <gtest/gtest.h>

namespace engine::net {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Words of eight bytes and what is left are judged differently: every byte against every other, at every place.
TEST(HttpSyntax, CaseIsIgnoredForLettersOnlyWhereverTheyStand) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{8}, std::size_t{11}}) {
    const std::string text(size, 'q');
    EXPECT_FALSE(equal_ignoring_case(text, text + "q"));
    for (std::size_t at = 0; at < size; ++at) {
      auto a = text, b = text;
      for (int x = 0; x < 256; ++x) {
        for (int y = 0; y < 256; ++y) {
          a[at] = static_cast<char>(x);
          b[at] = static_cast<char>(y);
          ASSERT_EQ(equal_ignoring_case(a, b), lower(a[at]) == lower(b[at])) << size << " " << at << " " << x << " " << y;
        }
      }
    }
  }
  EXPECT_TRUE(equal_ignoring_case("", ""));
}

TEST(HttpSyntax, LineEndsAreFoundWhereverTheyStand) {
  for (std::size_t size = 0; size <= 25; ++size) {
    EXPECT_FALSE(has_line_end(std::string(size, 'q')));
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        for (const char around : {'q', '\x01', '\x0b', '\x80', '\xff'}) {
          std::string text(size, around);
          text[at] = static_cast<char>(c);
          ASSERT_EQ(has_line_end(text), c == '\n' || c == '\r' || c == '\0') << size << " " << at << " " << c;
        }
      }
    }
  }
}

}  // namespace
}  // namespace engine::net
