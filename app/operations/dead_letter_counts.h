#pragma once
// How many dead letters there are.

#include "app/operations/metrics_report.h"
#include "delivery/dead_letters.h"

namespace app::operations {

/// Blocking. Errors: the store's.
engine::Result<DeadLetterCounts> count_dead_letters(const delivery::DeadLetters& letters);

}  // namespace app::operations
