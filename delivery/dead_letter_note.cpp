#include "delivery/dead_letter_note.h"

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"
#include "engine/base/cut_text.h"
#include "engine/net/validation.h"

namespace delivery {
namespace {

constexpr std::uint8_t kFormat = 1;

template <class Value>
bool allows(const std::optional<Value>& wanted, const Value& value) {
  return !wanted || *wanted == value;
}
bool allows(const std::string& wanted, const std::string& value) { return wanted.empty() || wanted == value; }

}  // namespace

DeadLetterNote note_of(const DeadLetter& letter) {
  return {letter.id,      letter.status,   letter.cause, letter.action, letter.created, letter.endpoint, letter.key,
          std::string(engine::cut_text(letter.last_error, kNoteErrorBytes))};
}

std::string encode(const DeadLetterNote& note) {
  std::string bytes;
  engine::ByteWriter out(bytes);
  out.big(kFormat).big(static_cast<std::uint8_t>(note.status)).big(static_cast<std::uint8_t>(note.cause)).big(static_cast<std::uint8_t>(note.action));
  out.big(static_cast<std::uint64_t>(note.created.time_since_epoch().count()));
  out.text(note.endpoint).text(note.key.type).text(note.key.id).text(note.error);
  return bytes;
}

engine::Result<DeadLetterNote> decode_note(DeadLetterId id, std::string_view bytes) {
  engine::ByteCursor in(bytes);
  if (in.big<std::uint8_t>() != kFormat) return engine::fail(in.blame(engine::Errc::kUnsupported), "dead letter note: format");
  DeadLetterNote note;
  note.id = id;
  const auto status = in.big<std::uint8_t>();
  const auto cause = in.big<std::uint8_t>();
  const auto action = in.big<std::uint8_t>();
  note.created = engine::WallTime(std::chrono::microseconds(static_cast<std::int64_t>(in.big<std::uint64_t>())));
  note.endpoint = in.text();
  note.key.type = in.text();
  note.key.id = in.text();
  note.error = in.text();
  if (!in.ok() || !in.at_end()) return engine::fail(in.blame(engine::Errc::kMalformed), "dead letter note: length");
  if (status < 1 || status > 3 || cause > 6 || action > 3) return engine::fail(engine::Errc::kMalformed, "dead letter note: unknown value");
  note.status = static_cast<DeadLetterStatus>(status);
  note.cause = static_cast<Cause>(cause);
  note.action = static_cast<feed::Action>(action);
  return note;
}

bool matches(const DeadLetterFilter& filter, const DeadLetterNote& note) {
  return allows(filter.endpoint, note.endpoint) && allows(filter.resource_type, note.key.type) && allows(filter.resource_id, note.key.id) &&
         allows(filter.action, note.action) && allows(filter.cause, note.cause) && allows(filter.status, note.status) &&
         (!filter.since || note.created >= *filter.since) && (!filter.before || note.created < *filter.before) &&
         (!filter.replayable || note.cause != Cause::kLost);
}

std::optional<Cause> parse_cause(std::string_view text) {
  const auto lower = engine::net::ascii_lower(text);
  for (auto cause : {Cause::kStatus, Cause::kTimedOut, Cause::kUnreachable, Cause::kNotHttp, Cause::kDenied, Cause::kLost}) {
    if (lower == name(cause)) return cause;
  }
  return std::nullopt;
}

std::optional<feed::Action> parse_action(std::string_view text) {
  const auto lower = engine::net::ascii_lower(text);
  for (auto action : {feed::Action::kCreated, feed::Action::kUpdated, feed::Action::kDeleted}) {
    if (lower == name(action)) return action;
  }
  return std::nullopt;
}

}  // namespace delivery
