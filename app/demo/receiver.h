#pragma once
// A webhook receiver that checks, records and misbehaves on demand. It shares no code with the delivery it watches.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace app::demo {

struct ReceiverOptions {
  std::uint16_t port = 0;           ///< 0: a free one
  std::filesystem::path port_file;  ///< the real port is written here once it listens
  std::filesystem::path record;     ///< JSONL file, one line per webhook request, appended before it is answered
  engine::Secret secret;            ///< the webhook secret
  unsigned max_connections = 64;    ///< further ones wait in the listen queue
};

/// Serves until SIGTERM or SIGINT on 127.0.0.1, one thread per connection, keep-alive. Returns the process's exit status.
///
/// POST /hook (any path but the one below): the request is recorded as
///   {"at_ms":…,"method":"POST","path":"/hook","headers":{…lower-case names…},"body":"…","verified":true,"answered":200}
/// and answered as told. `answered` is 0 where no answer was given. A wrong or missing signature is recorded and answered 401.
/// POST /control takes a JSON object and answers 200 with the rule in force:
///   answer: status to give; types: ["entry"] only for these resource types (empty: all);
///   times: give it to that many requests, then 200 again (0: until told otherwise);
///   delay_ms: wait before answering, up to 60000;
///   misbehave: "hang" (never answers), "close" (closes without a word), "early" (answers before it has read the body and closes),
///   "garbage" (bytes that are no HTTP), "huge" (200 with 100 MB of body).
/// GET /control answers {"received":n,"verified":n,"refused":n}.
int run_receiver(const ReceiverOptions& options);

/// True where `signature` is "sha256=" + hex of HMAC-SHA256(secret, timestamp "." body) (contract craft-agents-api 16.5). Constant time.
bool signature_holds(const engine::Secret& secret, std::string_view timestamp, std::string_view body, std::string_view signature);

}  // namespace app::demo
