#pragma once
// Which of many subscriptions want a change. The cost is that of those that do, not of all.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "delivery/subscription.h"

namespace delivery {

/// Subscriptions without tests stand under their types and actions; others under the values of their first kIs test, so that a change looks up its
/// own value once per field that anybody tests. A subscription whose tests have no kIs among them is tried for each change of its types and actions.
///
/// Threads: one.
class Matcher {
 public:
  using Slot = std::uint32_t;
  /// `wanted` is checked(). One that was there under this slot goes.
  void put(Slot slot, const Subscription& wanted);
  void erase(Slot slot);
  /// Replaces `matched` by the slots that want the change, ascending, each once. Nobody wants what tells nobody (told_of).
  void match(const feed::ChangeView& change, std::vector<Slot>& matched);

 private:
  using Slots = std::vector<Slot>;
  struct Texts {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using ByValue = std::unordered_map<std::string, Slots, Texts, std::equal_to<>>;
  struct Bucket {
    Slots all, untested, unindexed;
    std::map<std::string, ByValue> by_field;
  };
  using ByAction = std::array<Bucket, 3>;  // created, updated, deleted
  static void drop(Bucket& bucket, Slot slot);
  bool passes(Slot slot);

  std::map<std::string, ByAction, std::less<>> by_type_;  // those that somebody names
  std::vector<std::optional<Subscription>> wanted_;
  DocumentFields document_;
};

}  // namespace delivery
