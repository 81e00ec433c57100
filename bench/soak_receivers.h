#pragma once
// The receivers of the soak: most of them misbehave in a way of their own.

#include <cstdint>
#include <string>

#include "bench/arrival_record.h"

namespace bench {

/// Every so many endpoints one of each kind.
inline constexpr std::uint32_t kSoakKinds = 10;
/// "slow-14": its kind, and its number.
std::string soak_endpoint_name(std::uint32_t number);
/// Longer than any answer that comes takes; shorter, and late answers would look like repeats.
inline constexpr int kSoakTimeoutSeconds = 2;

/// Serves /NAME for each of them forever: verifies the signature made with `secret`, notes the attempt, and answers, late, with a failure, by half or not at all.
void serve_soak(int listen_fd, const std::string& secret, ArrivalRecord& record);

}  // namespace bench
