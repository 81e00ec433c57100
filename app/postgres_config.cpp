#include "app/postgres_config.h"

#include "app/config_reader.h"

namespace app {

namespace {

/// What the server takes for the name of a slot; publications are held to the same, so that neither ever needs quoting by people.
bool is_plain_name(const std::string& name) {
  constexpr std::size_t kLongest = 63;
  return !name.empty() && name.size() <= kLongest && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

void read_plain_name(TableReader& table, const std::string& key, std::string& into) {
  table.read(key, into);
  if (!is_plain_name(into)) table.problem(key, "expected small letters, digits and underscores, at most 63");
}

void read_tls(TableReader& table, connectors::PostgresOptions& options) {
  std::string tls = "off";
  table.read("tls", tls);
  table.read("tls_ca", options.ca_file);
  if (tls == "required") {
    options.tls = connectors::PostgresTls::kRequired;
  } else if (tls == "verify") {
    options.tls = connectors::PostgresTls::kVerify;
    if (options.ca_file.empty()) table.problem("tls_ca", "is needed beside tls = \"verify\": the authorities the server's certificate must come from");
  } else if (tls != "off") {
    table.problem("tls", "expected off, required or verify");
  }
}

void read_wal_budget(TableReader& table, connectors::PostgresOptions& options) {
  std::int64_t megabytes = 0;
  table.read("wal_budget_megabytes", megabytes, 0, 1 << 30);
  options.wal_budget_bytes = static_cast<std::uint64_t>(megabytes) << 20;
  std::string policy = "warn";
  table.read("wal_policy", policy);
  if (policy == "drop-and-resnapshot") {
    options.wal_policy = connectors::WalPolicy::kDropAndResnapshot;
    if (megabytes == 0) table.problem("wal_policy", "needs wal_budget_megabytes: beyond which the slot is dropped");
  } else if (policy != "warn") {
    table.problem("wal_policy", "expected warn or drop-and-resnapshot");
  }
}

}  // namespace

void read_postgres(TableReader table, connectors::PostgresOptions& options, const std::function<engine::Secret(TableReader&, const std::string&)>& secret) {
  if (!table.present()) return table.problem("host", "is needed: [source.postgres] says which server to read");
  table.read("host", options.host);
  table.read("port", options.port, 1, 65535);
  table.read("user", options.user);
  if (options.user.empty()) table.problem("user", "is needed");
  options.password = secret(table, "password");
  table.read("database", options.database);
  if (options.database.empty()) table.problem("database", "is needed");
  table.read("schema", options.schema);
  table.read("table_prefix", options.table_prefix);
  read_plain_name(table, "slot", options.slot);
  read_plain_name(table, "publication", options.publication);
  read_tls(table, options);
  read_wal_budget(table, options);
  std::int64_t heartbeat = options.heartbeat.count();
  table.read("heartbeat_ms", heartbeat, 100, 60'000);
  options.heartbeat = std::chrono::milliseconds(heartbeat);
  table.read("streams_in_progress", options.streams_in_progress);
  table.finish();
}

}  // namespace app
