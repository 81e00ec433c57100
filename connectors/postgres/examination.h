#pragma once
// The doctor's questions to a server that is already connected; the source asks them at start.

#include <vector>

#include "connectors/doctor_check.h"
#include "connectors/postgres/connection.h"
#include "connectors/postgres/lsn.h"
#include "connectors/postgres/schema_reader.h"

namespace connectors::postgres {

/// Version, wal_level, replication privilege, room for slots, schema, SELECT and replica identity of `tables`.
engine::Result<std::vector<DoctorCheck>> examine_settings(Connection& connection, const PostgresOptions& options, const std::vector<TableShape>& tables);
/// same_server and log_reaches_back. Errors: the connection's; a question without an answer says nothing about the position.
engine::Result<std::vector<DoctorCheck>> examine_position(Connection& connection, const PostgresOptions& options, const WalPosition& position);
/// Where the server's durable WAL ends now. kUnavailable: a standby, which cannot be read before it is promoted.
engine::Result<WalPosition> current_position(Connection& connection);

}  // namespace connectors::postgres
