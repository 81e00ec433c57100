#include "feed/hot_tail.h"

#include <mutex>

namespace feed {

void HotTail::add(Offset first, std::vector<std::string> records, const std::vector<Replaced>& replaced) {
  const std::unique_lock lock(mutex_);
  if (first.value != first_.value + entries_.size()) {
    entries_.clear();
    bytes_ = 0;
    first_ = first;
  }
  for (auto& record : records) {
    bytes_ += record.size() + sizeof(Entry);
    entries_.push_back({std::move(record), kNotSuperseded});
  }
  for (const auto& mark : replaced) {
    if (mark.old >= first_ && mark.old.value - first_.value < entries_.size()) entries_[mark.old.value - first_.value].superseded_by = mark.by;
  }
  trim();
}

void HotTail::rewrite(const std::vector<Rewritten>& records) {
  if (records.empty()) return;
  const std::unique_lock lock(mutex_);
  for (const auto& [offset, record] : records) {
    if (offset < first_ || offset.value - first_.value >= entries_.size()) continue;
    auto& held = entries_[offset.value - first_.value].record;
    bytes_ = bytes_ - held.size() + record.size();
    held = record;
  }
}

void HotTail::trim() {
  while (bytes_ > max_bytes_ && !entries_.empty()) {
    bytes_ -= entries_.front().record.size() + sizeof(Entry);
    entries_.pop_front();
    ++first_.value;
  }
}

bool HotTail::visit(Offset from, Offset end, const RecordLog::Visit& visit, Offset& stopped) const {
  const std::shared_lock lock(mutex_);
  if (from < first_ || entries_.empty()) return false;
  stopped = end;
  for (auto offset = from; offset < end; ++offset.value) {
    const auto& entry = entries_[offset.value - first_.value];
    if (visit({offset, entry.record, entry.superseded_by})) continue;
    stopped = offset;
    break;
  }
  return true;
}

std::optional<std::string> HotTail::copy(Offset offset) const {
  const std::shared_lock lock(mutex_);
  if (offset < first_ || offset.value - first_.value >= entries_.size()) return std::nullopt;
  return entries_[offset.value - first_.value].record;
}

std::size_t HotTail::bytes() const {
  const std::shared_lock lock(mutex_);
  return bytes_;
}

}  // namespace feed
