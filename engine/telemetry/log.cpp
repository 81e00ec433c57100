#include "engine/telemetry/log.h"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <atomic>
#include <charconv>
#include <memory>
#include <mutex>

namespace engine::telemetry {
namespace {

constexpr std::size_t kQueuedLines = 8192;

std::atomic<Level> g_level{Level::kInfo};

// The writer thread and what feeds it. Made at the first event so that programs which log nothing start no thread.
struct Writer {
  std::shared_ptr<spdlog::details::thread_pool> pool = std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1);
  std::shared_ptr<spdlog::async_logger> logger;
  Writer() {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    sink->set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc));
    logger = std::make_shared<spdlog::async_logger>("events", std::move(sink), pool, spdlog::async_overflow_policy::overrun_oldest);
    logger->set_level(spdlog::level::trace);
  }
};

struct Output {
  std::mutex mutex;
  std::unique_ptr<Writer> writer;
  std::function<void(Level, std::string_view)> replacement;
};

Output& output() {
  static Output* const only = new Output;  // never destroyed: events may come from other static destructors
  return *only;
}

bool plain(std::string_view text) {
  for (const unsigned char c : text) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) return false;
  }
  return !text.empty();
}

void append_text(std::string& line, std::string_view text) {
  if (plain(text)) {
    line += text;
    return;
  }
  constexpr char kHex[] = "0123456789abcdef";
  line += '"';
  for (const unsigned char c : text) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += static_cast<char>(c);
    } else if (c == '\n') {
      line += "\\n";
    } else if (c < ' ' || c == 0x7f) {
      line += "\\x";
      line += kHex[c >> 4];
      line += kHex[c & 15];
    } else {
      line += static_cast<char>(c);
    }
  }
  line += '"';
}

template <class Number>
void append_number(std::string& line, Number value) {
  char digits[40];
  line.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

struct Append {
  std::string& line;
  void operator()(std::string_view v) const { append_text(line, v); }
  void operator()(bool v) const { line += v ? "true" : "false"; }
  void operator()(std::int64_t v) const { append_number(line, v); }
  void operator()(std::uint64_t v) const { append_number(line, v); }
  void operator()(double v) const { append_number(line, v); }
};

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::kDebug: return spdlog::level::debug;
    case Level::kInfo: return spdlog::level::info;
    case Level::kWarn: return spdlog::level::warn;
    case Level::kError: break;
  }
  return spdlog::level::err;
}

}  // namespace

std::string_view name(Level level) {
  switch (level) {
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarn: return "warn";
    case Level::kError: break;
  }
  return "error";
}

void Field::append_to(std::string& line) const {
  line += key_;
  line += '=';
  std::visit(Append{line}, value_);
}

std::string format_event(Level level, std::string_view event, Fields fields) {
  std::string line;
  line.reserve(160);
  line.append("level=").append(name(level)).append(" event=").append(event);
  for (const auto& field : fields) {
    line += ' ';
    field.append_to(line);
  }
  return line;
}

void log_event(Level level, std::string_view event, Fields fields) {
  if (!log_enabled(level)) return;
  const auto line = format_event(level, event, fields);
  auto& out = output();
  std::lock_guard lock(out.mutex);
  if (out.replacement) return out.replacement(level, line);
  if (!out.writer) out.writer = std::make_unique<Writer>();
  out.writer->logger->log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

void set_log_level(Level level) { g_level.store(level, std::memory_order_relaxed); }
bool log_enabled(Level level) { return level >= g_level.load(std::memory_order_relaxed); }

bool set_log_level(std::string_view level_name) {
  for (const auto level : {Level::kDebug, Level::kInfo, Level::kWarn, Level::kError}) {
    if (name(level) != level_name) continue;
    set_log_level(level);
    return true;
  }
  return false;
}

void set_log_output(std::function<void(Level, std::string_view)> replacement) {
  auto& out = output();
  std::lock_guard lock(out.mutex);
  out.replacement = std::move(replacement);
}

void flush_log() {
  auto& out = output();
  std::unique_ptr<Writer> ending;
  {
    std::lock_guard lock(out.mutex);
    ending = std::move(out.writer);
  }
  if (ending) ending->logger->flush();  // queued behind the lines; the pool's destructor waits for both
}

}  // namespace engine::telemetry
