#pragma once
// What signs somewhere in this process at this moment, so that none of it is kept in what receivers answered.

#include <cstdint>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/base/secret.h"

namespace delivery {

/// Threads: any.
class LiveSecrets {
 public:
  /// Keeps secrets known as long as it lives. The LiveSecrets outlives it.
  class Hold {
   public:
    Hold() = default;
    Hold(Hold&& other) noexcept;
    Hold& operator=(Hold&& other) noexcept;
    ~Hold();

   private:
    friend class LiveSecrets;
    LiveSecrets* known_ = nullptr;
    std::vector<std::string> texts_;
  };

  /// Those shorter than 8 characters are not looked for. What is held several times is known until the last of them ends.
  Hold hold(const std::vector<engine::Secret>& secrets);
  /// The text without them, also where they stand without the kind in front of them ("whsec_", "whsk_"), escaped as in JSON or in a URL, or cut off at the
  /// text's end. Costs a look-up for each character, however many are known.
  std::string redact(std::string_view text) const;

 private:
  struct Known {
    std::string text;
    std::size_t holds = 0;
  };
  void forget(const std::vector<std::string>& texts);
  std::size_t match(std::string_view text) const;

  mutable std::shared_mutex lock_;
  std::unordered_map<std::uint64_t, std::vector<Known>> by_start_;  // of the first 8 bytes; the longest first
};

}  // namespace delivery
