#pragma once
// Is this MariaDB server fit to be a source, and if not, which SQL mends it? Asked at start and by `millrace doctor`.

#include <optional>
#include <string>
#include <vector>

#include "connectors/doctor_check.h"
#include "connectors/mariadb/mariadb_options.h"
#include "engine/base/result.h"
#include "feed/change_log.h"

namespace connectors {

/// Runs every check that can run: connection, log_bin, binlog_format, binlog_row_image, binlog_row_metadata (FULL; anything less is a
/// warning, since names and types then come from information_schema and an ALTER during an outage of ours cannot be told), binlog_checksum,
/// privileges, server_id, database, and where `from` is given same_server and log_reaches_back.
/// Where no connection can be made the list is that one failed check. Blocking, up to the connect timeout plus some queries.
std::vector<DoctorCheck> examine_mariadb(const MariaDbOptions& options, const std::optional<feed::SourcePosition>& from = {});

}  // namespace connectors
