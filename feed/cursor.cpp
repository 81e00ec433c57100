#include "feed/cursor.h"

#include <atomic>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"
#include "engine/base/text_codec.h"
#include "feed/cursor_memo.h"
#include "feed/reference_cursor.h"

namespace feed {
namespace {

using engine::ByteCursor;
using engine::ByteWriter;
using engine::Errc;
using engine::WallTime;

// version:4 | kind:4, flags:u8, log fingerprint:4 bytes, types or hash of filters:u32, position:varint, issued:u32 minutes,
// [window: length:varint, snapshot end:u40 seconds], [since:u40 seconds], mac:10 bytes. At most 46 bytes below offset 2^42.
// An incremental list's, where it has a window and is not whole, adds behind that: the window's positions before `position`:varint.
// A full list's has as position the watermark, no flags, and behind `issued`: value:text, id (number: 01 varint; text: 02 bytes).
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kChangesKind = 1, kIncrementalKind = 2, kFullKind = 3;
constexpr std::uint8_t kWindowFlag = 1, kSinceFlag = 2, kWholeFlag = 4, kAllFlags = 7;
constexpr std::size_t kFingerprintBytes = 4, kFingerprintAt = 2, kMacBytes = 10;
constexpr std::size_t kSecondsBytes = 5;
constexpr std::int64_t kSecondsBias = std::int64_t{1} << 39;  // instants before 1970 too
constexpr char kNumberId = 1;                                 // as in index_keys.h

void put_seconds(ByteWriter& write, WallTime t) {
  const auto biased = static_cast<std::uint64_t>(engine::unix_seconds(t) + kSecondsBias);
  write.big(static_cast<std::uint8_t>(biased >> 32)).big(static_cast<std::uint32_t>(biased));
}

WallTime get_seconds(ByteCursor& in) {
  const auto biased = static_cast<std::int64_t>(in.big_bytes(kSecondsBytes));
  return WallTime{std::chrono::seconds{biased - kSecondsBias}};
}

std::uint8_t flags_of(const LogPlace& place) {
  return static_cast<std::uint8_t>((place.window ? kWindowFlag : 0) | (place.since ? kSinceFlag : 0) | (place.whole ? kWholeFlag : 0));
}

void put_head(ByteWriter& write, std::uint8_t kind, std::uint8_t flags, std::string_view fingerprint, std::uint32_t bound, Offset position, WallTime issued_at) {
  write.big(static_cast<std::uint8_t>(kVersion << 4 | kind)).big(flags).raw(fingerprint).big(bound).varint(position.value);
  write.big(static_cast<std::uint32_t>(engine::unix_seconds(issued_at) / 60));
}

void put_rest(ByteWriter& write, const LogPlace& place) {
  if (place.window) {
    write.varint(place.window->end.value - place.position.value);
    put_seconds(write, place.window->snapshot_end);
  }
  if (place.since) put_seconds(write, *place.since);
}

bool has_opened(const LogPlace& place) { return place.window && !place.whole; }

void put_id(ByteWriter& write, std::string_view id) {
  if (id.empty() || id[0] != kNumberId) return void(write.raw(id));
  write.raw(id.substr(0, 1)).varint(ByteCursor(id.substr(1)).big<std::uint64_t>());
}

std::string get_id(ByteCursor& in) {
  if (in.rest().empty() || in.rest()[0] != kNumberId) return std::string(in.take(in.remaining()));
  std::string id(in.take(1));
  ByteWriter(id).big(in.varint());
  return id;
}

struct Head {
  std::uint8_t kind = 0, flags = 0;
  std::uint32_t bound = 0;
  Offset position;
  WallTime issued_at{};
};

Head get_head(ByteCursor& in) {
  Head head;
  head.kind = in.big<std::uint8_t>() & 15;
  head.flags = in.big<std::uint8_t>();
  in.skip(kFingerprintBytes);
  head.bound = in.big<std::uint32_t>();
  head.position = Offset{in.varint()};
  head.issued_at = WallTime{std::chrono::minutes{in.big<std::uint32_t>()}};
  return head;
}

LogPlace get_place(ByteCursor& in, const Head& head) {
  LogPlace place;
  place.position = head.position;
  if (head.flags & kWindowFlag) {
    const auto length = in.varint();
    place.window = CursorWindow{Offset{place.position.value + length}, get_seconds(in)};
  }
  if (head.flags & kSinceFlag) place.since = get_seconds(in);
  place.whole = (head.flags & kWholeFlag) != 0;
  return place;
}

WallTime issued_at(const std::variant<FeedCursor, IncrementalCursor, FullCursor>& cursor) {
  return std::visit([](const auto& one) { return one.issued_at; }, cursor);
}

tl::unexpected<engine::Error> invalid() { return engine::fail(Errc::kMalformed, std::string(kInvalidCursor)); }
tl::unexpected<engine::Error> foreign() { return engine::fail(Errc::kConflict, std::string(kForeignCursor)); }

bool is_own(const std::optional<std::string>& bytes) {
  return bytes && !bytes->empty() && static_cast<unsigned char>(bytes->front()) >> 4 == kVersion;
}

}  // namespace

std::uint64_t CursorCodec::next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

CursorCodec::CursorCodec(std::string_view log_id, const engine::Secret& key, const TypeTable& types)
    : fingerprint_(log_id.substr(0, kFingerprintBytes)), types_(types), hmac_(key) {}

std::string CursorCodec::mac(std::string_view bytes) const {
  const auto full = hmac_.sign({bytes});
  return std::string(engine::crypto::bytes_of(full).substr(0, kMacBytes));
}

std::string CursorCodec::sealed(std::string bytes) const {
  bytes += mac(bytes);
  return engine::to_base64url(bytes);
}

std::string CursorCodec::encode(const FeedCursor& cursor) const {
  std::string bytes;
  bytes.reserve(64);
  ByteWriter write(bytes);
  put_head(write, kChangesKind, flags_of(cursor.place), fingerprint_, cursor.types, cursor.place.position, cursor.issued_at);
  put_rest(write, cursor.place);
  return sealed(std::move(bytes));
}

std::string CursorCodec::encode(const IncrementalCursor& cursor) const {
  std::string bytes;
  bytes.reserve(64);
  ByteWriter write(bytes);
  put_head(write, kIncrementalKind, flags_of(cursor.place), fingerprint_, cursor.filters, cursor.place.position, cursor.issued_at);
  put_rest(write, cursor.place);
  if (has_opened(cursor.place)) write.varint(cursor.place.position.value - cursor.opened.value);
  return sealed(std::move(bytes));
}

std::string CursorCodec::encode(const FullCursor& cursor) const {
  std::string bytes;
  bytes.reserve(64);
  ByteWriter write(bytes);
  put_head(write, kFullKind, 0, fingerprint_, cursor.filters, cursor.opened, cursor.issued_at);
  write.text(cursor.value);
  put_id(write, cursor.id);
  return sealed(std::move(bytes));
}

std::optional<CursorCodec::Own> CursorCodec::parse(std::string_view body) {
  ByteCursor in(body);
  const auto head = get_head(in);
  Own out;
  if (head.kind == kFullKind) {
    std::string value(in.text());
    out = FullCursor{head.bound, head.position, std::move(value), get_id(in), head.issued_at};
    if (head.flags != 0) return std::nullopt;
  } else if (head.kind == kIncrementalKind) {
    IncrementalCursor cursor{head.bound, get_place(in, head), Offset{1}, head.issued_at};
    const auto before = has_opened(cursor.place) ? in.varint() : 0;
    if (before > head.position.value) return std::nullopt;
    if (has_opened(cursor.place)) cursor.opened = Offset{head.position.value - before};
    out = cursor;
  } else if (head.kind == kChangesKind && head.bound != 0) {
    out = FeedCursor{head.bound, get_place(in, head), head.issued_at};
  } else {
    return std::nullopt;
  }
  if (!in.ok() || !in.at_end() || head.flags > kAllFlags) return std::nullopt;
  return out;
}

engine::Result<CursorCodec::Own> CursorCodec::decode_own(std::string_view bytes, WallTime now) const {
  if (bytes.size() <= kMacBytes) return invalid();
  const auto body = bytes.substr(0, bytes.size() - kMacBytes);
  auto parsed = parse(body);
  if (!parsed) return invalid();
  if (!engine::equal_constant_time(mac(body), bytes.substr(body.size()))) {
    // Another log has another key, so its tokens cannot be authenticated; the answer to them only says how to start over.
    if (body.substr(kFingerprintAt, kFingerprintBytes) == fingerprint_) return invalid();
    return engine::fail(Errc::kExpired, "Cursor belongs to another change log.");
  }
  if (now - issued_at(*parsed) > kCursorLifetime) return engine::fail(Errc::kTimedOut, std::string(kOldCursor));
  return std::move(*parsed);
}

engine::Result<DecodedCursor> CursorCodec::decode(std::string_view token, WallTime now) const {
  auto& memo = CursorMemo::of_this_thread();
  if (const auto known = memo.find(number_, token); known && now - known->issued_at <= kCursorLifetime) return DecodedCursor{known, std::nullopt};
  if (const auto bytes = engine::from_base64url(token); is_own(bytes)) {
    auto own = decode_own(*bytes, now);
    if (!own) return own.take_error();
    const auto* cursor = std::get_if<FeedCursor>(&*own);
    if (!cursor) return foreign();
    memo.put(number_, token, *cursor);
    return DecodedCursor{*cursor, std::nullopt};
  }
  auto restart = decode_reference_cursor(token, "changes", types_, now);
  if (!restart) return restart.take_error();
  return DecodedCursor{std::nullopt, *restart};
}

engine::Result<DecodedListCursor> CursorCodec::decode_list(std::string_view token, std::string_view resource, bool counted, WallTime now) const {
  if (const auto bytes = engine::from_base64url(token); is_own(bytes)) {
    auto own = decode_own(*bytes, now);
    if (!own) return own.take_error();
    if (auto* incremental = std::get_if<IncrementalCursor>(&*own)) return DecodedListCursor(*incremental);
    if (auto* full = std::get_if<FullCursor>(&*own)) return DecodedListCursor(std::move(*full));
    return foreign();
  }
  if (counted) {
    if (const auto passed = decode_reference_count(token)) return DecodedListCursor(CountCursor{*passed});
  }
  auto restart = decode_reference_cursor(token, resource, types_, now);
  if (!restart) return restart.take_error();
  return DecodedListCursor(*restart);
}

engine::Result<Offset> CursorCodec::position(std::string_view token) const {
  const WallTime never{};  // at the epoch nothing is too old
  const auto bytes = engine::from_base64url(token);
  if (!is_own(bytes)) {
    auto restart = decode(token, never);
    if (!restart) return restart.take_error();
    return Offset{1};
  }
  auto own = decode_own(*bytes, never);
  if (!own) return own.take_error();
  if (const auto* full = std::get_if<FullCursor>(&*own)) return full->opened;
  if (const auto* incremental = std::get_if<IncrementalCursor>(&*own)) return incremental->place.position;
  return std::get<FeedCursor>(*own).place.position;
}

}  // namespace feed
