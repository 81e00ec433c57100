#pragma once
// Unpredictable bytes, from whoever was handed in.

#include <cstdint>
#include <span>

namespace engine::crypto {

/// Threads: as the implementation says.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<unsigned char> bytes) = 0;
  /// Uniform over all values.
  std::uint64_t u64();
};

/// The operating system's entropy through OpenSSL's generator. Threads: any. Without entropy nothing
/// secret can be made, so a failing generator ends the process.
class SystemRandom final : public Random {
 public:
  void fill(std::span<unsigned char> bytes) override;
};

}  // namespace engine::crypto
