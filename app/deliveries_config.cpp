#include "app/deliveries_config.h"

namespace app {

namespace {

void read_days(TableReader& table, const std::string& key, std::chrono::hours& into, std::int64_t low, std::int64_t high) {
  std::int64_t days = into.count() / 24;
  table.read(key, days, low, high);
  into = std::chrono::hours(24 * days);
}

}  // namespace

void read_deliveries(TableReader table, DeliveriesSettings& settings) {
  read_days(table, "keep_attempts_days", settings.attempts.max_age, 1, 3650);
  table.read("keep_attempts_per_endpoint", settings.attempts.max_attempts, 1'000, 1'000'000'000);
  read_days(table, "keep_delivered_letters_days", settings.keep_delivered, 0, 36'500);
  table.read("metrics_endpoints", settings.metrics_endpoints, 0, 1'000);
  table.finish();
}

}  // namespace app
