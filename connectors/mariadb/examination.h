#pragma once
// The doctor's questions to a server that is already connected; the source asks them at start.

#include <vector>

#include "connectors/mariadb/binlog_position.h"
#include "connectors/mariadb/connection.h"
#include "connectors/mariadb/doctor.h"

namespace connectors {

/// Everything but the position: settings, privileges, ids, database.
engine::Result<std::vector<DoctorCheck>> examine_settings(MariaDbConnection& connection, const MariaDbOptions& options);
/// same_server and log_reaches_back. Errors: the connection's; a question without an answer says nothing about the position.
engine::Result<std::vector<DoctorCheck>> examine_position(MariaDbConnection& connection, const BinlogPosition& position);
/// Where the server's binlog ends now.
engine::Result<BinlogPosition> current_position(MariaDbConnection& connection);

}  // namespace connectors
