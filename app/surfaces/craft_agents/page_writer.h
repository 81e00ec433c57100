#pragma once
// Rows of a page and the envelope around them (contract craft-agents-api sections 3.2, 3.3, 7).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/surfaces/craft_agents/projection.h"
#include "engine/base/json_writer.h"
#include "engine/base/utc.h"
#include "feed/type_table.h"

namespace app::craft_agents {

/// Finished items with commas between them, after `fields` and `filter`.
class Rows {
 public:
  explicit Rows(Projection projection) : projection_(std::move(projection)) {}
  /// `item` is a finished JSON object.
  void add(std::string_view item);
  std::string_view json() const { return json_; }
  std::size_t count() const { return count_; }

 private:
  Projection projection_;
  std::string json_;
  std::size_t count_ = 0;
};

struct PageFacts {
  std::string_view next_cursor{};    ///< looked at where has_more is true
  std::string_view resume_cursor{};  ///< empty: not shown
  bool has_more = false;
  unsigned limit = 50;
  std::size_t count = 0;             ///< rows after `filter`
  bool incremental = false;
  std::optional<engine::WallTime> since{};
  std::optional<engine::WallTime> snapshot_end{};
  feed::TypeMask types = 0;          ///< /changes only
  const feed::TypeTable* table = nullptr;  ///< of `types`; nullptr: no such key
};

/// "page":{…},"pagination":{…}
void write_page(engine::JsonWriter& json, const PageFacts& page);
void write_instant_or_null(engine::JsonWriter& json, const std::optional<engine::WallTime>& instant);

}  // namespace app::craft_agents
