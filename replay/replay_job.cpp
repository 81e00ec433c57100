#include "replay/replay_job.h"

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace replay {
namespace {

using engine::ByteCursor;
using engine::ByteWriter;
using engine::Errc;

constexpr std::uint8_t kFormat = 1;
constexpr std::uint8_t kNone = 0xff;  // of an optional enumeration

void write_time(ByteWriter& out, engine::WallTime t) { out.big(static_cast<std::uint64_t>(t.time_since_epoch().count())); }
engine::WallTime read_time(ByteCursor& in) { return engine::WallTime(std::chrono::microseconds(static_cast<std::int64_t>(in.big<std::uint64_t>()))); }

template <class Value>
void write_optional(ByteWriter& out, const std::optional<Value>& value) {
  out.big(value ? static_cast<std::uint8_t>(*value) : kNone);
}
/// False: a value above `most`.
template <class Value>
bool read_optional(ByteCursor& in, std::uint8_t most, std::optional<Value>& value) {
  const auto byte = in.big<std::uint8_t>();
  if (byte != kNone) value = static_cast<Value>(byte);
  return byte == kNone || byte <= most;
}

void write_optional_time(ByteWriter& out, const std::optional<engine::WallTime>& t) {
  out.big(static_cast<std::uint8_t>(t ? 1 : 0));
  if (t) write_time(out, *t);
}
std::optional<engine::WallTime> read_optional_time(ByteCursor& in) {
  if (in.big<std::uint8_t>() == 0) return std::nullopt;
  return read_time(in);
}

template <class Number>
void write_numbers(ByteWriter& out, const std::vector<Number>& numbers) {
  out.varint(numbers.size());
  for (const auto& number : numbers) {
    if constexpr (std::is_same_v<Number, std::uint64_t>) out.varint(number);
    else out.varint(number.value);
  }
}
template <class Number>
bool read_numbers(ByteCursor& in, std::size_t most, std::vector<Number>& numbers) {
  const auto count = in.varint();
  if (count > most) return false;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) numbers.push_back(Number{in.varint()});
  return true;
}

void write_filter(ByteWriter& out, const delivery::DeadLetterFilter& filter) {
  out.text(filter.endpoint).text(filter.resource_type).text(filter.resource_id);
  write_optional(out, filter.action);
  write_optional(out, filter.cause);
  write_optional(out, filter.status);
  write_optional_time(out, filter.since);
  write_optional_time(out, filter.before);
  out.big(static_cast<std::uint8_t>(filter.replayable));
}
bool read_filter(ByteCursor& in, delivery::DeadLetterFilter& filter) {
  filter.endpoint = in.text();
  filter.resource_type = in.text();
  filter.resource_id = in.text();
  const bool known = read_optional(in, 3, filter.action) && read_optional(in, 6, filter.cause) && read_optional(in, 3, filter.status);
  filter.since = read_optional_time(in);
  filter.before = read_optional_time(in);
  filter.replayable = in.big<std::uint8_t>() != 0;
  return known;
}

}  // namespace

std::string_view name(JobState state) {
  switch (state) {
    case JobState::kRunning: return "running";
    case JobState::kPaused: return "paused";
    case JobState::kCancelled: return "cancelled";
    case JobState::kFinished: return "finished";
    case JobState::kFailed: return "failed";
  }
  return "failed";
}

std::string_view name(Source source) {
  switch (source) {
    case Source::kIds: return "ids";
    case Source::kDeadLetters: return "dead-letters";
    case Source::kHistory: return "history";
  }
  return "ids";
}

std::optional<Source> parse_source(std::string_view text) {
  for (auto source : {Source::kIds, Source::kDeadLetters, Source::kHistory}) {
    if (text == name(source)) return source;
  }
  return std::nullopt;
}

std::string encode(const ReplayJob& job) {
  std::string bytes;
  ByteWriter out(bytes);
  out.big(kFormat).big(static_cast<std::uint8_t>(job.state)).big(static_cast<std::uint8_t>(job.selection.source));
  write_numbers(out, job.selection.ids);
  write_filter(out, job.selection.filter);
  out.varint(job.selection.last.value).text(job.selection.endpoint).varint(job.selection.from.value).varint(job.selection.end.value);
  out.varint(job.rate).varint(job.total).text(job.creator).text(job.reason).text(job.problem);
  write_time(out, job.created);
  write_time(out, job.updated);
  return bytes;
}

engine::Result<ReplayJob> decode_job(JobId id, std::string_view bytes) {
  ByteCursor in(bytes);
  if (in.big<std::uint8_t>() != kFormat) return engine::fail(in.blame(Errc::kUnsupported), "replay job: format");
  ReplayJob job;
  job.id = id;
  const auto state = in.big<std::uint8_t>();
  const auto source = in.big<std::uint8_t>();
  bool known = state >= 1 && state <= 5 && source >= 1 && source <= 3;
  known = read_numbers(in, kMaxJobIds, job.selection.ids) && known;
  known = read_filter(in, job.selection.filter) && known;
  job.selection.last.value = in.varint();
  job.selection.endpoint = in.text();
  job.selection.from.value = in.varint();
  job.selection.end.value = in.varint();
  job.rate = static_cast<std::uint32_t>(in.varint());
  job.total = in.varint();
  job.creator = in.text();
  job.reason = in.text();
  job.problem = in.text();
  job.created = read_time(in);
  job.updated = read_time(in);
  if (!in.ok() || !in.at_end()) return engine::fail(in.blame(Errc::kMalformed), "replay job: length");
  if (!known || job.rate == 0 || job.rate > kMaxRate) return engine::fail(Errc::kMalformed, "replay job: unknown value");
  job.state = static_cast<JobState>(state);
  job.selection.source = static_cast<Source>(source);
  return job;
}

std::string encode(const JobProgress& progress) {
  std::string bytes;
  ByteWriter out(bytes);
  out.big(kFormat).varint(progress.cursor);
  write_numbers(out, progress.in_flight);
  out.varint(progress.delivered).varint(progress.failed).varint(progress.skipped).text(progress.last_error);
  return bytes;
}

engine::Result<JobProgress> decode_job_progress(std::string_view bytes) {
  ByteCursor in(bytes);
  if (in.big<std::uint8_t>() != kFormat) return engine::fail(in.blame(Errc::kUnsupported), "replay progress: format");
  JobProgress progress;
  progress.cursor = in.varint();
  const bool bounded = read_numbers(in, kJobWindow, progress.in_flight);
  progress.delivered = in.varint();
  progress.failed = in.varint();
  progress.skipped = in.varint();
  progress.last_error = in.text();
  if (!bounded || !in.ok() || !in.at_end()) return engine::fail(in.blame(Errc::kMalformed), "replay progress: length");
  return progress;
}

}  // namespace replay
