#pragma once
// What the configuration says about a MariaDB source.

#include <chrono>
#include <cstdint>
#include <set>
#include <string>

#include "engine/base/secret.h"

namespace connectors {

enum class MariaDbTls : std::uint8_t {
  kOff,       ///< plain
  kRequired,  ///< encrypted; the server's certificate is not checked
  kVerify,    ///< encrypted; the certificate must come from `ca_file` and carry the host's name
};

struct MariaDbOptions {
  std::string name = "mariadb";      ///< of the source, as it stands in positions (SourcePosition::source)
  std::string host = "127.0.0.1";
  std::uint16_t port = 3306;
  std::string socket;                ///< unix socket; wins over host and port where set
  std::string user;
  engine::Secret password;
  std::string database;              ///< the one that counts; rows of others are skipped
  std::string table_prefix;          ///< stripped from table names: "craft_" makes craft_elements "elements"
  std::uint32_t server_id = 0x4d520001;  ///< ours as a replica; must be unlike every other server's in the topology
  MariaDbTls tls = MariaDbTls::kOff;
  std::string ca_file;               ///< PEM
  std::chrono::milliseconds heartbeat{2000};         ///< how often an idle server says where it stands
  std::chrono::seconds connect_timeout{10};
  std::chrono::seconds query_timeout{120};           ///< of one read on a query connection
  std::set<std::string> tables;      ///< captured tables, without the prefix; empty: every table of the database
  std::size_t slice_bytes = 8U << 20;  ///< a transaction with more binlog row bytes than this comes in several slices
};

}  // namespace connectors
