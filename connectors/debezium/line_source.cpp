#include "connectors/debezium/line_source.h"

#include <zlib.h>

#include <charconv>

#include "connectors/debezium/debezium_options.h"

namespace connectors {

using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

constexpr std::size_t kMostRows = 2000;  // of one slice: a longer transaction is handed out as several

struct LinePosition {
  std::uint64_t line = 0;
  std::string mark;
};

/// "line=12;input=ab12cd34".
std::optional<LinePosition> parse_position(std::string_view token) {
  constexpr std::string_view kLine = "line=", kInput = ";input=";
  if (!token.starts_with(kLine)) return std::nullopt;
  LinePosition position;
  const auto* end = token.data() + token.size();
  const auto [rest, error] = std::from_chars(token.data() + kLine.size(), end, position.line);
  const std::string_view behind(rest, static_cast<std::size_t>(end - rest));
  if (error != std::errc() || !behind.starts_with(kInput)) return std::nullopt;
  position.mark = behind.substr(kInput.size());
  return position;
}

std::string mark_of(const std::string& line) {
  const auto sum = crc32(0, reinterpret_cast<const Bytef*>(line.data()), static_cast<uInt>(std::min<std::size_t>(line.size(), 1U << 30)));
  return std::to_string(line.size()) + "-" + std::to_string(sum);
}

}  // namespace

LineSource::LineSource(std::istream& input, const DeclaredSchema& schema, DebeziumModes modes, std::string table_prefix, LineProgress& progress)
    : input_(input), schema_(schema), decoder_(schema, modes), table_prefix_(std::move(table_prefix)), progress_(progress) {}

feed::SourcePosition LineSource::at_line(std::uint64_t line) const { return {"lines", sequence_base_ + line, "line=" + std::to_string(line) + ";input=" + mark_}; }

bool LineSource::next_line() {
  if (peeked_) {
    peeked_ = false;
  } else if (!std::getline(input_, line_)) {
    return false;
  }
  ++line_number_;
  return true;
}

Result<void> LineSource::connect(const std::optional<feed::SourcePosition>& from) {
  if (mark_.empty()) {
    peeked_ = static_cast<bool>(std::getline(input_, line_));
    progress_.ended = !peeked_;
    mark_ = mark_of(line_);
  }
  const auto position = from ? parse_position(from->token) : std::nullopt;
  const auto done = position && position->mark == mark_ ? position->line : 0;
  if (line_number_ > done) return fail(Errc::kUnavailable, "the input can only be read once; run the import again");
  while (line_number_ < done) {
    if (!next_line()) return fail(Errc::kConflict, "the input is shorter than what was read of it before");
  }
  progress_.lines = line_number_;
  sequence_base_ = from ? from->sequence - std::min(from->sequence, done) : 0;
  position_ = at_line(done);
  return engine::ok();
}

Result<std::optional<DebeziumRecord>> LineSource::next_record() {
  while (next_line()) {
    progress_.lines = line_number_;
    if (line_.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto record = decoder_.decode(line_, nullptr, table_prefix_);
    if (!record) return fail(record.error().code, "line " + std::to_string(line_number_) + ": " + record.error().detail);
    if (*record) return record;
  }
  if (input_.bad()) return fail(Errc::kUnavailable, "the input cannot be read behind line " + std::to_string(line_number_));
  progress_.ended = true;
  return std::optional<DebeziumRecord>();
}

Result<std::optional<Slice>> LineSource::next(std::chrono::milliseconds patience) {
  {
    std::unique_lock lock(mutex_);
    if (progress_.ended && !held_) wake_.wait_for(lock, patience, [this] { return stopped_; });
    if (stopped_) return fail(Errc::kCancelled);
  }
  Slice slice;
  auto before = line_number_;  // the last line that is part of the slice
  if (held_) {
    slice.commit_time = held_->commit_time;
    slice.transaction_id = held_->transaction;
    slice.rows.push_back(std::move(held_->row));
    held_.reset();
  }
  while (slice.rows.size() < kMostRows) {
    auto record = next_record();
    if (!record) return record.take_error();
    if (!*record) {
      before = line_number_;
      break;
    }
    const bool same = slice.rows.empty() || (!slice.transaction_id.empty() && (*record)->transaction == slice.transaction_id) || ((*record)->snapshot && slice.transaction_id.empty());
    if (!same) {
      held_ = std::move(**record);
      break;
    }
    before = line_number_;
    slice.commit_time = std::max(slice.commit_time, (*record)->commit_time);
    if (slice.rows.empty()) slice.transaction_id = (*record)->transaction;
    slice.rows.push_back(std::move((*record)->row));
  }
  position_ = at_line(before);
  if (slice.rows.empty()) return std::optional<Slice>();
  slice.position = position_;
  // Two parts of one transaction must not share event ids.
  slice.transaction_id += "@" + mark_ + ":" + std::to_string(before);
  return std::optional(std::move(slice));
}

bool LineSource::reached(const feed::SourcePosition& position) const {
  const auto wanted = parse_position(position.token);
  const auto here = parse_position(position_.token);
  return wanted && here && here->line >= wanted->line;
}

Result<std::vector<Table>> LineSource::describe(const std::vector<std::string>& tables) { return declared_tables(schema_, tables); }

Result<std::vector<std::string>> LineSource::tables() {
  std::vector<std::string> names;
  for (const auto& [name, table] : schema_.tables) names.push_back(name);
  return names;
}

Result<Chunk> LineSource::read_chunk(const Table& table, const Row&, std::size_t) {
  const auto here = parse_position(position_.token);
  if (here && here->line > 0) return fail(Errc::kConflict, "table " + table.name + " has to be read again, and its rows are at the beginning of the input");
  Chunk chunk;
  chunk.table = std::make_shared<const Table>(table);
  chunk.last = true;
  chunk.position = position_;
  return chunk;
}

void LineSource::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  wake_.notify_all();
}

}  // namespace connectors
