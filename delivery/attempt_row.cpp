#include "delivery/attempt_row.h"

#include <utility>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"
#include "engine/base/cut_text.h"

namespace delivery {
namespace {

using engine::ByteCursor;
using engine::ByteWriter;
using engine::Errc;

constexpr std::uint8_t kFormat = 1;
constexpr std::size_t kLeastBytes = 14;  // of an attempt: no row holds more of them than fit

std::uint64_t zigzag(std::int64_t n) { return (static_cast<std::uint64_t>(n) << 1) ^ static_cast<std::uint64_t>(n >> 63); }
std::int64_t unzigzag(std::uint64_t n) { return static_cast<std::int64_t>(n >> 1) ^ -static_cast<std::int64_t>(n & 1); }

engine::Result<AttemptRowHead> read_head(ByteCursor& in) {
  if (in.big<std::uint8_t>() != kFormat) return engine::fail(in.blame(Errc::kUnsupported), "attempts: format");
  AttemptRowHead head;
  head.base = engine::WallTime(std::chrono::microseconds(static_cast<std::int64_t>(in.big<std::uint64_t>())));
  head.attempts = in.varint();
  head.failures = in.varint();
  if (!in.ok() || head.attempts > in.remaining() / kLeastBytes || head.failures > head.attempts) return engine::fail(in.blame(Errc::kMalformed), "attempts: head");
  return head;
}

bool read_attempt(ByteCursor& in, engine::WallTime base, AttemptEntry& entry) {
  entry.at = base + std::chrono::microseconds(unzigzag(in.varint()));
  entry.event.value = in.big<std::uint64_t>();
  const auto flags = in.varint();
  entry.status = static_cast<int>(flags >> 2 & 0xffff);
  entry.replay = flags & 2;
  entry.offset.value = in.varint();
  entry.attempt = static_cast<unsigned>(in.varint());
  entry.latency = std::chrono::microseconds(static_cast<std::int64_t>(in.varint()));
  const auto key = in.text();
  const auto nul = key.find('\0');
  entry.key.type = key.substr(0, nul);
  if (nul != key.npos) entry.key.id = key.substr(nul + 1);
  if (!(flags & 1)) return true;
  const auto cause = in.big<std::uint8_t>();
  entry.cause = static_cast<Cause>(cause);
  entry.detail = in.text();
  return cause >= 1 && cause <= 6;
}

}  // namespace

void AttemptPacker::add(const AttemptEntry& entry, std::string_view key) {
  if (head_.attempts++ == 0) head_.base = entry.at;
  if (entry.failed()) ++head_.failures;
  char bytes[6 * engine::kVarintBytes + 8];  // a delivery adds some thirty bytes: one append each is all there is to win
  char* at = engine::put_varint(bytes, zigzag((entry.at - head_.base).count()));
  engine::store_big(at, entry.event.value);
  at = engine::put_varint(at + 8, static_cast<std::uint64_t>(entry.status) << 2 | (entry.replay ? 2u : 0u) | (entry.failed() ? 1u : 0u));
  at = engine::put_varint(at, entry.offset.value);
  at = engine::put_varint(at, entry.attempt);
  at = engine::put_varint(at, static_cast<std::uint64_t>(entry.latency.count()));
  at = engine::put_varint(at, key.size());
  body_.append(bytes, static_cast<std::size_t>(at - bytes)).append(key);
  if (entry.failed()) ByteWriter(body_).big(static_cast<std::uint8_t>(entry.cause)).text(engine::cut_text(entry.detail, kAttemptDetailBytes));
}

std::string AttemptPacker::take() {
  std::string row;
  row.reserve(body_.size() + 24);
  ByteWriter out(row);
  out.big(kFormat).big(static_cast<std::uint64_t>(head_.base.time_since_epoch().count())).varint(head_.attempts).varint(head_.failures).raw(body_);
  body_.clear();  // its memory serves the next row
  head_ = {};
  return row;
}

std::string attempt_prefix(std::string_view endpoint) {
  std::string key;
  ByteWriter(key).big(static_cast<std::uint8_t>(endpoint.size())).raw(endpoint);
  return key;
}

std::string attempt_key(std::string_view endpoint, std::uint64_t first) {
  std::string key = attempt_prefix(endpoint);
  ByteWriter(key).big(first);
  return key;
}

std::optional<AttemptRowName> decode_attempt_key(std::string_view key) {
  ByteCursor in(key);
  AttemptRowName name;
  name.endpoint = in.take(in.big<std::uint8_t>());
  name.first = in.big<std::uint64_t>();
  if (!in.ok() || !in.at_end()) return std::nullopt;
  return name;
}

engine::Result<AttemptRowHead> decode_attempt_head(std::string_view row) {
  ByteCursor in(row);
  return read_head(in);
}

engine::Result<std::vector<AttemptEntry>> decode_attempts(const AttemptRowName& name, std::string_view row) {
  ByteCursor in(row);
  auto head = read_head(in);
  if (!head) return head.take_error();
  std::vector<AttemptEntry> entries;
  entries.reserve(head->attempts);  // bounded by the bytes that are there
  bool known = true;
  for (std::uint64_t i = 0; i < head->attempts && in.ok(); ++i) {
    auto& entry = entries.emplace_back();
    entry.number = name.first + i;
    entry.endpoint = name.endpoint;
    known = read_attempt(in, head->base, entry) && known;
  }
  if (!in.ok() || !in.at_end()) return engine::fail(in.blame(Errc::kMalformed), "attempts: length");
  if (!known) return engine::fail(Errc::kMalformed, "attempts: unknown value");
  return entries;
}

}  // namespace delivery
