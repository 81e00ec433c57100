#pragma once
// A binlog file's bytes as events; for recordings, tests and tools. The live stream comes without the magic.

#include <optional>
#include <string_view>

#include "connectors/mariadb/binlog_event.h"

namespace connectors {

/// Walks a file that lies in memory. Events' views point into it.
class BinlogFile {
 public:
  explicit BinlogFile(std::string_view bytes) : bytes_(bytes) {}
  /// The next event, checksum checked as the file's format description says; nullopt: the file ends. kMalformed: no binlog.
  /// A format description is returned like any other event.
  engine::Result<std::optional<BinlogEvent>> next();

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  Checksum checksum_ = Checksum::kNone;
};

}  // namespace connectors
