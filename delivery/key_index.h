#pragma once
// Finds what has a key: the few that are at work of the many that come and go.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace delivery {

/// Owns its items, each of which has a `key` (text) and its `hash`. Open addressing: one look into memory finds an item or tells that there is none, and an
/// item that goes leaves nothing behind. The memory follows the number of items, up and down. Threads: one.
template <class Item>
class KeyIndex {
 public:
  std::size_t size() const { return size_; }
  /// nullptr: there is none.
  Item* find(std::string_view key, std::size_t hash) const {
    if (slots_.empty()) return nullptr;
    for (std::size_t at = hash & mask(); slots_[at].item; at = (at + 1) & mask()) {
      if (slots_[at].hash == hash && slots_[at].item->key == key) return slots_[at].item.get();
    }
    return nullptr;
  }
  /// Its key is not in use.
  Item& insert(std::unique_ptr<Item> item) {
    if (2 * (size_ + 1) > slots_.size()) resize(std::max(kLeast, 2 * slots_.size()));
    ++size_;
    return put(std::move(item));
  }
  /// `item` is one of these.
  std::unique_ptr<Item> extract(Item& item) {
    std::size_t gap = item.hash & mask();
    while (slots_[gap].item.get() != &item) gap = (gap + 1) & mask();
    auto taken = std::move(slots_[gap].item);
    // Those behind it move up where the way to them led over the gap.
    for (std::size_t at = (gap + 1) & mask(); slots_[at].item; at = (at + 1) & mask()) {
      if (((at - slots_[at].hash) & mask()) < ((at - gap) & mask())) continue;
      slots_[gap] = std::move(slots_[at]);
      gap = at;
    }
    --size_;
    if (slots_.size() > kLeast && 16 * size_ < slots_.size()) resize(slots_.size() / 4);
    return taken;
  }
  /// In no order. `visit` adds none and takes none away.
  template <class Visit>
  void each(const Visit& visit) {
    for (auto& slot : slots_) {
      if (slot.item) visit(*slot.item);
    }
  }

 private:
  static constexpr std::size_t kLeast = 16;  // a power of two, as every size
  struct Slot {
    std::size_t hash = 0;
    std::unique_ptr<Item> item;
  };
  std::size_t mask() const { return slots_.size() - 1; }
  Item& put(std::unique_ptr<Item> item) {
    const auto hash = item->hash;
    std::size_t at = hash & mask();
    while (slots_[at].item) at = (at + 1) & mask();
    slots_[at] = {hash, std::move(item)};
    return *slots_[at].item;
  }
  void resize(std::size_t size) {
    auto old = std::exchange(slots_, std::vector<Slot>(size));
    for (auto& slot : old) {
      if (slot.item) put(std::move(slot.item));
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace delivery
