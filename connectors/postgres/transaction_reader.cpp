#include "connectors/postgres/transaction_reader.h"

#include <algorithm>

namespace connectors::postgres {

using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

constexpr std::size_t kRowBytes = 64;  // what a row takes beside its texts

bool same(const Relation::Attribute& a, const Relation::Attribute& b) { return a.name == b.name && a.type == b.type && a.modifier == b.modifier; }

const Relation::Attribute* find(const std::vector<Relation::Attribute>& in, const std::string& name) {
  const auto found = std::find_if(in.begin(), in.end(), [&](const auto& one) { return one.name == name; });
  return found == in.end() ? nullptr : &*found;
}

/// Names of the columns that both have, in the order of the first.
std::vector<std::string> shared(const std::vector<Relation::Attribute>& first, const std::vector<Relation::Attribute>& second) {
  std::vector<std::string> out;
  for (const auto& one : first) {
    if (find(second, one.name)) out.push_back(one.name);
  }
  return out;
}

/// Columns that came, went, changed their type, or moved: a column that is dropped and added again stands at the end.
std::vector<std::string> differing(const std::vector<Relation::Attribute>& was, const std::vector<Relation::Attribute>& is) {
  std::vector<std::string> out;
  for (const auto& one : was) {
    const auto* now = find(is, one.name);
    if (!now || !same(one, *now)) out.push_back(one.name);
  }
  for (const auto& one : is) {
    if (!find(was, one.name)) out.push_back(one.name);
  }
  const auto before = shared(was, is), after = shared(is, was);
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] != after[i]) out.push_back(after[i]);
  }
  return out;
}

}  // namespace

void TransactionReader::start(WalPosition at, std::uint64_t sequence) {
  position_ = std::move(at);
  first_lsn_ = position_.lsn;
  first_sequence_ = sequence;
  relations_.clear();
  begun_.reset();
  slice_ = {};
  slice_bytes_ = 0;
}

void TransactionReader::expect(const std::vector<TableShape>& shapes) {
  for (const auto& shape : shapes) {
    Expected& expected = expected_[shape.table.name];
    expected.identity = shape.identity;
    expected.attributes.clear();
    for (const auto& one : shape.attributes) expected.attributes.push_back({false, one.name, one.type, one.modifier});
  }
}

/// Without the prefix; empty: not one of ours.
std::string TransactionReader::own_name(const Relation& relation) const {
  if (relation.schema != settings_.schema || !relation.name.starts_with(settings_.table_prefix)) return {};
  auto name = relation.name.substr(settings_.table_prefix.size());
  return settings_.tables.empty() || settings_.tables.contains(name) ? name : std::string();
}

void TransactionReader::compare(const std::string& table, const Relation& relation) {
  const auto found = expected_.find(table);
  if (found == expected_.end()) return;
  auto words = differing(found->second.attributes, relation.attributes);
  if (found->second.identity != relation.identity) {  // rows are named by other columns from here on
    for (const auto& one : relation.attributes) words.push_back(one.name);
  }
  if (words.empty()) return;
  slice_.altered.push_back({table, std::move(words)});
  found->second = {relation.attributes, relation.identity};
}

Result<void> TransactionReader::take(const Relation& relation) {
  KnownRelation known;
  const auto name = own_name(relation);
  if (!name.empty()) {
    auto table = std::make_shared<Table>();
    table->name = name;
    for (const auto& attribute : relation.attributes) {
      auto type = builtin_type(attribute.type, attribute.modifier);
      if (type.empty()) {
        auto asked = type_text_(attribute.type, attribute.modifier);
        if (!asked) return asked.take_error();
        type = std::move(*asked);
      }
      known.forms.push_back(form_of(type));
      if (attribute.key) known.key.push_back(static_cast<std::uint32_t>(table->columns.size()));
      table->columns.push_back(column_of(attribute.name, std::move(type)));
    }
    known.table = std::move(table);
    compare(name, relation);
  }
  relations_[relation.id] = std::move(known);
  return engine::ok();
}

