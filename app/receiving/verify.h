#pragma once
// Judges one received request and says why.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "app/receiving/received_request.h"
#include "app/receiving/receiver_keys.h"
#include "engine/base/utc.h"

namespace app::receiving {

enum class Form : std::uint8_t {
  kAny,       ///< the contract's headers where they are there, else those of Standard Webhooks
  kContract,
  kStandard,
};

/// The options of `millrace verify`.
struct VerifyOptions {
  std::string secret_file, request_file = "-", headers_file, body_file;  ///< "-": standard input
  std::string form = "any";                                              ///< any, contract, standard
  std::int64_t max_age_seconds = 300;
  std::optional<std::uint64_t> last_sequence;
  std::optional<std::int64_t> at;  ///< Unix seconds; absent: now
};

inline constexpr int kVerified = 0, kRefused = 1, kUnreadable = 2, kNumbersMissing = 3;

struct Judgement {
  int status = kRefused;
  std::string reason;  ///< one sentence
};
/// Signature first, then age, then sequence: nothing of an unsigned request is believed. The sequence header is not under the signature.
Judgement judge(const ReceivedRequest& request, const ReceiverKeys& keys, Form form, std::chrono::seconds max_age, std::optional<std::uint64_t> last_sequence,
                engine::WallTime now);

/// The command: reads its files, writes the sentence to standard output (kVerified, kNumbersMissing) or standard error, returns the exit status. Blocking.
int run_verify(const VerifyOptions& options, engine::WallTime now);

/// `millrace public-key`: writes the whpk_ text of the signing key (whsk_…, one line) in that file; kVerified, or kUnreadable with the reason. Blocking.
int run_public_key(const std::string& signing_key_file);

}  // namespace app::receiving
