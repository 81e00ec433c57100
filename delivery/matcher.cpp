#include "delivery/matcher.h"

#include <algorithm>

#include "delivery/told.h"

namespace delivery {
namespace {

constexpr std::array<feed::Action, 3> kActions{feed::Action::kCreated, feed::Action::kUpdated, feed::Action::kDeleted};

void remove(std::vector<Matcher::Slot>& slots, Matcher::Slot slot) { slots.erase(std::remove(slots.begin(), slots.end(), slot), slots.end()); }

const Predicate* indexed(const Subscription& wanted) {
  const auto found = std::find_if(wanted.where.begin(), wanted.where.end(), [](const Predicate& one) { return one.test == Test::kIs; });
  return found == wanted.where.end() ? nullptr : &*found;
}

}  // namespace

void Matcher::put(Slot slot, const Subscription& wanted) {
  erase(slot);
  if (wanted_.size() <= slot) wanted_.resize(slot + 1);
  wanted_[slot] = wanted;
  const auto enter = [&](std::string_view type) {
    auto& row = by_type_.try_emplace(std::string(type)).first->second;
    for (std::size_t a = 0; a < kActions.size(); ++a) {
      if (!names(wanted, type, kActions[a])) continue;
      Bucket& bucket = row[a];
      bucket.all.push_back(slot);
      if (wanted.where.empty()) {
        bucket.untested.push_back(slot);
      } else if (const Predicate* key = indexed(wanted)) {
        for (const std::string& value : key->values) bucket.by_field[key->field][value].push_back(slot);
      } else {
        bucket.unindexed.push_back(slot);
      }
    }
  };
  if (wanted.types.empty()) {
    for (const auto type : kContractTypes) enter(type);
  }
  for (const std::string& type : wanted.types) enter(type);
}

void Matcher::drop(Bucket& bucket, Slot slot) {
  remove(bucket.all, slot);
  remove(bucket.untested, slot);
  remove(bucket.unindexed, slot);
  for (auto field = bucket.by_field.begin(); field != bucket.by_field.end();) {
    for (auto value = field->second.begin(); value != field->second.end();) {
      remove(value->second, slot);
      value = value->second.empty() ? field->second.erase(value) : std::next(value);
    }
    field = field->second.empty() ? bucket.by_field.erase(field) : std::next(field);
  }
}

void Matcher::erase(Slot slot) {
  if (slot >= wanted_.size() || !wanted_[slot]) return;
  for (auto row = by_type_.begin(); row != by_type_.end();) {
    for (Bucket& bucket : row->second) drop(bucket, slot);
    const bool empty = std::all_of(row->second.begin(), row->second.end(), [](const Bucket& bucket) { return bucket.all.empty(); });
    row = empty ? by_type_.erase(row) : std::next(row);
  }
  wanted_[slot].reset();
}

bool Matcher::passes(Slot slot) {
  const auto& where = wanted_[slot]->where;
  return std::all_of(where.begin(), where.end(), [this](const Predicate& one) { return holds(one, document_); });
}

void Matcher::match(const feed::ChangeView& change, std::vector<Slot>& matched) {
  matched.clear();
  const auto told = told_of(change);
  if (!told) return;
  const auto row = by_type_.find(told->type);
  const auto action = std::find(kActions.begin(), kActions.end(), told->action);
  if (row == by_type_.end() || action == kActions.end()) return;
  const Bucket& bucket = row->second[static_cast<std::size_t>(action - kActions.begin())];
  if (untestable(change)) {
    matched = bucket.all;
  } else {
    matched = bucket.untested;
    if (!bucket.by_field.empty() || !bucket.unindexed.empty()) document_.load(tested_document(change));
    for (const auto& [field, by_value] : bucket.by_field) {
      const auto look = [&](std::string_view value) {
        if (const auto found = by_value.find(value); found != by_value.end()) {
          for (const Slot slot : found->second) {
            if (passes(slot)) matched.push_back(slot);
          }
        }
        return false;
      };
      document_.any(field, look);
    }
    for (const Slot slot : bucket.unindexed) {
      if (passes(slot)) matched.push_back(slot);
    }
  }
  std::sort(matched.begin(), matched.end());
  matched.erase(std::unique(matched.begin(), matched.end()), matched.end());
}

}  // namespace delivery
