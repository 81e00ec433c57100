#pragma once
// Integers as bytes in a known order, in one load or store.

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>

namespace engine {

/// Its bytes in the other order.
template <std::unsigned_integral T>
constexpr T swapped(T v) {
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(v));
  if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(v));
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(v));
  return v;
}

/// Reads sizeof(T) bytes at `from`, the highest first.
template <std::unsigned_integral T>
T load_big(const char* from) {
  T v;
  std::memcpy(&v, from, sizeof v);
  return std::endian::native == std::endian::little ? swapped(v) : v;
}
/// Writes sizeof(T) bytes at `to`.
template <std::unsigned_integral T>
void store_big(char* to, T v) {
  if (std::endian::native == std::endian::little) v = swapped(v);
  std::memcpy(to, &v, sizeof v);
}

/// The same, the lowest first.
template <std::unsigned_integral T>
T load_little(const char* from) {
  T v;
  std::memcpy(&v, from, sizeof v);
  return std::endian::native == std::endian::little ? v : swapped(v);
}
template <std::unsigned_integral T>
void store_little(char* to, T v) {
  if (std::endian::native != std::endian::little) v = swapped(v);
  std::memcpy(to, &v, sizeof v);
}

}  // namespace engine
