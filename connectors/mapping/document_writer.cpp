#include "connectors/mapping/document_writer.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <utility>

#include "engine/base/fold.h"
#include "engine/base/json_writer.h"

namespace connectors {
namespace {

int column_named(const MappingResource& resource, std::string_view name) {
  for (std::size_t i = 0; i < resource.columns.size(); ++i) {
    if (resource.columns[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

std::string label_of(std::string_view key) {
  std::string label;
  engine::append_json_string(label, key);
  return label += ':';
}

void separate(std::string& out) {
  if (!out.empty() && out.back() != '{') out += ',';
}

}  // namespace

DocumentWriter::DocumentWriter(const MappingResource& resource)
    : shown_(resource.columns.size(), false),
      list_(compile(resource, "list")),
      feed_(compile(resource, "feed")),
      detail_(compile(resource, "detail")),
      sensitive_(compile(resource, "sensitive")),
      webhook_(compile(resource, "webhook")),
      unredacted_(compile(resource, "unredacted")),
      alias_type_(resource.alias_type),
      json_(resource.columns.size()) {
  feed_is_list_ = feed_ == list_;
  using Role = DocumentColumn::Role;
  for (const auto& column : resource.columns) {
    const int at = static_cast<int>(types_.size());
    types_.push_back(column.type);
    if (column.role == Role::kIndexed || column.role == Role::kChecked) facts_.push_back({at, column.fact, column.role == Role::kIndexed});
    if (column.role == Role::kWords) words_.push_back(at);
    if (column.role == Role::kTitle) title_ = at;
  }
  const std::array<std::pair<const char*, int*>, 7> named{{{"@state", &state_}, {"@created", &created_}, {"@updated", &updated_}, {"@list", &list_flag_},
                                                           {"@feed", &feed_flag_}, {"@webhook", &webhook_flag_}, {"@alias", &alias_}}};
  for (const auto& [name, place] : named) *place = column_named(resource, name);
}

DocumentWriter::PartItems DocumentWriter::compile(const MappingResource& resource, const std::string& part) {
  PartItems items;
  const auto found = resource.parts.find(part);
  if (found == resource.parts.end()) return items;
  for (const PartItem& from : found->second) {
    items.push_back({label_of(from.key), from.value, from.column, from.literal, from.object, from.object.empty() ? "" : label_of(from.object)});
    if (from.value == PartItem::Value::kColumn) shown_[from.column] = true;
  }
  return items;
}

void DocumentWriter::read_cells(const Statement& row) {
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (!shown_[i]) continue;
    auto& json = json_[i];
    json.clear();
    const int column = static_cast<int>(i);
    const int kind = sqlite3_column_type(row.get(), column);
    if (kind == SQLITE_NULL) {
      json = "null";
    } else if (types_[i] == DocumentColumn::Type::kBoolean) {
      json = row.integer(column) != 0 ? "true" : "false";
    } else if (types_[i] == DocumentColumn::Type::kJson) {
      json = row.text(column);
    } else if (kind == SQLITE_INTEGER) {
      json = std::to_string(row.integer(column));
    } else if (kind == SQLITE_FLOAT) {
      engine::append_json_number(json, sqlite3_column_double(row.get(), column));
    } else {
      engine::append_json_string(json, row.text(column));
    }
  }
}

void DocumentWriter::write_part(const PartItems& items, std::string& out) const {
  if (items.empty()) return;
  out = "{";
  for (std::size_t i = 0; i < items.size();) {
    const Item& first = items[i];
    std::size_t end = i + 1;
    while (!first.object.empty() && end < items.size() && items[end].object == first.object) ++end;
    // A nested object whose first key is null is not there at all.
    const bool absent = !first.object.empty() && first.value == PartItem::Value::kColumn && json_[first.column] == "null";
    if (!absent) {
      if (!first.object.empty()) {
        separate(out);
        out.append(first.object_label).append("{");
      }
      for (std::size_t k = i; k < end; ++k) {
        separate(out);
        out += items[k].label;
        switch (items[k].value) {
          case PartItem::Value::kColumn: out += json_[items[k].column]; break;
          case PartItem::Value::kLiteral: out += items[k].literal; break;
          case PartItem::Value::kUpdatedAt: out += feed::kUpdatedAtMark; break;
        }
      }
      if (!first.object.empty()) out += '}';
    }
    i = end;
  }
  out += '}';
}

void DocumentWriter::write_facts(const Statement& row, feed::Facts& into) {
  into.fields.reserve(facts_.size());
  for (const FactColumn& fact : facts_) {
    for (auto values = row.text(fact.column); !values.empty();) {
      const auto end = std::min(values.find('\n'), values.size());
      if (end > 0) into.add(fact.field, values.substr(0, end), fact.indexed);
      values.remove_prefix(std::min(end + 1, values.size()));
    }
  }
  words_text_.clear();
  for (const int column : words_) words_text_.append(row.text(column)).append(1, '\n');
  if (!words_text_.empty()) into.add_words(words_text_);
  if (title_ >= 0) into.title = engine::folded(row.text(title_));
  into.sort();
}

bool DocumentWriter::flag(const Statement& row, int column, bool otherwise) const {
  return column < 0 || row.is_null(column) ? otherwise : row.integer(column) != 0;
}

void DocumentWriter::write(const Statement& row, feed::Rendering& into) {
  using State = feed::Rendering::State;
  const auto state = row.text(state_);
  const auto updated = engine::parse_sql_datetime(row.text(updated_));
  // Without a usable timestamp there is no place in any order: the contract leaves such a row out.
  into.state = !updated ? State::kAbsent : state == "live" ? State::kLive : state == "deleted" ? State::kDeleted : State::kAbsent;
  if (into.state == State::kAbsent) return;
  into.raw_updated_at = *updated;
  into.created_at = engine::parse_sql_datetime(row.text(created_)).value_or(*updated);
  into.visible.list = flag(row, list_flag_, !list_.empty());
  into.visible.feed = flag(row, feed_flag_, !feed_.empty());
  into.visible.webhook = flag(row, webhook_flag_, !webhook_.empty());
  if (alias_ >= 0 && !row.is_null(alias_)) into.alias = feed::WebhookAlias{{alias_type_, std::string(row.text(alias_))}};
  if (into.state != State::kLive) return;
  read_cells(row);
  write_part(list_, into.parts.list);
  if (feed_is_list_) {
    into.parts.feed = into.parts.list;
  } else {
    write_part(feed_, into.parts.feed);
  }
  write_part(detail_, into.parts.detail);
  write_part(sensitive_, into.parts.sensitive);
  write_part(webhook_, into.parts.webhook);
  write_part(unredacted_, into.parts.unredacted);
  write_facts(row, into.facts);
}

}  // namespace connectors
