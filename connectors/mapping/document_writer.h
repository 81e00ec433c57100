#pragma once
// Writes the parts of one document from one row of its document query. Part of MappingSession.

#include <string>
#include <vector>

#include "connectors/mapping/mapping.h"
#include "connectors/mirror/statement.h"
#include "feed/rendering.h"

namespace connectors {

class DocumentWriter {
 public:
  DocumentWriter() = default;
  explicit DocumentWriter(const MappingResource& resource);

  /// Fills state, times, visibility, alias, parts and facts; `into.key` stands already.
  void write(const Statement& row, feed::Rendering& into);

 private:
  struct Item {
    std::string label;             // "key":
    PartItem::Value value = PartItem::Value::kColumn;
    std::size_t column = 0;
    std::string literal;
    std::string object;            // nested object, and its label
    std::string object_label;
    friend bool operator==(const Item&, const Item&) = default;
  };
  using PartItems = std::vector<Item>;
  struct FactColumn {
    int column = 0;
    std::string field;
    bool indexed = true;
  };
  PartItems compile(const MappingResource& resource, const std::string& part);
  void read_cells(const Statement& row);
  void write_part(const PartItems& items, std::string& out) const;
  void write_facts(const Statement& row, feed::Facts& into);
  bool flag(const Statement& row, int column, bool otherwise) const;

  std::vector<DocumentColumn::Type> types_;
  std::vector<bool> shown_;  // columns that a part shows
  PartItems list_, feed_, detail_, sensitive_, webhook_, unredacted_;
  bool feed_is_list_ = false;  // item by item, as in most mappings
  std::vector<FactColumn> facts_;
  std::vector<int> words_;
  int title_ = -1;
  std::string words_text_;  // kept for its memory
  std::string alias_type_;
  int state_ = -1, created_ = -1, updated_ = -1, list_flag_ = -1, feed_flag_ = -1, webhook_flag_ = -1, alias_ = -1;
  std::vector<std::string> json_;  // the current row's cells as JSON; kept for its memory
};

}  // namespace connectors
