#include "app/transfer/export.h"

#include <fstream>

#include "app/data_store.h"
#include "app/transfer/change_line.h"
#include "app/transfer/words.h"
#include "engine/base/json_writer.h"
#include "feed/rocks_change_log.h"

namespace app::transfer {

using engine::Result;

namespace {

constexpr std::size_t kReadBytes = 4U << 20;  // of one read of the log
constexpr std::uint64_t kTellEvery = 100'000;

struct Count {
  std::uint64_t changes = 0, tombstones = 0, last_offset = 0;
};

Result<bool> is_newest(const feed::ChangeLog& log, const feed::StoredChange& stored) {
  auto latest = log.latest(stored.change.key);
  if (!latest) return latest.take_error();
  return *latest && (*latest)->offset == stored.offset;
}

Result<Count> write_all(const feed::ChangeLog& log, const ExportOptions& options, std::ostream& out, std::ostream& err) {
  Count count;
  std::string lines;
  auto at = std::max(feed::Offset{options.from}, log.first_offset());
  const auto end = log.high_watermark();
  while (at < end) {
    auto read = log.read(at, kReadBytes);
    if (!read) return read.take_error();
    if (read->empty()) break;
    lines.clear();
    for (const auto& stored : *read) {
      at = feed::Offset{stored.offset.value + 1};
      if (options.newest) {
        auto newest = is_newest(log, stored);
        if (!newest) return newest.take_error();
        if (!*newest) continue;
      }
      append_change_line(lines, stored);
      count.tombstones += stored.change.tombstone();
      count.last_offset = stored.offset.value;
      if (++count.changes % kTellEvery == 0) err << "millrace: " << count.changes << " changes written\n";
    }
    if (!out.write(lines.data(), static_cast<std::streamsize>(lines.size()))) return engine::fail(engine::Errc::kUnavailable, "the output cannot be written");
  }
  if (!out.flush()) return engine::fail(engine::Errc::kUnavailable, "the output cannot be written");
  return count;
}

void tell(const Count& count, bool json, std::ostream& err) {
  if (json) {
    std::string text;
    engine::JsonWriter(text).begin_object().key("changes").number_u64(count.changes).key("tombstones").number_u64(count.tombstones).key("lastOffset").number_u64(count.last_offset).end_object();
    err << text << '\n';
    return;
  }
  err << "millrace: exported " << count.changes << " changes, " << count.tombstones << " of them tombstones; the last offset is " << count.last_offset << '\n';
}

}  // namespace

int run_export(const Config& config, const ExportOptions& options, std::ostream& out, std::ostream& err) {
  auto store = open_data_store(config.storage);
  if (!store) return refuse(err, opening_failed(store.error())), kFailed;
  auto log = feed::RocksChangeLog::open(**store);
  if (!log) return refuse(err, log.error().detail), kFailed;
  std::ofstream file;
  if (options.output != "-") {
    file.open(options.output, std::ios::binary | std::ios::trunc);
    std::error_code failed;
    std::filesystem::permissions(options.output, std::filesystem::perms(0600), failed);  // before a byte of what customers trusted the shop with
    if (!file || failed) return refuse(err, options.output + " cannot be written"), kFailed;
  }
  auto count = write_all(**log, options, options.output == "-" ? out : file, err);
  if (!count) return refuse(err, count.error().detail), kFailed;
  tell(*count, options.json, err);
  return 0;
}

}  // namespace app::transfer
