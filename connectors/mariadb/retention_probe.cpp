#include "connectors/mariadb/retention_probe.h"

#include <charconv>

namespace connectors {

namespace {

/// 0 for anything but a whole number.
std::uint64_t number(const std::optional<std::string>& text) {
  std::uint64_t value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

std::optional<std::uint64_t> bytes_of_logs(MariaDbConnection& connection) {
  const auto logs = connection.query("SHOW BINARY LOGS");
  if (!logs) return std::nullopt;  // a privilege of its own
  std::uint64_t bytes = 0;
  for (const auto& row : *logs) bytes += row.size() > 1 ? number(row[1]) : 0;
  return bytes;
}

}  // namespace

engine::Result<void> RetentionProbe::refresh() {
  auto connection = MariaDbConnection::open(options_, stop_);
  if (!connection) return connection.take_error();
  auto rows = (*connection)->query("SHOW GLOBAL VARIABLES WHERE Variable_name IN ('binlog_expire_logs_seconds', 'expire_logs_days')");
  if (!rows) return rows.take_error();
  LogRetention found;
  for (const auto& row : *rows) {
    if (row.size() < 2) continue;
    const auto unit = row[0] == "expire_logs_days" ? std::chrono::seconds(86'400) : std::chrono::seconds(1);  // servers that have both keep them equal
    found.age = std::max(found.age, unit * static_cast<std::int64_t>(number(row[1])));
    found.known = true;
  }
  found.bytes = bytes_of_logs(**connection);
  const std::lock_guard lock(mutex_);
  latest_ = found;
  return engine::ok();
}

LogRetention RetentionProbe::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

}  // namespace connectors
