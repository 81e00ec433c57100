#pragma once
// How the parts that several records of this folder share lie on disk.

#include <algorithm>

#include "access/control/approval.h"
#include "access/record_bytes.h"

namespace trust {

inline void put_digest(engine::ByteWriter& write, const RequestDigest& digest) { write.raw({reinterpret_cast<const char*>(digest.data()), digest.size()}); }

inline RequestDigest take_digest(engine::ByteCursor& in) {
  RequestDigest digest{};
  const auto bytes = in.take(digest.size());
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

template <class T>
void put_numbers(engine::ByteWriter& write, const std::vector<T>& numbers) {
  write.varint(numbers.size());
  for (const auto number : numbers) write.varint(static_cast<std::uint64_t>(number));
}

template <class T>
std::vector<T> take_numbers(engine::ByteCursor& in) {
  std::vector<T> numbers;
  for (auto n = in.varint(); n > 0 && in.ok(); --n) numbers.push_back(static_cast<T>(in.varint()));
  return numbers;
}

/// Entries and sites are positive: zero stands for one not said.
inline void put_target(engine::ByteWriter& write, const DraftTarget& target) {
  write.varint(static_cast<std::uint64_t>(target.entry.value_or(0))).varint(static_cast<std::uint64_t>(target.site.value_or(0)));
}

inline DraftTarget take_target(engine::ByteCursor& in) {
  DraftTarget target;
  for (auto* number : {&target.entry, &target.site}) {
    if (const auto value = static_cast<std::int64_t>(in.varint())) *number = value;
  }
  return target;
}

inline void put_marks(engine::ByteWriter& write, const std::vector<BoundaryMark>& marks) {
  write.varint(marks.size());
  for (const auto& mark : marks) write.varint(mark.id).text(mark.handle).text(mark.name);
}

inline std::vector<BoundaryMark> take_marks(engine::ByteCursor& in) {
  std::vector<BoundaryMark> marks;
  for (auto n = in.varint(); n > 0 && in.ok(); --n) {
    BoundaryMark mark{in.varint()};
    mark.handle = in.text();
    mark.name = in.text();
    marks.push_back(std::move(mark));
  }
  return marks;
}

}  // namespace trust
