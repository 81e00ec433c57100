#pragma once
// Where a reader stands in a MariaDB server's binlog, and its printable form (the token of feed::SourcePosition).

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/mariadb/binlog_event.h"
#include "engine/base/result.h"

namespace connectors {

/// Negative: file `a` is older than `b`. Files count up with leading zeros until the number outgrows them, so a longer name is a later one.
int compare_files(std::string_view a, std::string_view b);

struct BinlogPosition {
  std::uint32_t server_id = 0;   ///< of the server whose files are meant
  std::vector<Gtid> gtids;       ///< the newest of every domain, ascending by domain; empty: nothing was ever logged
  std::string file;              ///< "binlog.000002"
  std::uint64_t offset = 0;      ///< in that file, behind the last whole transaction
  friend bool operator==(const BinlogPosition&, const BinlogPosition&) = default;

  /// Takes the GTID in as the newest of its domain.
  void pass(const Gtid& gtid);
  /// Moves file and offset forward; a place behind the present one is ignored.
  void advance(std::string_view to_file, std::uint64_t to_offset);
  /// True where this stands at or behind `other` in the order of the files. GTIDs are not looked at.
  bool at_or_behind(const BinlogPosition& other) const;
};

std::string print(const Gtid& gtid);                      ///< "0-1-42"
std::string print_gtids(const std::vector<Gtid>& gtids);  ///< "0-1-42,3-7-1"
engine::Result<std::vector<Gtid>> parse_gtids(std::string_view text);

/// "server=1;gtid=0-1-42;file=binlog.000002;at=1234"
std::string print(const BinlogPosition& position);
/// kMalformed: not such a text.
engine::Result<BinlogPosition> parse_position(std::string_view text);

}  // namespace connectors
