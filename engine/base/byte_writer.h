#pragma once
// The counterpart of ByteCursor: appends integers and texts to a string.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/byte_order.h"

namespace engine {

inline constexpr std::size_t kVarintBytes = 10;  ///< the most a varint takes

/// LEB128 at `out`, which has room for it. Returns the end; read back by ByteCursor::varint.
inline char* put_varint(char* out, std::uint64_t v) {
  for (; v >= 0x80; v >>= 7) *out++ = static_cast<char>(v | 0x80);
  *out++ = static_cast<char>(v);
  return out;
}

class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  template <std::unsigned_integral T>
  ByteWriter& big(T v) {
    if constexpr (sizeof(T) == 1) {
      out_.push_back(static_cast<char>(v));
    } else {
      char bytes[sizeof(T)];
      store_big(bytes, v);
      out_.append(bytes, sizeof bytes);
    }
    return *this;
  }
  template <std::unsigned_integral T>
  ByteWriter& little(T v) {
    char bytes[sizeof(T)];
    store_little(bytes, v);
    out_.append(bytes, sizeof bytes);
    return *this;
  }
  ByteWriter& varint(std::uint64_t v) {
    if (v < 0x80) {  // most are one byte
      out_.push_back(static_cast<char>(v));
      return *this;
    }
    char bytes[kVarintBytes];
    out_.append(bytes, static_cast<std::size_t>(put_varint(bytes, v) - bytes));
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
