#pragma once
// The resource types a feed serves, in the order of the contract.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace feed {

struct FeedType {
  std::string name;                  ///< as `types` names it ("entries")
  std::string item;                  ///< as items and changes name it ("entry")
  std::vector<std::string> aliases;  ///< further spellings of `name`
};

/// Set of types: bit i is the table's i-th.
using TypeMask = std::uint32_t;

/// At most 32 types, all spellings in lower case. Immutable.
class TypeTable {
 public:
  explicit TypeTable(std::vector<FeedType> types);

  TypeMask all() const { return all_; }
  /// Reads names or aliases separated by commas or white space, in any case; empty: all types.
  /// kMalformed: unknown ones; the detail is the contract's message (section 6.1) and names them.
  engine::Result<TypeMask> parse(std::string_view types) const;
  engine::Result<TypeMask> parse(const std::vector<std::string>& types) const;
  /// What `types` calls an item type; empty: no such item type.
  std::string name_of_item(std::string_view item) const;
  /// 0: no such item type.
  TypeMask bit_of_item(std::string_view item) const;
  /// `name`s of the set in the table's order.
  std::vector<std::string> names(TypeMask types) const;
  /// Appends the same as a JSON array.
  void append_json_names(TypeMask types, std::string& out) const;
  /// Or of type_bit() over the item types of the set (zone_map.h).
  std::uint64_t zone_bits(TypeMask types) const;

 private:
  std::vector<FeedType> types_;
  std::vector<std::string> quoted_;  // each name as a JSON string and a comma
  std::string all_quoted_;           // all of them as a JSON array
  TypeMask all_ = 0;
};

}  // namespace feed
