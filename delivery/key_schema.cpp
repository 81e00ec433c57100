#include "delivery/key_schema.h"

#include <cassert>
#include <utility>

#include "delivery/attempt_row.h"
#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace delivery {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::uint8_t kDeadLetterFormat = 2;  // 1 knew no sequence
constexpr std::uint8_t kProgressAhead = 2;     // 1 holds nothing beyond the cursor

std::string tagged(char tag, std::string_view endpoint) {
  assert(endpoint.size() < 256);
  std::string key(1, tag);
  engine::ByteWriter(key).big(static_cast<std::uint8_t>(endpoint.size())).raw(endpoint);
  return key;
}

std::string with_number(std::string key, std::uint64_t number) {
  engine::ByteWriter(key).big(number);
  return key;
}

std::uint64_t micros(engine::WallTime t) { return static_cast<std::uint64_t>(t.time_since_epoch().count()); }
engine::WallTime read_time(engine::ByteCursor& in) {
  return engine::WallTime(std::chrono::microseconds(static_cast<std::int64_t>(in.big<std::uint64_t>())));
}

engine::Result<void> check_format(engine::ByteCursor& in, const char* what) {
  if (in.big<std::uint8_t>() == kFormat) return {};
  return engine::fail(in.blame(engine::Errc::kUnsupported), std::string(what) + ": format");
}

engine::Result<void> check_end(engine::ByteCursor& in, const char* what) {
  if (in.ok() && in.at_end()) return {};
  return engine::fail(in.blame(engine::Errc::kMalformed), std::string(what) + ": length");
}

}  // namespace

std::vector<std::string> families() { return {kStateFamily, kDeadLetterFamily, kDeadLetterIndexFamily, kAttemptFamily}; }

std::string progress_key(std::string_view endpoint) { return tagged('c', endpoint); }
std::string interests_key(feed::Offset from) { return with_number("i", from.value); }
std::string parked_prefix(std::string_view endpoint) { return tagged('p', endpoint); }
std::string parked_key(std::string_view endpoint, feed::Offset offset) { return with_number(parked_prefix(endpoint), offset.value); }
std::string endpoint_key(std::string_view endpoint) { return tagged('n', endpoint); }
std::string endpoint_tag() { return "n"; }
std::string endpoint_tag_end() { return "o"; }
std::optional<std::string> endpoint_of(std::string_view key) {
  if (key.size() < 2 || key[0] != 'n' || key.size() != 2u + static_cast<unsigned char>(key[1])) return std::nullopt;
  return std::string(key.substr(2));
}
std::string seek_key(std::string_view endpoint) { return tagged('s', endpoint); }
std::string subscription_prefix(std::string_view endpoint) { return tagged('v', endpoint); }
std::string subscription_key(std::string_view endpoint, feed::Offset from) { return with_number(subscription_prefix(endpoint), from.value); }
std::string encode_number(std::uint64_t number) { return with_number({}, number); }
std::string dead_letter_key(DeadLetterId id) { return with_number({}, id.value); }
std::string event_key(std::string_view endpoint, feed::EventId event) { return with_number(tagged('e', endpoint), event.value); }
std::string status_prefix(DeadLetterStatus status) { return std::string{'s', static_cast<char>(status)}; }
std::string status_key(DeadLetterStatus status, DeadLetterId id) { return with_number(status_prefix(status), id.value); }
std::string note_key(DeadLetterId id) { return with_number("m", id.value); }
std::string endpoint_note_key(std::string_view endpoint, DeadLetterId id) { return with_number(tagged('n', endpoint), id.value); }

std::string queued_prefix(std::string_view endpoint) { return tagged('q', endpoint); }
std::string queued_key(std::string_view endpoint, DeadLetterId id) { return with_number(queued_prefix(endpoint), id.value); }
std::string delivered_tag() { return "d"; }
std::string delivered_key(engine::WallTime at, DeadLetterId id) { return with_number(with_number(delivered_tag(), micros(at)), id.value); }
std::string index_version_key() { return "f"; }

std::optional<std::uint64_t> trailing_number(std::string_view key) {
  if (key.size() < sizeof(std::uint64_t)) return std::nullopt;
  engine::ByteCursor in(key.substr(key.size() - sizeof(std::uint64_t)));
  return in.big<std::uint64_t>();
}

