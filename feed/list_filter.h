#pragma once
// What a list request asks of a resource, ready to be asked of many records. Part of ListReader.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "feed/change_codec.h"
#include "feed/facts.h"
#include "feed/list_reader.h"

namespace feed {

class ListFilter {
 public:
  explicit ListFilter(const ListRequest& request);

  /// Conditions with folded values.
  const std::vector<Condition>& conditions() const { return conditions_; }
  const std::vector<std::string>& terms() const { return terms_; }
  /// True: asks nothing of a record in this mode.
  bool everything(bool incremental) const;
  /// Visible in lists, alive, of the type, and with all that is asked.
  bool matches(const ChangeView& change, bool incremental) const;

  /// Tell lists apart whose cursors must not be mixed: the type, all filters, and for a full one the order.
  std::uint32_t incremental_hash() const;
  std::uint32_t full_hash(ListOrder order) const;

 private:
  bool bound_by_creation(bool incremental) const { return created_from_.has_value() && !(incremental && created_from_if_full_); }
  std::string canonical(bool incremental) const;

  const std::string type_;
  std::vector<Condition> conditions_;
  std::vector<Contains> contains_;
  const std::vector<AtMost> bounds_;
  const std::vector<std::string> terms_;
  const std::optional<engine::WallTime> created_from_;
  const bool created_from_if_full_;
};

/// Whether a resource with these facts has the value; `condition.value` is folded.
inline bool holds(const Condition& condition, const FactsView& facts) { return facts.has(condition.field, condition.value); }

}  // namespace feed
