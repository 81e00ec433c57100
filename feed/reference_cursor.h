#pragma once
// Tokens of the reference's own form (contract craft-agents-api section 8.4): base64 of a JSON object.

#include <optional>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/utc.h"
#include "feed/cursor.h"

namespace feed {

inline constexpr std::string_view kInvalidCursor = "Invalid cursor; expected opaque incremental checkpoint token.";
inline constexpr std::string_view kForeignCursor = "Cursor does not match this endpoint or sync mode.";
inline constexpr std::string_view kOldCursor = "Cursor expired; restart from a recent `updatedSince`.";

/// Where a token for `resource` ("changes") restarts. Errors as CursorCodec::decode, in the contract's order of checks.
engine::Result<RestartCursor> decode_reference_cursor(std::string_view token, std::string_view resource, const TypeTable& types,
                                                      engine::WallTime now);

}  // namespace feed
