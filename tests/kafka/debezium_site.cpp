// debezium_site PORT USER PASSWORD DATABASE PREFIX: a Kafka broker, and what Debezium would write into it of the MariaDB at 127.0.0.1:PORT, until stdin is closed.
//
// Says on stdout, a line each: "brokers ADDRESS" once the database's rows are published, then "at GTIDS TOPIC=RECORDS …" whenever everything the server has
// committed is. Exits 3 with one line where there is no broker to start, 1 with one where something fails.

#include <poll.h>
#include <unistd.h>

#include <iostream>

#include "connectors/mariadb/binlog_position.h"
#include "engine/runtime/timers.h"
#include "tests/connectors/debezium_bridge.h"

namespace {

bool stdin_closed() {
  pollfd in{STDIN_FILENO, POLLIN, 0};
  return ::poll(&in, 1, 0) > 0;
}

int failed(const engine::Error& error) {
  std::cout << "failed: " << error.detail << std::endl;
  return 1;
}

int run(const connectors::MariaDbOptions& options, const std::string& prefix) {
  test::KafkaBroker broker;
  test::KafkaPeer peer(broker.brokers());
  test::DebeziumBridge bridge(options, peer, prefix, /*marks=*/true);
  if (auto taken = bridge.snapshot(engine::SystemTimers().wall_now()); !taken) return failed(taken.error());
  std::cout << "brokers " << broker.brokers() << std::endl;
  std::string told;
  while (!stdin_closed()) {
    // Shorter than the pauses of whoever writes, so that "everything" is soon true.
    if (auto followed = bridge.follow(std::chrono::milliseconds(20)); !followed) return failed(followed.error());
    const auto position = connectors::parse_position(bridge.position().token);
    if (!position) return failed(position.error());
    auto line = "at " + connectors::print_gtids(position->gtids);
    for (const auto& [topic, records] : bridge.published()) line += " " + topic + "=" + std::to_string(records);
    if (line != told) std::cout << line << std::endl;
    told = line;
  }
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 6) {
    std::cout << "failed: expected PORT USER PASSWORD DATABASE PREFIX" << std::endl;
    return 1;
  }
  if (const auto absent = test::KafkaBroker::absent()) {
    std::cout << *absent << std::flush;
    return 3;
  }
  connectors::MariaDbOptions options;
  options.port = static_cast<std::uint16_t>(std::stoi(arguments[1]));
  options.user = arguments[2];
  options.password = engine::Secret(arguments[3]);
  options.database = arguments[4];
  options.server_id = 7100;  // below those of the processes under test
  options.heartbeat = std::chrono::milliseconds(200);
  return run(options, arguments[5]);
}
