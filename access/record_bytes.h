#pragma once
// How the records of this folder lay down what integers and texts alone do not say: lists of texts, and times that may be missing.

#include <optional>
#include <string>
#include <vector>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"
#include "engine/base/utc.h"

namespace trust {

inline void put_texts(engine::ByteWriter& write, const std::vector<std::string>& texts) {
  write.varint(texts.size());
  for (const auto& text : texts) write.text(text);
}

inline std::vector<std::string> take_texts(engine::ByteCursor& in) {
  std::vector<std::string> texts;
  for (auto n = in.varint(); n > 0 && in.ok(); --n) texts.emplace_back(in.text());
  return texts;
}

/// Whole seconds. Zero stands for "never": nothing here happened in 1970.
inline void put_time(engine::ByteWriter& write, std::optional<engine::WallTime> t) { write.big(static_cast<std::uint64_t>(t ? engine::unix_seconds(*t) : 0)); }

inline std::optional<engine::WallTime> take_time(engine::ByteCursor& in) {
  const auto seconds = in.big<std::uint64_t>() & 0xff'ffff'ffff;  // what WallTime can hold, whatever the bytes say
  return seconds == 0 ? std::nullopt : std::optional(engine::WallTime{std::chrono::seconds{static_cast<std::int64_t>(seconds)}});
}

inline void put_flag(engine::ByteWriter& write, bool flag) { write.big(static_cast<std::uint8_t>(flag)); }
inline bool take_flag(engine::ByteCursor& in) { return in.big<std::uint8_t>() != 0; }

}  // namespace trust
