#pragma once
// A place in a PostgreSQL server's WAL, and the token of feed::SourcePosition that holds one.

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace connectors::postgres {

/// A byte of the WAL. 0: none.
using Lsn = std::uint64_t;

std::string print(Lsn lsn);  ///< "0/BB06B68", as the server prints it
/// kMalformed: not such a text.
engine::Result<Lsn> parse_lsn(std::string_view text);

struct WalPosition {
  std::string system;          ///< the cluster's identifier
  std::uint32_t timeline = 0;  ///< grows with every promotion of a standby
  Lsn lsn = 0;                 ///< behind the last whole transaction
  friend bool operator==(const WalPosition&, const WalPosition&) = default;
};

/// "system=7577…;timeline=1;lsn=0/BB06B68"
std::string print(const WalPosition& position);
/// kMalformed: not such a text.
engine::Result<WalPosition> parse_wal_position(std::string_view text);

}  // namespace connectors::postgres
