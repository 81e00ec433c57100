#include "feed/list_filter.h"

#include <algorithm>
#include <charconv>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"
#include "engine/base/fold.h"
#include "engine/crypto/digest.h"
#include "engine/crypto/hmac.h"

namespace feed {
namespace {

std::vector<Condition> folded(std::vector<Condition> conditions) {
  for (auto& condition : conditions) condition.value = engine::folded(condition.value);
  return conditions;
}

std::vector<Contains> folded(std::vector<Contains> contains) {
  for (auto& one : contains) one.text = engine::folded(one.text);
  return contains;
}

bool holds(const Contains& contains, const Facts& facts) {
  return std::any_of(facts.fields.begin(), facts.fields.end(), [&](const Fact& fact) {
    return fact.value.find(contains.text) != std::string::npos && std::find(contains.fields.begin(), contains.fields.end(), fact.field) != contains.fields.end();
  });
}

bool all_hold(const std::vector<Contains>& contains, std::string_view encoded) {
  if (contains.empty()) return true;
  const auto facts = decode_facts(encoded);
  return facts && std::all_of(contains.begin(), contains.end(), [&](const Contains& one) { return holds(one, *facts); });
}

bool holds(const AtMost& bound, const FactsView& facts) {
  const auto text = facts.first(bound.field);
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && number <= bound.most;
}

std::uint32_t hash(std::string_view bytes) {
  const auto digest = engine::crypto::content_hash(bytes);
  return engine::ByteCursor(engine::crypto::bytes_of(digest)).big<std::uint32_t>();
}

// A text that says the same whatever order the parts were given in.
std::string joined(std::vector<std::string> parts) {
  std::sort(parts.begin(), parts.end());
  std::string out;
  engine::ByteWriter write(out);
  write.varint(parts.size());
  for (const auto& part : parts) write.text(part);
  return out;
}

std::string text_of(const Condition& condition) {
  std::string out;
  engine::ByteWriter(out).text(condition.field).text(condition.value);
  return out;
}

std::string text_of(const Contains& contains) {
  std::string out;
  engine::ByteWriter(out).text(joined(contains.fields)).text(contains.text);
  return out;
}

std::string text_of(const AtMost& bound) {
  std::string out;
  engine::ByteWriter(out).text(bound.field).big(static_cast<std::uint64_t>(bound.most));
  return out;
}

template <class T>
std::string all_of(const std::vector<T>& parts) {
  std::vector<std::string> texts;
  for (const auto& part : parts) texts.push_back(text_of(part));
  return joined(std::move(texts));
}

}  // namespace

ListFilter::ListFilter(const ListRequest& request)
    : type_(request.type),
      conditions_(folded(request.conditions)),
      contains_(folded(request.contains)),
      bounds_(request.bounds),
      terms_(terms_of(request.search)),
      created_from_(request.created_from),
      created_from_if_full_(request.created_from_if_full) {}

bool ListFilter::everything(bool incremental) const {
  return conditions_.empty() && contains_.empty() && bounds_.empty() && terms_.empty() && !bound_by_creation(incremental);
}

bool ListFilter::matches(const ChangeView& change, bool incremental) const {
  if (!change.visible.list || change.tombstone() || change.note || change.type != type_) return false;
  if (bound_by_creation(incremental) && change.created_at < *created_from_) return false;
  const FactsView facts(change.facts);
  const auto held = [&](const auto& asked) { return holds(asked, facts); };
  return std::all_of(conditions_.begin(), conditions_.end(), held) && std::all_of(bounds_.begin(), bounds_.end(), held) &&
         all_hold(contains_, change.facts) &&
         std::all_of(terms_.begin(), terms_.end(), [&](const std::string& term) { return facts.has_word(term); });
}

std::string ListFilter::canonical(bool incremental) const {
  std::string out;
  engine::ByteWriter(out).text(type_).text(all_of(conditions_)).text(all_of(contains_)).text(all_of(bounds_)).text(joined(terms_)).big(
      static_cast<std::uint8_t>(bound_by_creation(incremental)));
  return out;
}

std::uint32_t ListFilter::incremental_hash() const { return hash(canonical(true) + 'i'); }

std::uint32_t ListFilter::full_hash(ListOrder order) const {
  return hash(canonical(false) + 'f' + static_cast<char>(order.sort) + (order.descending ? 'd' : 'a'));
}

}  // namespace feed