std::string encode(const Progress& progress) {
  std::string bytes;
  engine::ByteWriter out(bytes);
  out.big(progress.ahead.empty() ? kFormat : kProgressAhead).big(progress.cursor.value).big(progress.sequence);
  auto last = progress.cursor.value;
  for (const feed::Offset offset : progress.ahead) out.varint(offset.value - std::exchange(last, offset.value));
  return bytes;
}

engine::Result<Progress> decode_progress(std::string_view bytes) {
  engine::ByteCursor in(bytes);
  const auto format = in.big<std::uint8_t>();
  if (format != kFormat && format != kProgressAhead) return engine::fail(in.blame(engine::Errc::kUnsupported), "progress: format");
  Progress progress;
  progress.cursor.value = in.big<std::uint64_t>();
  progress.sequence = in.big<std::uint64_t>();
  for (auto last = progress.cursor.value; format == kProgressAhead && in.ok() && !in.at_end();) {
    const auto step = in.varint();
    if (in.ok() && (step == 0 || last + step < last)) return engine::fail(engine::Errc::kMalformed, "progress: order");
    last += step;
    progress.ahead.push_back(feed::Offset{last});
  }
  if (auto end = check_end(in, "progress"); !end) return end.take_error();
  return progress;
}

std::string encode(const ParkedRow& row) {
  std::string bytes;
  engine::ByteWriter out(bytes);
  out.big(kFormat).text(row.key.type).text(row.key.id).varint(row.attempts);
  out.big(micros(row.due)).big(micros(row.appended)).big(row.sequence);
  out.big(row.event.value).big(static_cast<std::uint8_t>(row.action));
  return bytes;
}

engine::Result<ParkedRow> decode_parked(feed::Offset offset, std::string_view bytes) {
  engine::ByteCursor in(bytes);
  if (auto format = check_format(in, "parked row"); !format) return format.take_error();
  ParkedRow row;
  row.offset = offset;
  row.key.type = in.text();
  row.key.id = in.text();
  row.attempts = static_cast<unsigned>(in.varint());
  row.due = read_time(in);
  row.appended = read_time(in);
  row.sequence = in.big<std::uint64_t>();
  row.event.value = in.big<std::uint64_t>();
  const auto action = in.big<std::uint8_t>();
  if (action > 3) return engine::fail(engine::Errc::kMalformed, "parked row: action");
  row.action = static_cast<feed::Action>(action);
  if (auto end = check_end(in, "parked row"); !end) return end.take_error();
  return row;
}

std::string encode(const DeadLetter& letter) {
  std::string bytes;
  engine::ByteWriter out(bytes);
  out.big(kDeadLetterFormat).big(letter.event_id.value).text(letter.key.type).text(letter.key.id);
  out.big(static_cast<std::uint8_t>(letter.action)).big(static_cast<std::uint8_t>(letter.status)).big(static_cast<std::uint8_t>(letter.cause));
  out.varint(letter.attempts).text(letter.last_error).text(letter.payload).big(letter.offset.value).text(letter.endpoint);
  out.big(micros(letter.created)).big(micros(letter.updated)).varint(letter.sequence);
  return bytes;
}

engine::Result<DeadLetter> decode_dead_letter(DeadLetterId id, std::string_view bytes) {
  engine::ByteCursor in(bytes);
  const auto format = in.big<std::uint8_t>();
  if (format < 1 || format > kDeadLetterFormat) return engine::fail(in.blame(engine::Errc::kUnsupported), "dead letter: format");
  DeadLetter letter;
  letter.id = id;
  letter.event_id.value = in.big<std::uint64_t>();
  letter.key.type = in.text();
  letter.key.id = in.text();
  const auto action = in.big<std::uint8_t>();
  const auto status = in.big<std::uint8_t>();
  const auto cause = in.big<std::uint8_t>();
  letter.attempts = static_cast<unsigned>(in.varint());
  letter.last_error = in.text();
  letter.payload = in.text();
  letter.offset.value = in.big<std::uint64_t>();
  letter.endpoint = in.text();
  letter.created = read_time(in);
  letter.updated = read_time(in);
  if (format > 1) letter.sequence = in.varint();
  if (auto end = check_end(in, "dead letter"); !end) return end.take_error();
  if (action > 3 || status < 1 || status > 3 || cause > 6) return engine::fail(engine::Errc::kMalformed, "dead letter: unknown value");
  letter.action = static_cast<feed::Action>(action);
  letter.status = static_cast<DeadLetterStatus>(status);
  letter.cause = static_cast<Cause>(cause);
  return letter;
}

}  // namespace delivery
