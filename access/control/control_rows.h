#pragma once
// Reading numbered records of one kind from the store.

#include <optional>
#include <string_view>
#include <vector>

#include "access/key_schema.h"
#include "engine/store/store.h"

namespace trust {

/// One record; nullopt: there is none of that id. `decode(id, bytes)` makes it.
template <class Record, class Id>
engine::Result<std::optional<Record>> read_record(const engine::store::Store& store, engine::store::Family rows, std::string_view prefix, Id id,
                                                  engine::Result<Record> (*decode)(Id, std::string_view)) {
  auto value = store.get(rows, numbered_key(prefix, id.value));
  if (!value) return value.take_error();
  if (!*value) return std::optional<Record>();
  auto record = decode(id, **value);
  if (!record) return record.take_error();
  return std::optional(std::move(*record));
}

/// The newest `limit` with an id below `before` (zero: no bound) that are `wanted(record)`.
template <class Record, class Id, class Wanted>
engine::Result<std::vector<Record>> newest_records(const engine::store::Store& store, engine::store::Family rows, std::string_view prefix, Id before,
                                                   std::size_t limit, engine::Result<Record> (*decode)(Id, std::string_view), const Wanted& wanted) {
  std::vector<Record> found;
  const auto last = before.value ? before.value - 1 : ~std::uint64_t{0};
  auto walk = store.iterate(rows);
  for (walk.seek_for_prev(numbered_key(prefix, last)); walk.valid() && found.size() < limit; walk.prev()) {
    const auto id = number_of_key(prefix, walk.key());
    if (!id) break;  // another kind begins
    auto record = decode(Id{*id}, walk.value());
    if (!record) return record.take_error();
    if (wanted(*record)) found.push_back(std::move(*record));
  }
  if (auto read = walk.status(); !read) return read.take_error();
  return found;
}

}  // namespace trust