Result<Row> TransactionReader::row_of(const KnownRelation& relation, const Tuple& tuple, std::vector<std::uint32_t>* unchanged) {
  if (tuple.size() != relation.forms.size()) return fail(Errc::kMalformed, "pgoutput: a row of " + relation.table->name + " has another number of columns");
  Row row(tuple.size());
  for (std::size_t i = 0; i < tuple.size(); ++i) {
    if (tuple[i].state == Value::State::kUnchanged && unchanged) unchanged->push_back(static_cast<std::uint32_t>(i));
    if (tuple[i].state != Value::State::kText) continue;
    row[i] = cell_from_text(relation.forms[i], relation.table->columns[i], tuple[i].text);
    slice_bytes_ += tuple[i].text.size();
  }
  return row;
}

Result<void> TransactionReader::take(const RowMessage& message) {
  const auto found = relations_.find(message.relation);
  if (!begun_ || found == relations_.end()) return fail(Errc::kMalformed, "pgoutput: a row outside a transaction or of an unknown relation");
  const auto& relation = found->second;
  if (!relation.table) return engine::ok();
  RowChange change;
  change.table = relation.table;
  change.kind = static_cast<RowChange::Kind>(message.kind);
  if (message.kind != RowMessage::Kind::kDelete) {
    auto row = row_of(relation, message.after, &change.unchanged);
    if (!row) return row.take_error();
    change.after = std::move(*row);
  }
  change.key_only = message.kind != RowMessage::Kind::kInsert && message.former != RowMessage::Former::kWhole;
  if (message.former != RowMessage::Former::kNone) {
    auto row = row_of(relation, message.before, nullptr);
    if (!row) return row.take_error();
    change.before = std::move(*row);
  } else if (message.kind == RowMessage::Kind::kUpdate) {  // the key is as it was
    change.before.resize(change.after.size());
    for (const auto column : relation.key) change.before[column] = change.after[column];
  }
  if (message.former == RowMessage::Former::kWhole) {
    for (const auto column : change.unchanged) change.after[column] = change.before[column];
    change.unchanged.clear();
  }
  slice_bytes_ += kRowBytes;
  slice_.rows.push_back(std::move(change));
  return engine::ok();
}

Result<void> TransactionReader::take(const Truncate& message) {
  for (const auto id : message.relations) {
    const auto found = relations_.find(id);
    if (!begun_ || found == relations_.end()) return fail(Errc::kMalformed, "pgoutput: a truncation outside a transaction or of an unknown relation");
    if (!found->second.table) continue;
    auto& change = slice_.rows.emplace_back();
    change.table = found->second.table;
    change.kind = RowChange::Kind::kTruncate;
  }
  return engine::ok();
}

Slice TransactionReader::cut(bool last) {
  Slice out = std::move(slice_);
  slice_ = {};
  slice_bytes_ = 0;
  // The timeline belongs to the name: behind a promotion the same place holds another transaction.
  out.transaction_id = std::to_string(position_.timeline) + ":" + print(begun_->commit_lsn);
  out.commit_time = begun_->commit_time;
  out.last = last;
  cut_before_ = !last;
  return out;
}

Result<std::optional<Slice>> TransactionReader::feed(std::string_view bytes) {
  auto message = decode_message(bytes);
  if (!message) return message.take_error();
  Result<void> taken;
  if (const auto* begin = std::get_if<Begin>(&*message)) {
    if (begun_) return fail(Errc::kMalformed, "pgoutput: a transaction inside a transaction");
    pass(begin->commit_lsn);
    begun_ = *begin;
  } else if (const auto* commit = std::get_if<Commit>(&*message)) {
    if (!begun_) return fail(Errc::kMalformed, "pgoutput: an end without a transaction");
    const bool ours = cut_before_ || !slice_.rows.empty() || !slice_.altered.empty();
    position_.lsn = std::max(position_.lsn, commit->end_lsn);
    auto slice = cut(true);
    slice.position = source_position();
    begun_.reset();
    return ours ? std::optional<Slice>(std::move(slice)) : std::nullopt;
  } else if (const auto* relation = std::get_if<Relation>(&*message)) {
    taken = take(*relation);
  } else if (const auto* row = std::get_if<RowMessage>(&*message)) {
    taken = take(*row);
  } else if (const auto* truncate = std::get_if<Truncate>(&*message)) {
    taken = take(*truncate);
  }
  if (!taken) return taken.take_error();
  if (slice_bytes_ < settings_.slice_bytes) return std::optional<Slice>();
  return std::optional<Slice>(cut(false));
}

void TransactionReader::pass(Lsn sent) {
  if (!begun_) position_.lsn = std::max(position_.lsn, sent);
}

}  // namespace connectors::postgres
