#include "feed/resource_index.h"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "feed/facts.h"

namespace feed {
namespace {

// What stands in the indexes of one resource.
struct Entries {
  FactsRef facts;
  bool exact = true;  // different facts have different keys, and both lists are ascending without repeats
};

bool has_key_of_its_own(std::string_view value) { return value.size() <= kIndexedBytes && value.find('\0') == std::string_view::npos; }

template <class List>
bool ascending(const List& list) {
  return std::adjacent_find(list.begin(), list.end(), std::greater_equal<>()) == list.end();
}

engine::Result<Entries> entries_of(const Indexed& state) {
  Entries entries;
  if (!state.listed) return entries;
  auto facts = refer_to_facts(state.facts);
  if (!facts) return facts.take_error();
  entries.facts = std::move(*facts);
  auto& fields = entries.facts.fields;
  std::erase_if(fields, [](const auto& field) { return !field.indexed; });
  auto& words = entries.facts.words;
  if (!ascending(words)) {
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
  }
  entries.exact = ascending(fields) && std::all_of(fields.begin(), fields.end(), [](const auto& field) { return has_key_of_its_own(field.value); });
  return entries;
}

// Calls for what is in `these` and not in `those`; both ascending.
template <class List, class Visit>
void each_only_in(const List& these, const List& those, Visit visit) {
  auto other = those.begin();
  for (const auto& item : these) {
    while (other != those.end() && *other < item) ++other;
    if (other == those.end() || *other != item) visit(item);
  }
}

}  // namespace

ResourceIndex::ResourceIndex(const engine::store::Store& store, Site site)
    : site_(site), by_sort_(store.family(kBySortFamily)), by_key_(store.family(kByKeyFamily)), by_term_(store.family(kByTermFamily)) {}

// The common case: the facts are as they were, and at most the instants moved.
void ResourceIndex::move_instants(engine::store::Batch& batch, const ResourceKey& key, const Indexed& before, const Indexed& after) const {
  const auto id = id_key(key.id);
  const auto replace = [&](engine::store::Family family, const std::string& prefix, const std::string& old, const std::string& now) {
    batch.erase(family, prefix + old + id);
    batch.put(family, prefix + now + id, {});
  };
  const auto updated_before = instant_key(before.updated_at), updated = instant_key(after.updated_at);
  const auto created_before = instant_key(before.created_at), created = instant_key(after.created_at);
  if (created_before != created) replace(by_sort_, by_sort_prefix(site_, key.type, Sort::kCreated), created_before, created);
  if (updated_before == updated) return;
  replace(by_sort_, by_sort_prefix(site_, key.type, Sort::kUpdated), updated_before, updated);
  FactsView(after.facts).each([&](std::string_view field, std::string_view value, bool indexed) {
    if (indexed) replace(by_key_, by_key_prefix(site_, key.type, field, value), updated_before, updated);
  });
}

engine::Result<void> ResourceIndex::move(engine::store::Batch& batch, const ResourceKey& key, const Indexed& before, const Indexed& after) const {
  if (before.listed && after.listed && before.facts == after.facts) {
    move_instants(batch, key, before, after);
    return {};
  }
  auto old = entries_of(before);
  if (!old) return old.take_error();
  auto now = entries_of(after);
  if (!now) return now.take_error();
  const auto id = id_key(key.id);
  const bool both = before.listed && after.listed;
  // Whatever is erased is erased first: what two values share stands afterwards.
  const auto replace_sort = [&](Sort sort, const std::string& was, const std::string& is) {
    if (both && was == is) return;
    const auto prefix = by_sort_prefix(site_, key.type, sort);
    if (before.listed) batch.erase(by_sort_, prefix + was + id);
    if (after.listed) batch.put(by_sort_, prefix + is + id, {});
  };
  const auto updated_before = instant_key(before.updated_at), updated = instant_key(after.updated_at);
  replace_sort(Sort::kUpdated, updated_before, updated);
  replace_sort(Sort::kCreated, instant_key(before.created_at), instant_key(after.created_at));
  replace_sort(Sort::kTitle, title_key(old->facts.title), title_key(now->facts.title));
  const auto field_key = [&](const FactsRef::Field& field, const std::string& instant) { return by_key_prefix(site_, key.type, field.field, field.value) + instant + id; };
  const auto erase = [&](const FactsRef::Field& field) { batch.erase(by_key_, field_key(field, updated_before)); };
  const auto put = [&](const FactsRef::Field& field) { batch.put(by_key_, field_key(field, updated), {}); };
  if (both && updated_before == updated && old->exact && now->exact) {
    each_only_in(old->facts.fields, now->facts.fields, erase);
    each_only_in(now->facts.fields, old->facts.fields, put);
  } else {
    std::for_each(old->facts.fields.begin(), old->facts.fields.end(), erase);
    std::for_each(now->facts.fields.begin(), now->facts.fields.end(), put);
  }
  each_only_in(old->facts.words, now->facts.words, [&](std::string_view word) { batch.erase(by_term_, by_term_key(site_, key.type, word, key.id)); });
  each_only_in(now->facts.words, old->facts.words, [&](std::string_view word) { batch.put(by_term_, by_term_key(site_, key.type, word, key.id), {}); });
  return {};
}

}  // namespace feed
