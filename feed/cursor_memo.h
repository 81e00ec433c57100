#pragma once
// Cursors of /changes that were verified lately: who polls sends the same one again and again.

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include "feed/cursor.h"

namespace feed {

/// A fixed number of places; the newest cursor of a place wins. Only what a codec has authenticated may be put here. A cursor is no secret: whoever finds one faster learns
/// that somebody sent it. Threads: one memo for each, of all codecs.
class CursorMemo {
 public:
  static CursorMemo& of_this_thread() {
    thread_local CursorMemo memo;
    return memo;
  }
  /// What `codec` read in this token.
  std::optional<FeedCursor> find(std::uint64_t codec, std::string_view token) const {
    const auto at = place_of(token);
    if (!at) return std::nullopt;
    const auto& place = places_[*at];
    if (place.codec != codec || std::string_view(place.token.data(), place.size) != token) return std::nullopt;
    return place.cursor;
  }
  void put(std::uint64_t codec, std::string_view token, const FeedCursor& cursor) {
    const auto at = place_of(token);
    if (!at) return;
    auto& place = places_[*at];
    place.codec = codec;
    place.size = static_cast<std::uint8_t>(token.copy(place.token.data(), place.token.size()));
    place.cursor = cursor;
  }

 private:
  static constexpr std::size_t kPlaces = 128, kLongest = 64;
  struct Place {
    std::uint64_t codec = 0;  // 0: of none
    std::uint8_t size = 0;
    std::array<char, kLongest> token;
    FeedCursor cursor;
  };
  /// By the end of the token, which is its seal: any cursor is as likely there as any other.
  static std::optional<std::size_t> place_of(std::string_view token) {
    std::uint64_t end;
    if (token.size() < sizeof end || token.size() > kLongest) return std::nullopt;
    std::memcpy(&end, token.data() + token.size() - sizeof end, sizeof end);
    return end * 0x9e3779b97f4a7c15u >> 57;
  }
  std::array<Place, kPlaces> places_;
};

}  // namespace feed
