#include "engine/crypto/random.h"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <climits>
#include <cstdio>
#include <cstdlib>

namespace engine::crypto {

std::uint64_t Random::u64() {
  std::array<unsigned char, 8> bytes;
  fill(bytes);
  std::uint64_t v = 0;
  for (const auto byte : bytes) v = v << 8 | byte;
  return v;
}

void SystemRandom::fill(std::span<unsigned char> bytes) {
  while (!bytes.empty()) {
    const auto n = std::min<std::size_t>(bytes.size(), INT_MAX);
    if (RAND_bytes(bytes.data(), static_cast<int>(n)) != 1) {
      std::fputs("the system gives no random bytes\n", stderr);
      std::abort();
    }
    bytes = bytes.subspan(n);
  }
}

}  // namespace engine::crypto
