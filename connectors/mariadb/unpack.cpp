#include "connectors/mariadb/unpack.h"

#include <zlib.h>

#include "engine/base/byte_cursor.h"

namespace connectors {

using engine::Errc;
using engine::fail;

engine::Result<void> unpack(std::string_view packed, std::string& out) {
  constexpr unsigned kPacked = 0x80, kAlgorithm = 0x70, kWidth = 0x07;
  constexpr std::size_t kMostRatio = 1040;  // deflate cannot do better, so a larger claim is a lie
  engine::ByteCursor in(packed);
  const unsigned head = in.little<std::uint8_t>();
  const unsigned width = head & kWidth;
  if (!in.ok()) return fail(Errc::kTruncated, "packed event is empty");
  if (!(head & kPacked) || (head & kAlgorithm) != 0 || width == 0 || width > 4) return fail(Errc::kMalformed, "packed event: unknown form");
  const auto bytes = static_cast<std::size_t>(in.big_bytes(width));
  if (!in.ok()) return fail(Errc::kTruncated, "packed event: length cut off");
  if (bytes > (in.remaining() + 1) * kMostRatio) return fail(Errc::kMalformed, "packed event: claims more than it can hold");
  out.resize(bytes);
  uLongf filled = bytes;
  const auto rest = in.rest();
  const int code = uncompress(reinterpret_cast<Bytef*>(out.data()), &filled, reinterpret_cast<const Bytef*>(rest.data()), rest.size());
  if (code != Z_OK || filled != bytes) return fail(Errc::kMalformed, "packed event: damaged");
  return engine::ok();
}

}  // namespace connectors
