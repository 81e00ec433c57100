#pragma once
// Tokens of the reference's own form (contract craft-agents-api section 8.4): base64 of a JSON object.

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/utc.h"
#include "feed/cursor.h"

namespace feed {

inline constexpr std::string_view kInvalidCursor = "Invalid cursor; expected opaque incremental checkpoint token.";
inline constexpr std::string_view kForeignCursor = "Cursor does not match this endpoint or sync mode.";
inline constexpr std::string_view kOldCursor = "Cursor expired; restart from a recent `updatedSince`.";

/// Where a token for `resource` ("changes", "entries") restarts. Errors as CursorCodec::decode, in the contract's order of checks.
engine::Result<RestartCursor> decode_reference_cursor(std::string_view token, std::string_view resource, const TypeTable& types,
                                                      engine::WallTime now);

/// How many items a token without a mode ({"offset":50}) has passed, at most kMostCounted; nullopt: not of that form.
std::optional<std::uint64_t> decode_reference_count(std::string_view token);
inline constexpr std::uint64_t kMostCounted = 1'000'000;

}  // namespace feed
