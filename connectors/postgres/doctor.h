#pragma once
// Is this PostgreSQL server fit to be a source, and if not, which SQL mends it? Asked at start and by `millrace doctor`.

#include <optional>
#include <vector>

#include "connectors/doctor_check.h"
#include "connectors/postgres/postgres_options.h"
#include "feed/change_log.h"

namespace connectors {

/// Runs every check that can run: connection, version, wal_level, replication_role, replication_slots, schema, select, replica_identity, publication (a
/// warning where the source will mend it itself), and where `from` is given same_server and log_reaches_back.
/// Where no connection can be made the list is that one failed check. Blocking, up to the connect timeout plus some queries.
std::vector<DoctorCheck> examine_postgres(const PostgresOptions& options, const std::optional<feed::SourcePosition>& from = {});

}  // namespace connectors
