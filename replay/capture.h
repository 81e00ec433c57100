#pragma once
// What the test sink keeps of one request (contract craft-agents-governance 6.6).

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/utc.h"
#include "engine/net/http.h"

namespace replay {

enum class CaptureStatus : std::uint8_t {
  kValid,
  kInvalid,
  kUnsigned,       ///< timestamp or signature header missing
  kSecretMissing,  ///< there is no secret to check with
};
/// "valid", "invalid", "unsigned", "secret-missing".
std::string_view name(CaptureStatus status);

struct Capture {
  std::uint64_t id = 0;
  std::string event_id;                          ///< of the payload, else of the header; empty: none
  std::string resource_type, resource_id, action;  ///< at most 32, 64 and 16 bytes; empty: not told
  CaptureStatus status = CaptureStatus::kUnsigned;
  std::string method, content_type, remote_ip, user_agent;  ///< content type at most 128, user agent at most 255 bytes
  std::vector<engine::net::Header> headers;
  std::string body;
  engine::WallTime created{};
};
std::string encode(const Capture& capture);
/// kMalformed, kUnsupported.
engine::Result<Capture> decode_capture(std::uint64_t id, std::string_view bytes);

}  // namespace replay
