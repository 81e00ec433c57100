#pragma once
// One run of the production probe: a row of its ledger, and the payload that was sent (contract 16.9).

#include <cstdint>
#include <string>

#include "engine/base/result.h"
#include "engine/base/utc.h"

namespace replay {

/// Who pressed the button; an empty text is null in the payload.
struct TriggeredBy {
  std::string id, username, email, label;
};

struct ProbeRun {
  std::uint64_t id = 0;
  std::string probe_id;      ///< "probe_20260304101112_0123abcd", unique
  std::string event_id;      ///< "evt_webhook_probe_20260304101112_89abcdef"
  bool delivered = false;
  int http_status = 0;       ///< 0: no answer
  std::string error;         ///< empty: none
  std::string user_id, user_label;
  std::string target_url;
  std::string payload;       ///< the contract's, without an envelope
  std::string endpoint;      ///< name of one that operators made; empty: the contract's own
  engine::WallTime created{};
};

std::string encode(const ProbeRun& run);
/// kMalformed, kUnsupported. Rows of version 1 knew the contract's own endpoint only.
engine::Result<ProbeRun> decode_probe_run(std::uint64_t id, std::string_view bytes);

/// "probe_" or another prefix, the time and eight hexadecimal digits of `random`.
std::string probe_name(std::string_view prefix, engine::WallTime at, std::uint32_t random);
/// Keys and their order: contract 16.9.
std::string probe_payload(const ProbeRun& run, const TriggeredBy& by, std::string_view environment);

}  // namespace replay
