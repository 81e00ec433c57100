#include "feed/cursor.h"

#include <mutex>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"
#include "engine/base/text_codec.h"
#include "engine/crypto/hmac.h"
#include "feed/reference_cursor.h"

namespace feed {
namespace {

using engine::ByteCursor;
using engine::ByteWriter;
using engine::Errc;
using engine::WallTime;

// version:4 | kind:4, flags:u8, log fingerprint:4 bytes, types:u32, position:varint, issued:u32 minutes,
// [window: length:varint, snapshot end:u40 seconds], [since:u40 seconds], mac:10 bytes. At most 46 bytes below offset 2^42.
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kChangesKind = 1;
constexpr std::uint8_t kWindowFlag = 1, kSinceFlag = 2, kWholeFlag = 4, kAllFlags = 7;
constexpr std::size_t kFingerprintBytes = 4, kMacBytes = 10;
constexpr std::size_t kSecondsBytes = 5;
constexpr std::int64_t kSecondsBias = std::int64_t{1} << 39;  // instants before 1970 too

void put_seconds(ByteWriter& write, WallTime t) {
  const auto biased = static_cast<std::uint64_t>(engine::unix_seconds(t) + kSecondsBias);
  write.big(static_cast<std::uint8_t>(biased >> 32)).big(static_cast<std::uint32_t>(biased));
}

WallTime get_seconds(ByteCursor& in) {
  const auto biased = static_cast<std::int64_t>(in.big_bytes(kSecondsBytes));
  return WallTime{std::chrono::seconds{biased - kSecondsBias}};
}

struct Parsed {
  std::uint8_t kind = 0;
  std::string_view fingerprint;
  FeedCursor cursor;
};

std::optional<Parsed> parse(std::string_view body) {
  ByteCursor in(body);
  Parsed out;
  out.kind = in.big<std::uint8_t>() & 15;
  const auto flags = in.big<std::uint8_t>();
  out.fingerprint = in.take(kFingerprintBytes);
  out.cursor.types = in.big<std::uint32_t>();
  out.cursor.position = Offset{in.varint()};
  out.cursor.issued_at = WallTime{std::chrono::minutes{in.big<std::uint32_t>()}};
  if (flags & kWindowFlag) {
    const auto length = in.varint();
    out.cursor.window = CursorWindow{Offset{out.cursor.position.value + length}, get_seconds(in)};
  }
  if (flags & kSinceFlag) out.cursor.since = get_seconds(in);
  out.cursor.whole = (flags & kWholeFlag) != 0;
  if (!in.ok() || !in.at_end() || flags > kAllFlags || out.cursor.types == 0) return std::nullopt;
  return out;
}

}  // namespace

struct CursorCodec::Keyed {
  explicit Keyed(const engine::Secret& key) : hmac(key) {}
  std::mutex mutex;
  engine::crypto::HmacSha256 hmac;
};

CursorCodec::CursorCodec(std::string_view log_id, const engine::Secret& key, const TypeTable& types)
    : fingerprint_(log_id.substr(0, kFingerprintBytes)), types_(types), keyed_(std::make_unique<Keyed>(key)) {}
CursorCodec::~CursorCodec() = default;

std::string CursorCodec::mac(std::string_view bytes) const {
  const std::lock_guard lock(keyed_->mutex);
  const auto full = keyed_->hmac.sign({bytes});
  return std::string(engine::crypto::bytes_of(full).substr(0, kMacBytes));
}

std::string CursorCodec::encode(const FeedCursor& cursor) const {
  std::string bytes;
  bytes.reserve(64);
  ByteWriter write(bytes);
  write.big(static_cast<std::uint8_t>(kVersion << 4 | kChangesKind));
  write.big(static_cast<std::uint8_t>((cursor.window ? kWindowFlag : 0) | (cursor.since ? kSinceFlag : 0) | (cursor.whole ? kWholeFlag : 0)));
  write.raw(fingerprint_).big(cursor.types).varint(cursor.position.value);
  write.big(static_cast<std::uint32_t>(engine::unix_seconds(cursor.issued_at) / 60));
  if (cursor.window) {
    write.varint(cursor.window->end.value - cursor.position.value);
    put_seconds(write, cursor.window->snapshot_end);
  }
  if (cursor.since) put_seconds(write, *cursor.since);
  bytes += mac(bytes);
  return engine::to_base64url(bytes);
}

engine::Result<DecodedCursor> CursorCodec::decode(std::string_view token, WallTime now) const {
  const auto bytes = engine::from_base64url(token);
  if (bytes && !bytes->empty() && static_cast<unsigned char>(bytes->front()) >> 4 == kVersion) return decode_own(*bytes, now);
  auto restart = decode_reference_cursor(token, "changes", types_, now);
  if (!restart) return restart.take_error();
  return DecodedCursor{std::nullopt, *restart};
}

engine::Result<DecodedCursor> CursorCodec::decode_own(std::string_view bytes, WallTime now) const {
  const auto invalid = [] { return engine::fail(Errc::kMalformed, std::string(kInvalidCursor)); };
  if (bytes.size() <= kMacBytes) return invalid();
  const auto body = bytes.substr(0, bytes.size() - kMacBytes);
  auto parsed = parse(body);
  if (!parsed) return invalid();
  if (!engine::equal_constant_time(mac(body), bytes.substr(body.size()))) {
    // Another log has another key, so its tokens cannot be authenticated; the answer to them only says how to start over.
    if (parsed->fingerprint == fingerprint_) return invalid();
    return engine::fail(Errc::kExpired, "Cursor belongs to another change log.");
  }
  if (parsed->kind != kChangesKind) return engine::fail(Errc::kConflict, std::string(kForeignCursor));
  if (now - parsed->cursor.issued_at > kCursorLifetime) return engine::fail(Errc::kTimedOut, std::string(kOldCursor));
  return DecodedCursor{parsed->cursor, std::nullopt};
}

}  // namespace feed
