#pragma once
// The one place where bytes of a peer or of a file become integers.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/byte_order.h"
#include "engine/base/result.h"

namespace engine {

/// Reads a byte sequence from front to back. Failure sticks: after one read past the end every
/// further read yields zero or an empty view, so a decoder reads a whole record and asks ok() once.
/// Views point into the bytes given at construction; the cursor owns nothing.
class ByteCursor {
 public:
  explicit ByteCursor(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  std::size_t remaining() const { return rest_.size(); }
  std::string_view rest() const { return rest_; }

  std::string_view take(std::size_t n) {
    if (!ok_ || n > rest_.size()) return refuse();
    auto head = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return head;
  }
  void skip(std::size_t n) { take(n); }

  /// Big-endian: PostgreSQL, Kafka, our own keys.
  template <std::unsigned_integral T>
  T big() {
    const auto bytes = take(sizeof(T));
    return bytes.empty() ? T{0} : load_big<T>(bytes.data());
  }
  /// Little-endian: the MySQL binlog and protocol.
  template <std::unsigned_integral T>
  T little() {
    const auto bytes = take(sizeof(T));
    return bytes.empty() ? T{0} : load_little<T>(bytes.data());
  }
  /// Little-endian unsigned of 1 to 8 bytes (the binlog has integers of 3 and 6).
  std::uint64_t little_bytes(std::size_t width) {
    std::uint64_t v = 0;
    unsigned shift = 0;
    for (unsigned char c : take(width)) {
      v |= static_cast<std::uint64_t>(c) << shift;
      shift += 8;
    }
    return v;
  }
  /// Big-endian unsigned of 1 to 8 bytes.
  std::uint64_t big_bytes(std::size_t width) {
    std::uint64_t v = 0;
    for (unsigned char c : take(width)) v = v << 8 | c;
    return v;
  }
  /// LEB128, at most ten bytes, as written by ByteWriter::varint.
  std::uint64_t varint() {
    if (!rest_.empty() && static_cast<unsigned char>(rest_[0]) < 0x80) {  // most are one byte
      const auto v = static_cast<unsigned char>(rest_[0]);
      rest_.remove_prefix(1);
      return v;
    }
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto head = take(1);
      if (head.empty()) return 0;
      const auto c = static_cast<unsigned char>(head[0]);
      v |= static_cast<std::uint64_t>(c & 0x7f) << shift;
      if (!(c & 0x80)) return v;
    }
    refuse();
    return 0;
  }
  /// Length (varint) and bytes, as written by ByteWriter::text.
  std::string_view text() { return take(static_cast<std::size_t>(varint())); }

  /// kTruncated where the input ended early, else `otherwise`.
  Errc blame(Errc otherwise) const { return ok_ ? otherwise : Errc::kTruncated; }

 private:
  std::string_view refuse() {
    ok_ = false;
    rest_ = {};
    return {};
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace engine
