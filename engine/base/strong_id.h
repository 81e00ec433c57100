#pragma once
// Integers that do not mix: an offset is not a partition is not a dead letter's id.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace engine {

template <class Tag, class Int = std::uint64_t>
struct StrongId {
  Int value{};
  constexpr StrongId() = default;
  constexpr explicit StrongId(Int v) : value(v) {}
  friend constexpr auto operator<=>(const StrongId&, const StrongId&) = default;
};

}  // namespace engine

template <class Tag, class Int>
struct std::hash<engine::StrongId<Tag, Int>> {
  std::size_t operator()(const engine::StrongId<Tag, Int>& id) const noexcept { return std::hash<Int>{}(id.value); }
};
