#include "app/data_store.h"

#include "access/key_schema.h"
#include "connectors/kafka/sink_cursor.h"
#include "delivery/attempt_row.h"
#include "delivery/key_schema.h"
#include "feed/key_schema.h"
#include "replay/replay_desk.h"

namespace app {

engine::Result<std::unique_ptr<engine::store::Store>> open_data_store(const StorageConfig& storage) {
  std::error_code failed;
  std::filesystem::create_directories(storage.directory, failed);
  if (failed) return engine::fail(engine::Errc::kUnavailable, "cannot make " + storage.directory.string() + ": " + failed.message());
  engine::store::Options options;
  for (const auto& family : feed::kFamilies()) options.families.push_back(family);
  for (const auto& family : delivery::families()) options.families.push_back(family);
  for (const auto& family : replay::families()) options.families.push_back(family);
  for (const auto& family : trust::families()) options.families.push_back(family);
  options.families.emplace_back(connectors::kSinkFamily);
  options.scanned_families = feed::kScannedFamilies();
  options.scanned_families.emplace_back(delivery::kAttemptFamily);
  options.block_cache_bytes = storage.cache_bytes;
  return engine::store::Store::open((storage.directory / "log").string(), options);
}

}  // namespace app
