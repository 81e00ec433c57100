#pragma once
// Is this MariaDB server fit to be a source, and if not, which SQL mends it? Asked at start and by `millrace doctor`.

#include <optional>
#include <string>
#include <vector>

#include "connectors/mariadb/mariadb_options.h"
#include "engine/base/result.h"
#include "feed/change_log.h"

namespace connectors {

struct DoctorCheck {
  enum class State : std::uint8_t { kOk, kWarning, kFailed };
  std::string name;     ///< "binlog_format", stable, for machines
  State state = State::kOk;
  std::string message;  ///< one sentence for people: what was found, what is needed
  std::string fix_sql;  ///< the statements that mend it, to be run by an administrator; empty where none do
};

/// Runs every check that can run: connection, log_bin, binlog_format, binlog_row_image, binlog_row_metadata (FULL; anything less is a
/// warning, since names and types then come from information_schema and an ALTER during an outage of ours cannot be told), binlog_checksum,
/// privileges, server_id, database, and where `from` is given same_server and log_reaches_back.
/// Where no connection can be made the list is that one failed check. Blocking, up to the connect timeout plus some queries.
std::vector<DoctorCheck> examine_mariadb(const MariaDbOptions& options, const std::optional<feed::SourcePosition>& from = {});

/// True where no check failed (warnings are no failure).
bool fit(const std::vector<DoctorCheck>& checks);

}  // namespace connectors
