#pragma once
// Randomness that every test sees alike.

#include "engine/crypto/random.h"

namespace test {

/// The bytes 1, 2, 3, …
class CountingRandom final : public engine::crypto::Random {
 public:
  void fill(std::span<unsigned char> bytes) override {
    for (auto& byte : bytes) byte = ++last_;
  }

 private:
  unsigned char last_ = 0;
};

}  // namespace test
