#pragma once
// Does the store answer, and does it take writes?

#include <mutex>
#include <optional>

#include "engine/base/clock.h"
#include "engine/store/store.h"

namespace app::operations {

/// Asks the store at most once in kValid, however often it is asked itself: readiness is polled.
/// Threads: any. Blocking.
class StoreProbe {
 public:
  static constexpr std::chrono::seconds kValid{1};
  struct Answer {
    bool reads = false;
    bool writes = false;  ///< what was written came back
  };

  /// Both outlive this.
  StoreProbe(engine::store::Store& store, const engine::Clock& clock);
  Answer ask();

 private:
  Answer probe();
  engine::store::Store& store_;
  engine::store::Family family_;
  const engine::Clock& clock_;
  std::mutex mutex_;
  std::optional<engine::MonoTime> asked_;
  Answer answer_;
  std::uint64_t round_ = 0;
};

}  // namespace app::operations
