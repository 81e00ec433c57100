#pragma once
// Refused requests in the audit log: who knocks often gets one row a minute with a number, not a row each, so that a flood of bad
// tokens cannot fill the log.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "access/audit/audit_log.h"

namespace trust {

/// Threads: any. note() takes a short lock and never blocks; flush() writes.
class DenialAudit {
 public:
  static constexpr std::size_t kMostKinds = 256;  ///< told apart between two flushes; what comes on top is counted in one row

  explicit DenialAudit(AuditLog& log) : log_(log) {}
  /// `reason`: "unauthorized", "address_refused", "forbidden", …; `credential`: empty where nobody was recognised.
  void note(std::string_view reason, std::string_view credential, std::string_view address, std::string_view path, std::string_view request_id);
  /// One row per reason, credential and address noted since the last call. What cannot be written stays for the next one.
  engine::Result<void> flush();

 private:
  struct Kind {
    std::string reason, credential, address, path, request_id;  // path and id: of the first
    std::uint64_t times = 0;
  };
  using Kinds = std::map<std::string, Kind, std::less<>>;
  engine::Result<void> keep(Kinds kinds, std::uint64_t beyond, const engine::Error& why);
  AuditLog& log_;
  std::mutex noting_;
  Kinds kinds_;
  std::uint64_t beyond_ = 0;
};

}  // namespace trust
