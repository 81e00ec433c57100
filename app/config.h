#pragma once
// What millrace.toml says, as one plain struct per component. Parsed once, refused whole with every problem listed.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "access/client_address.h"
#include "access/credentials.h"
#include "access/gate/settings.h"
#include "app/deliveries_settings.h"
#include "app/operators.h"
#include "app/secret_files.h"
#include "app/tls_files.h"
#include "app/operations_settings.h"
#include "connectors/kafka/kafka_options.h"
#include "connectors/mapping/mapping_session.h"
#include "connectors/mariadb/mariadb_options.h"
#include "connectors/postgres/postgres_options.h"
#include "delivery/endpoint.h"
#include "delivery/interests.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/net/http_client.h"
#include "engine/net/http_server.h"

namespace app {

struct ListenConfig {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8080;              ///< 0: a free one
  std::filesystem::path port_file;        ///< the real port is written here once it listens; empty: nowhere
  std::size_t threads = 2;                ///< network loops, 1..64
  std::string public_url;                 ///< shown in descriptors; empty: the request's Host
  engine::net::ServerLimits limits;
  TlsConfig tls;                          ///< files; they are read by TlsFiles
  trust::TrustedProxies trusted_proxies;
  std::size_t live_readers = 10'000;                ///< waits and streams of /changes at once
  std::size_t live_readers_per_credential = 1'000;
};

struct MappingConfig {
  std::filesystem::path directory;        ///< empty: the mapping `name` that comes with the program
  std::string name = "craft";
  connectors::MappingSettings settings;   ///< site, base
};

struct StorageConfig {
  std::filesystem::path directory;
  std::size_t cache_bytes = 64u << 20;
  std::chrono::hours keep_replaced{24 * 30};  ///< how long replaced versions stay readable; zero: for ever
  std::uint64_t keep_replaced_bytes = 0;      ///< how many bytes of them at most; zero: no bound
  std::chrono::hours hold_for_deliveries{0};  ///< how long versions that an endpoint still needs stay beyond that; zero: as long as it takes
};

/// Where operators come in: a listener of its own.
struct AdminConfig {
  bool enabled = true;
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                 ///< 0: a free one; commands find it in the storage directory's admin.json
};

/// Governed actions (features.governed_writes).
struct ControlConfig {
  delivery::EndpointConfig action;               ///< where decisions are handed; not configured: they are only recorded
  bool action_allow_private = false;
  std::vector<std::string> action_patterns{"*"};  ///< of action types that are handed on
};

enum class SourceKind : std::uint8_t { kMariaDb, kPostgres, kKafka };

struct Config {
  ListenConfig listen;
  AdminConfig admin;
  SecretsConfig secrets;
  std::vector<OperatorConfig> operators;
  StorageConfig storage;
  SourceKind source_kind = SourceKind::kMariaDb;
  connectors::MariaDbOptions source;         ///< where the kind is MariaDB
  connectors::PostgresOptions postgres;      ///< where the kind is PostgreSQL
  connectors::KafkaSourceOptions kafka;      ///< where the kind is Kafka
  connectors::DebeziumOptions debezium;      ///< of its records, and of imported envelopes
  connectors::KafkaSinkOptions sink;
  MappingConfig mapping;
  trust::GateConfig gate;
  std::vector<trust::CredentialConfig> credentials;
  std::vector<delivery::Interest> interests;  ///< of the credentials
  delivery::EndpointConfig webhook;
  bool webhook_allow_private = false;
  std::optional<bool> webhook_test_sink{};       ///< the development test sink is asked for
  std::vector<engine::net::Cidr> webhook_allow;  ///< addresses that are dialed although they are not public
  engine::net::ClientTls webhook_tls;            ///< whom webhooks trust, and what they show to a receiver that asks
  DeliveriesSettings deliveries;             ///< [deliveries]
  OperationsSettings watching;               ///< [operations]
  operations::NotificationConfig notifications;
  ControlConfig control;
  std::string log_level = "info";
  std::vector<std::string> warnings;         ///< what the environment says and could not be used; no values
};

/// Where the row mirror of this configuration lives.
inline std::filesystem::path mirror_file(const Config& config) { return config.storage.directory / "mirror.sqlite"; }

/// Reads a value from the environment; nullopt where it is unset.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

/// kMalformed: `detail` lists every problem, one a line, each naming its setting. Files named by the text (token_file, secret_file,
/// password_file) are read here.
engine::Result<Config> parse_config(const std::string& text, const Environment& environment);
/// The same from a file. kNotFound: it cannot be read.
engine::Result<Config> load_config(const std::filesystem::path& file, const Environment& environment);
/// Only where a server with this configuration keeps its data: all that is needed to find it, and no secret is read. Errors as above.
engine::Result<std::filesystem::path> load_storage_directory(const std::filesystem::path& file);

}  // namespace app
