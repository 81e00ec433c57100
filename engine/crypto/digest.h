#pragma once
// Hashes. bytes_of() in hmac.h turns one into text.

#include <array>
#include <initializer_list>
#include <string_view>

namespace engine::crypto {

/// Over the concatenation of `parts`. Threads: any. Blocking: never.
std::array<unsigned char, 32> sha256(std::initializer_list<std::string_view> parts);
inline std::array<unsigned char, 32> sha256(std::string_view bytes) { return sha256({bytes}); }

/// For protocols that demand it (MySQL authentication, older signatures); never for new trust.
std::array<unsigned char, 20> sha1(std::initializer_list<std::string_view> parts);
inline std::array<unsigned char, 20> sha1(std::string_view bytes) { return sha1({bytes}); }

/// Tells equal content from different content: the first 16 bytes of SHA-256 (the processor has instructions for it,
/// which makes it faster here than BLAKE2s). Stored on disk, so it is never changed in place.
using ContentHash = std::array<unsigned char, 16>;
ContentHash content_hash(std::initializer_list<std::string_view> parts);
inline ContentHash content_hash(std::string_view bytes) { return content_hash({bytes}); }

}  // namespace engine::crypto
