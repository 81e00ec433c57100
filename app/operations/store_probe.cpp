#include "app/operations/store_probe.h"

#include "access/key_schema.h"
#include "app/operations/key_schema.h"

namespace app::operations {

StoreProbe::StoreProbe(engine::store::Store& store, const engine::Clock& clock)
    : store_(store), family_(store.family(trust::kOperationsFamily)), clock_(clock) {}

StoreProbe::Answer StoreProbe::ask() {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.now();
  if (!asked_ || now - *asked_ >= kValid) {
    answer_ = probe();
    asked_ = now;
  }
  return answer_;
}

StoreProbe::Answer StoreProbe::probe() {
  Answer answer;
  answer.reads = store_.get(family_, keys::kTraffic).has_value();
  const auto value = std::to_string(++round_);  // another each time: an old one coming back is no answer
  engine::store::Batch batch;
  batch.put(family_, keys::kProbe, value);
  if (!store_.write(batch, engine::store::Durability::kBuffered)) return answer;
  const auto back = store_.get(family_, keys::kProbe);
  answer.writes = back && *back == value;
  return answer;
}

}  // namespace app::operations
