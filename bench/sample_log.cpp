#include "bench/sample_log.h"

#include <stdlib.h>

#include "access/key_schema.h"
#include "delivery/key_schema.h"
#include "feed/differ.h"
#include "feed/key_schema.h"

namespace bench {

using engine::Result;

Result<std::unique_ptr<SampleLog>> SampleLog::create(std::size_t cache_bytes) {
  auto sample = std::make_unique<SampleLog>();
  auto pattern = (std::filesystem::temp_directory_path() / "millrace-bench-XXXXXX").string();
  if (!mkdtemp(pattern.data())) return engine::fail(engine::Errc::kUnavailable, "no temporary directory");
  sample->directory_ = pattern;
  if (auto opened = sample->open_store(pattern, cache_bytes); !opened) return opened.take_error();
  return sample;
}

Result<std::unique_ptr<SampleLog>> SampleLog::open(const std::filesystem::path& directory, std::size_t cache_bytes) {
  auto sample = std::make_unique<SampleLog>();
  if (auto opened = sample->open_store(directory, cache_bytes); !opened) return opened.take_error();
  return sample;
}

engine::store::Options SampleLog::store_options() {
  engine::store::Options options;
  options.families = feed::kFamilies();
  for (const auto& family : delivery::families()) options.families.push_back(family);
  for (const auto& family : trust::families()) options.families.push_back(family);
  options.scanned_families = feed::kScannedFamilies();
  return options;
}

Result<void> SampleLog::open_store(const std::filesystem::path& directory, std::size_t cache_bytes) {
  auto options = store_options();
  options.block_cache_bytes = cache_bytes;
  auto store = engine::store::Store::open((directory / "log").string(), options);
  if (!store) return store.take_error();
  store_ = std::move(*store);
  auto log = feed::RocksChangeLog::open(*store_);
  if (!log) return log.take_error();
  log_ = std::move(*log);
  auto position = log_->position("bench");
  if (!position) return position.take_error();
  if (*position) sequence_ = (*position)->sequence;
  next_id_ = log_->high_watermark().value;
  return engine::ok();
}

SampleLog::~SampleLog() {
  log_.reset();
  store_.reset();
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

Result<void> SampleLog::append(std::size_t count, std::size_t part_bytes, std::size_t keys) {
  std::vector<feed::Change> batch;
  for (std::size_t i = 0; i < count; ++i) {
    feed::Change change;
    change.key = {"entry", std::to_string(keys ? 1 + next_id_ % keys : next_id_)};
    change.source_transaction = "0-1-" + std::to_string(sequence_ + 1);
    change.commit_time = change.updated_at = change.raw_updated_at = change.created_at = timers_.wall_now();
    change.appended_at = change.commit_time;
    change.feed_action = change.webhook_action = keys && next_id_ > keys ? feed::Action::kUpdated : feed::Action::kCreated;
    ++next_id_;
    change.event_id = feed::event_id("bench", change.source_transaction, change.key);
    change.content_hash.assign(16, 'h');
    change.parts.feed = "{\"id\":" + change.key.id + ",\"title\":\"" + std::string(part_bytes, 't') + "\"}";
    change.parts.list = change.parts.webhook = change.parts.feed;
    batch.push_back(std::move(change));
    if (batch.size() < 500 && i + 1 < count) continue;
    auto appended = log_->append(batch, {"bench", ++sequence_, "t"});
    if (!appended) return appended.take_error();
    batch.clear();
  }
  return engine::ok();
}

}  // namespace bench
