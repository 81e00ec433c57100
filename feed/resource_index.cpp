#include "feed/resource_index.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>

#include "feed/facts.h"

namespace feed {
namespace {

// The keys of one resource, and its words, which are most of them and the same before and after as a rule: keys are made of those that are not.
struct Keys {
  std::set<std::string> by_sort, by_key;
  std::vector<std::string> words;  // ascending, without repeats
};

engine::Result<Keys> keys_of(Site site, const ResourceKey& key, const Indexed& state) {
  Keys keys;
  if (!state.listed) return keys;
  auto facts = decode_facts(state.facts);
  if (!facts) return facts.take_error();
  const auto id = id_key(key.id);
  const auto updated = instant_key(state.updated_at);
  keys.by_sort.insert(by_sort_prefix(site, key.type, Sort::kUpdated) + updated + id);
  keys.by_sort.insert(by_sort_prefix(site, key.type, Sort::kCreated) + instant_key(state.created_at) + id);
  keys.by_sort.insert(by_sort_prefix(site, key.type, Sort::kTitle) + title_key(facts->title) + id);
  for (const auto& fact : facts->fields) {
    if (fact.indexed) keys.by_key.insert(by_key_prefix(site, key.type, fact.field, fact.value) + updated + id);
  }
  keys.words = std::move(facts->words);
  if (std::adjacent_find(keys.words.begin(), keys.words.end(), std::greater_equal<>()) != keys.words.end()) {
    std::sort(keys.words.begin(), keys.words.end());
    keys.words.erase(std::unique(keys.words.begin(), keys.words.end()), keys.words.end());
  }
  return keys;
}

void erase_surplus(engine::store::Batch& batch, engine::store::Family family, const std::set<std::string>& before, const std::set<std::string>& after) {
  for (const auto& key : before) {
    if (!after.contains(key)) batch.erase(family, key);
  }
}

void add_missing(engine::store::Batch& batch, engine::store::Family family, const std::set<std::string>& before, const std::set<std::string>& after) {
  for (const auto& key : after) {
    if (!before.contains(key)) batch.put(family, key, {});
  }
}

std::vector<std::string> only_in(const std::vector<std::string>& these, const std::vector<std::string>& those) {
  std::vector<std::string> words;
  std::set_difference(these.begin(), these.end(), those.begin(), those.end(), std::back_inserter(words));
  return words;
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
  auto old = keys_of(site_, key, before);
  if (!old) return old.take_error();
  auto now = keys_of(site_, key, after);
  if (!now) return now.take_error();
  erase_surplus(batch, by_sort_, old->by_sort, now->by_sort);
  erase_surplus(batch, by_key_, old->by_key, now->by_key);
  for (const auto& word : only_in(old->words, now->words)) batch.erase(by_term_, by_term_key(site_, key.type, word, key.id));
  add_missing(batch, by_sort_, old->by_sort, now->by_sort);
  add_missing(batch, by_key_, old->by_key, now->by_key);
  for (const auto& word : only_in(now->words, old->words)) batch.put(by_term_, by_term_key(site_, key.type, word, key.id), {});
  return {};
}

}  // namespace feed
