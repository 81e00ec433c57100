#pragma once
// The replication slot, which keeps the WAL for us, and the publication, which says what of it is ours.

#include <optional>
#include <string>
#include <vector>

#include "connectors/postgres/connection.h"
#include "connectors/postgres/lsn.h"
#include "connectors/postgres/schema_reader.h"

namespace connectors::postgres {

struct SlotState {
  std::string plugin;
  std::string database;
  std::optional<int> holder;         ///< the server's process that streams it; nullopt: nobody
  Lsn confirmed = 0;                 ///< nothing before this place is sent any more
  bool lost = false;                 ///< the server has removed WAL that it needed
  std::uint64_t retained_bytes = 0;  ///< WAL that the server keeps for it
};

/// nullopt: there is no such slot.
engine::Result<std::optional<SlotState>> read_slot(Connection& connection, const std::string& slot);
/// Where it begins. kUnsupported: no room (the detail says the SQL), or not allowed.
engine::Result<Lsn> create_slot(Connection& connection, const std::string& slot);
/// Nothing where it is gone. `from_holder`: whoever streams it is cut off first.
engine::Result<void> drop_slot(Connection& connection, const std::string& slot, bool from_holder);
/// Cuts off a connection of ours that still holds the slot although its other end is gone without a word (a network that broke, a machine that vanished): it has the same user,
/// name and address as this one, and has not told for `silence` that it heard of the server. Only the server's own timeout, minutes later, would let go otherwise.
engine::Result<void> release_from_the_dead(Connection& connection, const std::string& slot, std::chrono::milliseconds silence);

/// What a publication lacks for these tables; sql is empty where it lacks nothing.
struct PublicationGap {
  std::string what;
  std::string sql;
};
engine::Result<PublicationGap> examine_publication(Connection& connection, const PostgresOptions& options, const std::vector<TableShape>& tables);
/// Creates or completes it. kUnsupported: not allowed; the detail names the SQL that does it.
engine::Result<void> ensure_publication(Connection& connection, const PostgresOptions& options, const std::vector<TableShape>& tables);

}  // namespace connectors::postgres
