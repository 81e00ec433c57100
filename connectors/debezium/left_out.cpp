#include "connectors/debezium/left_out.h"

#include <array>
#include <string>

#include "engine/base/text_codec.h"

namespace connectors {
namespace {

constexpr std::string_view kMark = "__debezium_unavailable_value";

/// Every text the mark may come as.
const std::array<std::string, 5>& texts() {
  static const std::array<std::string, 5> kTexts = {std::string(kMark), engine::to_base64(kMark), engine::to_base64url(kMark), engine::to_hex(kMark),
                                                    R"({")" + std::string(kMark) + R"(":")" + std::string(kMark) + R"("})"};
  return kTexts;
}

bool is_array_of_mark(const simdjson::dom::array& array) {
  const auto size = array.size();
  if (size == 1) {
    std::string_view text;
    return !array.at(0).get(text) && text == kMark;
  }
  if (size != kMark.size()) return false;
  std::size_t place = 0;
  for (const simdjson::dom::element byte : array) {
    std::int64_t number = 0;
    if (byte.get(number) || number != kMark[place++]) return false;
  }
  return true;
}

}  // namespace

bool is_left_out(const simdjson::dom::element& value) {
  std::string_view text;
  if (!value.get(text)) {
    for (const auto& one : texts()) {
      if (text == one) return true;
    }
    return false;
  }
  simdjson::dom::array array;
  if (!value.get(array)) return is_array_of_mark(array);
  simdjson::dom::object object;
  return !value.get(object) && object.size() == 1 && !object[kMark].get(text) && text == kMark;
}

}  // namespace connectors
