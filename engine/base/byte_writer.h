#pragma once
// The counterpart of ByteCursor: appends integers and texts to a string.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace engine {

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  template <std::unsigned_integral T>
  ByteWriter& big(T v) {
    for (int shift = static_cast<int>(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8) {
      out_.push_back(static_cast<char>(static_cast<std::uint64_t>(v) >> shift & 0xff));
    }
    return *this;
  }
  template <std::unsigned_integral T>
  ByteWriter& little(T v) {
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      out_.push_back(static_cast<char>(static_cast<std::uint64_t>(v) >> (8 * i) & 0xff));
    }
    return *this;
  }
  ByteWriter& varint(std::uint64_t v) {
    while (v >= 0x80) {
      out_.push_back(static_cast<char>(v | 0x80));
      v >>= 7;
    }
    out_.push_back(static_cast<char>(v));
    return *this;
  }
  ByteWriter& raw(std::string_view bytes) {
    out_.append(bytes);
    return *this;
  }
  /// Length and bytes; read back by ByteCursor::text.
  ByteWriter& text(std::string_view bytes) { return varint(bytes.size()).raw(bytes); }

 private:
  std::string& out_;
};

}  // namespace engine
