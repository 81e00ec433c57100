#include "app/operations/room_metrics.h"

#include <gtest/gtest.h>

#include "delivery/dispatcher.h"

namespace app::operations {
namespace {

TEST(RoomMetrics, ShowWhatTheRoomsAnswerNow) {
  engine::telemetry::Registry registry;
  LogFacts log{4096, 3, 12};
  delivery::DispatcherStats stats;
  stats.timed_out = 2;
  stats.oldest_age = std::chrono::milliseconds(1500);
  RoomReaders readers;
  readers.log = [&log] { return log; };
  readers.delivery = [&stats] { return stats; };
  readers.source_retention = [] { return SourceRetention{true, 604'800, 1e6}; };
  readers.live_readers = [] { return std::size_t{5}; };
  register_room_metrics(registry, std::move(readers), "craft_agents");
  auto text = registry.render();
  for (const char* line : {"millrace_log_bytes 4096\n", "millrace_log_first_offset 3\n", "# TYPE millrace_delivery_attempts_total counter\n",
                           "millrace_delivery_attempts_total{outcome=\"timed_out\"} 2\n", "millrace_delivery_oldest_age_seconds 1.5\n",
                           "millrace_source_retention_seconds 604800\n", "millrace_live_readers 5\n", "millrace_resident_memory_bytes "}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
  EXPECT_EQ(text.find("millrace_http_requests_total"), std::string::npos) << "a room that is not there has no metrics";
  log.bytes = 8192;
  EXPECT_NE(registry.render().find("millrace_log_bytes 8192\n"), std::string::npos);
  EXPECT_GT(resident_bytes(), 0u);
}

}  // namespace
}  // namespace app::operations
