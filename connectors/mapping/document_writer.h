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

  /// Fills state, times, visibility, alias and parts; `into.key` stands already.
  void write(const Statement& row, feed::Rendering& into);

 private:
  struct Item {
    std::string label;             // "key":
    PartItem::Value value = PartItem::Value::kColumn;
    std::size_t column = 0;
    std::string literal;
    std::string object;            // nested object, and its label
    std::string object_label;
  };
  using PartItems = std::vector<Item>;
  static PartItems compile(const MappingResource& resource, const std::string& part);
  void read_cells(const Statement& row);
  void write_part(const PartItems& items, std::string& out) const;
  bool flag(const Statement& row, int column, bool otherwise) const;

  std::vector<DocumentColumn::Type> types_;
  PartItems list_, feed_, detail_, sensitive_, webhook_;
  std::string alias_type_;
  int state_ = -1, created_ = -1, updated_ = -1, list_flag_ = -1, feed_flag_ = -1, webhook_flag_ = -1, alias_ = -1;
  std::vector<std::string> json_;  // the current row's cells as JSON; kept for its memory
};

}  // namespace connectors
