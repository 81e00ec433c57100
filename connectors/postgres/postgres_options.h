#pragma once
// What the configuration says about a PostgreSQL source.

#include <chrono>
#include <cstdint>
#include <set>
#include <string>

#include "engine/base/secret.h"

namespace connectors {

enum class PostgresTls : std::uint8_t {
  kOff,       ///< plain
  kRequired,  ///< encrypted; the server's certificate is not checked
  kVerify,    ///< encrypted; the certificate must come from `ca_file` and carry the host's name
};

/// What happens when the slot holds back more WAL than `wal_budget_bytes`.
enum class WalPolicy : std::uint8_t {
  kWarn,                ///< an incident, and readiness says so
  kDropAndResnapshot,   ///< the slot is dropped, so that the server's disk is safe; a new snapshot with diff follows
};

struct PostgresOptions {
  std::string name = "postgres";     ///< of the source, as it stands in positions (SourcePosition::source)
  std::string host = "127.0.0.1";    ///< a name, an address, or the directory of the unix socket
  std::uint16_t port = 5432;
  std::string user;
  engine::Secret password;
  std::string database;
  std::string schema = "public";     ///< the one that counts; rows of others are skipped
  std::string table_prefix;          ///< stripped from table names: "craft_" makes craft_elements "elements"
  std::string slot = "millrace";         ///< the replication slot; small letters, digits and underscores
  std::string publication = "millrace";
  PostgresTls tls = PostgresTls::kOff;
  std::string ca_file;               ///< PEM
  std::chrono::milliseconds heartbeat{2000};         ///< how often the server is told where we stand, and asked where it does
  std::chrono::milliseconds shape_check{30'000};     ///< how often, by the server's clock, shapes are looked at that no row shows
  std::chrono::seconds connect_timeout{10};          ///< of one step of connecting
  std::chrono::seconds query_timeout{120};           ///< without a byte of the answer
  std::set<std::string> tables;      ///< captured tables, without the prefix; empty: every table of the schema
  bool streams_in_progress = false;  ///< large transactions are sent while they run, and kept in spool_directory; PostgreSQL 14 and later
  std::string spool_directory;       ///< empty: they are sent once they are committed
  std::size_t slice_bytes = 8U << 20;  ///< a transaction with more row bytes than this comes in several slices
  std::uint64_t wal_budget_bytes = 0;  ///< how much WAL our slot may hold back; 0: no limit
  WalPolicy wal_policy = WalPolicy::kWarn;
};

}  // namespace connectors
