#pragma once
// What an endpoint was, or would have been, told of a stretch of the log.

#include <cstddef>
#include <vector>

#include "delivery/selector.h"
#include "feed/record_log.h"

namespace delivery {

struct HistorySlice {
  std::vector<feed::Offset> offsets;  ///< changes that give a delivery, ascending
  feed::Offset next;                  ///< where reading goes on; the end of the range: it is through
};

/// Offsets in [from, end) that give a delivery, routed as they were when they happened. Reads at most `changes` of the log. What retention removed is not among
/// them. Blocking.
engine::Result<HistorySlice> read_history(const feed::RecordLog& log, const Selector& selector, feed::Offset from, feed::Offset end, std::size_t changes);

/// The first offset whose change was appended at or after `t`; the high watermark where there is none. A handful of reads. Blocking.
engine::Result<feed::Offset> first_appended_since(const feed::RecordLog& log, engine::WallTime t);

}  // namespace delivery
