#pragma once
// MariaDB's packed form of query texts and row images (log_bin_compress): header:u8, length (1 to 4 bytes, big-endian), zlib stream.

#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace connectors {

/// Replaces `out` by the unpacked bytes. kMalformed: another form, or a length that the bytes present cannot hold.
engine::Result<void> unpack(std::string_view packed, std::string& out);

}  // namespace connectors
