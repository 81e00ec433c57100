#include "app/config.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "access/control/policy.h"
#include "app/config_reader.h"
#include "app/deliveries_config.h"
#include "app/environment_settings.h"
#include "app/kafka_config.h"
#include "app/listen_settings.h"
#include "app/operations_config.h"
#include "app/postgres_config.h"

namespace app {
namespace {

using engine::Errc;
using engine::Result;
using engine::Secret;
using std::chrono::milliseconds;

std::optional<std::string> file_content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::nullopt;
  std::ostringstream content;
  content << in.rdbuf();
  return std::move(content).str();
}

std::string without_line_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

// A secret stands in the text, in a file or in the environment: exactly one of them.
Secret read_secret(TableReader& table, const std::string& key, const Environment& environment) {
  std::string value, file, variable;
  table.read(key, value);
  table.read(key + "_file", file);
  table.read(key + "_env", variable);
  if (int(!value.empty()) + int(!file.empty()) + int(!variable.empty()) > 1) {
    table.problem(key, "give only one of " + key + ", " + key + "_file and " + key + "_env");
    return {};
  }
  if (!file.empty()) {
    auto content = file_content(file);
    if (!content) table.problem(key + "_file", "cannot read " + file);
    return Secret(without_line_end(content.value_or("")));
  }
  if (!variable.empty()) {
    auto found = environment(variable);
    if (!found) table.problem(key + "_env", "the environment has no " + variable);
    return Secret(found.value_or(""));
  }
  return Secret(value);
}

void read_milliseconds(TableReader& table, const std::string& key, milliseconds& into, std::int64_t low, std::int64_t high) {
  std::int64_t count = into.count();
  table.read(key, count, low, high);
  into = milliseconds(count);
}

template <class T>
void read_optional(TableReader& table, const std::string& key, std::optional<T>& into) {
  if constexpr (std::is_same_v<T, bool>) {
    if (auto v = table.get<bool>(key, "true or false")) into = *v;
  } else {
    if (auto v = table.get<std::int64_t>(key, "a whole number")) into = static_cast<T>(std::clamp<std::int64_t>(*v, 0, 1'000'000'000));
  }
}

// "ADDRESS:PORT" or "[V6]:PORT". Nothing is changed where the text is another one.
void read_address(TableReader& table, const std::string& key, std::string& address, std::uint16_t& port) {
  std::string text;
  table.read(key, text);
  if (text.empty()) return;
  const auto colon = text.rfind(':');
  std::int64_t number = -1;
  if (colon != std::string::npos && colon + 1 < text.size() && text.find_first_not_of("0123456789", colon + 1) == std::string::npos && text.size() - colon <= 6) {
    number = std::stoll(text.substr(colon + 1));
  }
  if (number < 0 || number > 65535) return table.problem(key, "expected ADDRESS:PORT, such as \"127.0.0.1:8080\"");
  address = text.substr(0, colon);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  port = static_cast<std::uint16_t>(number);
}

void read_server(TableReader table, Config& config) {
  read_address(table, "listen", config.listen.address, config.listen.port);
  std::string port_file;
  table.read("port_file", port_file);
  config.listen.port_file = port_file;
  table.read("threads", config.listen.threads, 1, 64);
  table.read("public_url", config.listen.public_url);
  read_listen_settings(table, config.listen);
  table.read("max_connections", config.listen.limits.max_connections, 1, 1'000'000);
  table.read("max_live_readers", config.listen.live_readers, 1, 1'000'000);
  table.read("max_live_readers_per_credential", config.listen.live_readers_per_credential, 1, 1'000'000);
  table.read("profile", config.gate.profile);
  table.read("environment", config.gate.environment);
  if (!config.gate.profile.empty() && !trust::parse_profile(config.gate.profile)) {
    table.problem("profile", "expected local, test, staging or production");
  }
  if (config.gate.environment.empty() && !config.gate.profile.empty()) config.gate.environment = config.gate.profile;
  read_optional(table, "enabled", config.gate.enabled);
  table.finish();
}

void read_storage(TableReader table, Config& config) {
  std::string directory;
  table.read("directory", directory);
  if (directory.empty()) table.problem("directory", "is needed: where Millrace keeps its log and its mirror");
  config.storage.directory = directory;
  std::int64_t megabytes = 64;
  table.read("cache_megabytes", megabytes, 1, 1'000'000);
  config.storage.cache_bytes = static_cast<std::size_t>(megabytes) << 20;
  std::int64_t days = config.storage.keep_replaced.count() / 24;
  table.read("keep_replaced_days", days, 0, 36'500);
  config.storage.keep_replaced = std::chrono::hours(24 * days);
  std::int64_t megabytes_of_replaced = 0;
  table.read("keep_replaced_megabytes", megabytes_of_replaced, 0, 1 << 30);
  config.storage.keep_replaced_bytes = static_cast<std::uint64_t>(megabytes_of_replaced) << 20;
  std::int64_t hold_days = 0;
  table.read("hold_for_deliveries_days", hold_days, 0, 36'500);
  config.storage.hold_for_deliveries = std::chrono::hours(24 * hold_days);
  table.finish();
}

void read_mariadb(TableReader table, connectors::MariaDbOptions& options, const Environment& environment) {
  if (!table.present()) return table.problem("host", "is needed: [source.mariadb] says which server to read");
  table.read("host", options.host);
  table.read("port", options.port, 1, 65535);
  table.read("socket", options.socket);
  table.read("user", options.user);
  if (options.user.empty()) table.problem("user", "is needed");
  options.password = read_secret(table, "password", environment);
  table.read("database", options.database);
  if (options.database.empty()) table.problem("database", "is needed");
  table.read("table_prefix", options.table_prefix);
  table.read("server_id", options.server_id, 1, 4294967295);
  std::string tls = "off";
  table.read("tls", tls);
  if (tls == "required") {
    options.tls = connectors::MariaDbTls::kRequired;
  } else if (tls == "verify") {
    options.tls = connectors::MariaDbTls::kVerify;
  } else if (tls != "off") {
    table.problem("tls", "expected off, required or verify");
  }
  table.read("tls_ca", options.ca_file);
  read_milliseconds(table, "heartbeat_ms", options.heartbeat, 100, 60'000);
  table.finish();
}

void read_source(TableReader table, Config& config, const Environment& environment) {
  std::string kind = "mariadb";
  table.read("kind", kind);
  const auto secret = [&environment](TableReader& inner, const std::string& key) { return read_secret(inner, key, environment); };
  read_debezium(table.table("debezium"), config.debezium);
  if (kind == "postgres") {
    config.source_kind = SourceKind::kPostgres;
    read_postgres(table.table("postgres"), config.postgres, secret);
  } else if (kind == "kafka") {
    config.source_kind = SourceKind::kKafka;
    read_kafka_source(table.table("kafka"), config.kafka, secret);
    if (config.debezium.schema_file.empty()) table.problem("debezium", "[source.debezium] with schema_file is needed beside [source.kafka]");
    config.kafka.debezium = config.debezium;
  } else {
    if (kind != "mariadb") table.problem("kind", "expected mariadb, postgres or kafka");
    read_mariadb(table.table("mariadb"), config.source, environment);
  }
  table.finish();
}

void read_mapping(TableReader table, Config& config) {
  std::string directory;
  table.read("directory", directory);
  config.mapping.directory = directory;
  table.read("name", config.mapping.name);
  std::string site = "primary", base;
  table.read("site", site);
  table.read("base_url", base);
  if (base.empty()) {
    table.problem("base_url", "is needed: the site's address, such as \"https://example.test/\"");
  } else if (!base.ends_with('/')) {
    base += '/';
  }
  config.mapping.settings = {{"site", site}, {"base", base}};
  auto further = table.table("settings");  // what a mapping declares beyond these two
  further.each_text([&](const std::string& key, const std::string& value) { config.mapping.settings[key] = value; });
  table.finish();
}

void read_security(TableReader table, Config& config) {
  auto& gate = config.gate;
  read_optional(table, "require_token", gate.require_token);
  read_optional(table, "allow_insecure_no_token_in_production", gate.allow_insecure_no_token_in_production);
  read_optional(table, "allow_query_token", gate.allow_query_token);
  read_optional(table, "redact_email", gate.redact_email);
  read_optional(table, "rate_limit_per_minute", gate.rate_limit);
  read_optional(table, "rate_limit_window_seconds", gate.rate_window_seconds);
  table.read("default_scopes", gate.default_scopes);
  table.finish();
}

void read_features(TableReader table, Config& config) {
  auto& features = config.gate.features;
  table.read("commerce", features.commerce);
  table.read("users_api", features.users);
  table.read("addresses_api", features.addresses);
  table.read("governed_writes", features.writes);
  table.finish();
}

// A misspelt interest would be an interest in nothing, and a credential without interests asks for everything.
void refuse_unknown(TableReader& table, const std::string& key, const std::vector<std::string>& values, std::initializer_list<std::string_view> known) {
  for (const auto& value : values) {
    if (std::find(known.begin(), known.end(), value) != known.end()) continue;
    std::string all;
    for (const auto one : known) all += (all.empty() ? "" : ", ") + std::string(one);
    table.problem(key, "\"" + value + "\" is not one of " + all);
  }
}

void read_credential(TableReader& table, Config& config, const Environment& environment) {
  trust::CredentialConfig credential;
  table.read("id", credential.id);
  table.read("label", credential.label);
  credential.token = read_secret(table, "token", environment);
  std::vector<std::string> scopes;
  table.read("scopes", scopes);
  if (table.has("scopes")) credential.scopes = std::move(scopes);  // an empty list grants nothing; no list grants the defaults
  table.read("ip_allowlist", credential.ip_allowlist);
  table.read("enabled", credential.enabled);
  auto wanted = table.table("interests");
  if (wanted.present()) {
    delivery::Interest interest;
    interest.handle = credential.id;
    wanted.read("types", interest.types);
    wanted.read("actions", interest.actions);
    refuse_unknown(wanted, "types", interest.types, {"entry", "order", "product", "*"});
    refuse_unknown(wanted, "actions", interest.actions, {"created", "updated", "deleted", "*"});
    wanted.finish();
    if (credential.enabled) config.interests.push_back(std::move(interest));
  }
  config.credentials.push_back(std::move(credential));
}

void read_secrets(TableReader table, Config& config, const Environment& environment) {
  if (!table.present()) return;
  auto& master = config.secrets.master_key;
  master = read_secret(table, "master_key", environment);
  if (!master.empty() && !engine::crypto::aead_key(master.reveal())) table.problem("master_key", "expected 64 hexadecimal digits (openssl rand -hex 32)");
  std::vector<std::string> retired;
  table.read("retired_key_files", retired);
  for (const auto& file : retired) {
    auto content = file_content(file);
    if (!content) table.problem("retired_key_files", "cannot read " + file);
    config.secrets.retired_keys.emplace_back(without_line_end(content.value_or("")));
  }
  table.finish();
}

void read_admin(TableReader table, Config& config) {
  table.read("enabled", config.admin.enabled);
  read_address(table, "listen", config.admin.address, config.admin.port);
  const auto& address = config.admin.address;
  if (!address.starts_with("127.") && address != "::1") {
    table.problem("listen", "must be a loopback address: tokens cross it in clear; from elsewhere come through an SSH tunnel or a TLS proxy on this machine");
  }
  table.finish();
}

void read_operator(TableReader& table, Config& config, const Environment& environment) {
  OperatorConfig one;
  table.read("id", one.id);
  table.read("label", one.label);
  table.read("email", one.email);
  one.token = read_secret(table, "token", environment);
  table.read("permissions", one.permissions);
  table.read("ip_allowlist", one.ip_allowlist);
  if (one.id == "local") table.problem("id", "\"local\" is the operator of the machine itself; take another");
  config.operators.push_back(std::move(one));
}

// What stands beside the one secret: the form, and keys for other kinds of signature.
void read_signing(TableReader& table, delivery::EndpointConfig& endpoint, const Environment& environment) {
  std::string form(delivery::name(endpoint.form));
  table.read("form", form);
  if (const auto known = delivery::parse_payload_form(form)) {
    endpoint.form = *known;
  } else {
    table.problem("form", "must be contract, standard-webhooks or cloudevents");
  }
  table.read("standard_headers", endpoint.standard_headers);
  if (!table.present()) return;
  if (auto previous = read_secret(table, "previous_secret", environment); !previous.empty()) {
    if (endpoint.secrets.empty()) table.problem("previous_secret", "stands beside the secret that replaces it, and there is none");
    endpoint.secrets.push_back(std::move(previous));
  }
  if (auto key = read_secret(table, "signing_key", environment); !key.empty()) endpoint.signing_keys.push_back(std::move(key));
}

std::vector<engine::net::Cidr> read_blocks(TableReader& table, const std::string& key) {
  std::vector<std::string> texts;
  table.read(key, texts);
  std::vector<engine::net::Cidr> blocks;
  for (const auto& text : texts) {
    if (auto block = engine::net::parse_cidr(text)) {
      blocks.push_back(*block);
    } else {
      table.problem(key, block.error().detail + "; give addresses or blocks such as 10.1.2.0/24");
    }
  }
  return blocks;
}

engine::net::ClientTls read_client_tls(TableReader& table) {
  engine::net::ClientTls tls;
  std::string key;
  table.read("tls_ca", tls.ca_file);
  table.read("tls_client_certificate", tls.client.chain_name);
  table.read("tls_client_key", key);
  const bool shows = table.has("tls_client_certificate");
  if (shows != table.has("tls_client_key")) table.problem("tls_client_key", "and tls_client_certificate belong together");
  if (shows) {
    tls.client.key_name = key;
    tls.client.chain = file_content(tls.client.chain_name).value_or("");
    tls.client.key = Secret(file_content(key).value_or(""));
    if (tls.client.chain.empty()) table.problem("tls_client_certificate", "cannot read " + tls.client.chain_name);
  }
  if (!shows && tls.ca_file.empty()) return tls;  // the system's store is the system's affair
  if (auto good = engine::net::check(tls); !good) table.problem(shows ? "tls_client_certificate" : "tls_ca", good.error().detail);
  return tls;
}

void read_webhook(TableReader table, Config& config, const Environment& environment) {
  auto& endpoint = config.webhook;
  table.read("url", endpoint.url);
  if (table.present()) {
    auto secret = read_secret(table, "secret", environment);
    if (!secret.empty()) endpoint.secrets.push_back(std::move(secret));
  }
  apply_webhook_environment(environment, endpoint);
  read_signing(table, endpoint, environment);
  std::optional<std::uint32_t> timeout, attempts;
  read_optional(table, "timeout_seconds", timeout);
  read_optional(table, "max_attempts", attempts);
  if (!config.gate.webhook_timeout_seconds) config.gate.webhook_timeout_seconds = timeout;
  if (!config.gate.webhook_max_attempts) config.gate.webhook_max_attempts = attempts;
  const auto settings = trust::resolve(config.gate);
  endpoint.timeout = std::chrono::seconds(settings.webhook_timeout_seconds);
  endpoint.retry.max_attempts = settings.webhook_max_attempts;
  table.read("allow_private", config.webhook_allow_private);
  bool test_sink = false;
  table.read("test_sink", test_sink);
  if (!config.webhook_test_sink) config.webhook_test_sink = test_sink;  // the environment's word stands
  config.webhook_allow = read_blocks(table, "allow");
  config.webhook_tls = read_client_tls(table);
  read_milliseconds(table, "first_byte_timeout_ms", endpoint.first_byte_timeout, 0, 60'000);
  read_milliseconds(table, "retry_base_ms", endpoint.retry.base, 1, 3'600'000);
  read_milliseconds(table, "retry_floor_ms", endpoint.retry.floor, 0, 3'600'000);
  read_milliseconds(table, "retry_max_ms", endpoint.retry.cap, 1, 86'400'000);
  endpoint.retry.floor = std::min(endpoint.retry.floor, endpoint.retry.base);
  table.read("concurrency", endpoint.concurrency, 1, 1024);
  std::int64_t hours = std::chrono::duration_cast<std::chrono::hours>(endpoint.retry.max_age).count();
  table.read("max_age_hours", hours, 1, 24 * 365);
  endpoint.retry.max_age = std::chrono::hours(hours);
  table.read("breaker_failures", endpoint.breaker.failures, 2, 1'000'000);
  std::int64_t breaker_seconds = endpoint.breaker.span.count() / 1000;
  table.read("breaker_after_seconds", breaker_seconds, 1, 3600);
  endpoint.breaker.span = std::chrono::seconds(breaker_seconds);
  read_milliseconds(table, "breaker_probe_ms", endpoint.breaker.first_probe, 10, 600'000);
  endpoint.breaker.probe_cap = std::max(endpoint.breaker.probe_cap, endpoint.breaker.first_probe);
  if (endpoint.configured()) {
    if (auto good = delivery::check(endpoint); !good) table.problem("url", good.error().detail);
  } else if (!endpoint.url.empty()) {
    table.problem("secret", "is needed beside url: deliveries are always signed");
  }
  table.finish();
}

Result<toml::table> parse_toml(const std::string& text) {
  auto parsed = toml::parse(text);
  if (parsed) return std::move(parsed).table();
  const auto& error = parsed.error();
  return engine::fail(Errc::kMalformed, "line " + std::to_string(error.source().begin.line) + ": " + std::string(error.description()));
}

void read_control(TableReader table, Config& config, const Environment& environment) {
  auto& control = config.control;
  auto& action = control.action;
  action.name = "action";
  action.timeout = config.webhook.timeout;
  action.retry = config.webhook.retry;
  table.read("action_url", action.url);
  if (table.present()) {
    auto secret = read_secret(table, "action_secret", environment);
    if (!secret.empty()) action.secrets.push_back(std::move(secret));
  }
  table.read("action_max_attempts", action.retry.max_attempts, 1, 10);
  table.read("action_allow_private", control.action_allow_private);
  std::vector<std::string> patterns{"*"};
  table.read("action_patterns", patterns);
  control.action_patterns.clear();
  for (const auto& pattern : patterns) {
    control.action_patterns.push_back(trust::normal_pattern(pattern));
    if (!control.action_patterns.back().empty()) continue;
    table.problem("action_patterns", "\"" + pattern + "\" matches nothing; action types are made of letters, digits and :_-.");
  }
  if (action.configured()) {
    if (auto good = delivery::check(action); !good) table.problem("action_url", good.error().detail);
  } else if (!action.url.empty()) {
    table.problem("action_secret", "is needed beside action_url: decisions are always signed");
  }
  table.finish();
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
}

Result<Config> parse_config(const std::string& text, const Environment& environment) {
  const auto document = parse_toml(text);
  if (!document) return engine::fail(document.error().code, document.error().detail);
  Problems problems;
  Config config;
  TableReader root(&*document, "", problems);
  read_server(root.table("server"), config);
  read_storage(root.table("storage"), config);
  read_source(root.table("source"), config, environment);
  read_mapping(root.table("mapping"), config);
  read_security(root.table("security"), config);
  read_features(root.table("features"), config);
  root.each_table("credentials", [&](TableReader& table) { read_credential(table, config, environment); });
  apply_environment(environment, config);
  root.each_table("operators", [&](TableReader& table) { read_operator(table, config, environment); });
  read_secrets(root.table("secrets"), config, environment);
  read_admin(root.table("admin"), config);
  read_webhook(root.table("webhook"), config, environment);
  read_deliveries(root.table("deliveries"), config.deliveries);
  read_operations(root.table("operations"), config.watching);
  const auto secret = [&environment](TableReader& table, const std::string& key) { return read_secret(table, key, environment); };
  read_notifications(root.table("notifications"), config.notifications, secret);
  read_sink(root.table("sink"), config.sink, secret);
  read_control(root.table("control"), config, environment);
  auto log = root.table("log");
  log.read("level", config.log_level);
  if (config.log_level != "debug" && config.log_level != "info" && config.log_level != "warn" && config.log_level != "error") {
    log.problem("level", "expected debug, info, warn or error");
  }
  log.finish();
  root.finish();
  if (auto set = trust::CredentialSet::build(config.credentials, config.gate.features, config.gate.default_scopes); !set) {
    problems.add("credentials", set.error().detail);
  }
  for (const auto& credential : config.credentials) {
    if (credential.id.starts_with(trust::kOperatorPrefix)) problems.add("credentials", "id \"" + credential.id + "\": \"cp:\" is for operators");
  }
  if (auto sets = operator_sets(config.operators, config.gate.features); !sets) problems.add("operators", sets.error().detail);
  if (problems.empty()) return config;
  std::string all;
  for (const auto& problem : problems.list()) all += (all.empty() ? "" : "\n") + problem;
  return engine::fail(Errc::kMalformed, all);
}

namespace {

Result<std::string> configuration_text(const std::filesystem::path& file) {
  auto content = file_content(file);
  if (!content) return engine::fail(Errc::kNotFound, "cannot read the configuration file " + file.string());
  return std::move(*content);
}

}  // namespace

Result<Config> load_config(const std::filesystem::path& file, const Environment& environment) {
  auto text = configuration_text(file);
  if (!text) return text.take_error();
  return parse_config(*text, environment);
}

Result<std::filesystem::path> load_storage_directory(const std::filesystem::path& file) {
  auto text = configuration_text(file);
  if (!text) return text.take_error();
  const auto document = parse_toml(*text);
  if (!document) return engine::fail(Errc::kMalformed, "the configuration " + file.string() + " cannot be read: " + document.error().detail);
  const auto directory = (*document)["storage"]["directory"].value_exact<std::string>();
  if (!directory || directory->empty()) return engine::fail(Errc::kMalformed, "the configuration " + file.string() + " has no storage.directory");
  return std::filesystem::path(*directory);
}

}  // namespace app
