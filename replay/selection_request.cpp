#include "replay/selection_request.h"

#include <algorithm>

namespace replay {
namespace {

using engine::Errc;
using engine::fail;
using engine::Result;

Result<Selection> listed(const SelectionRequest& request, const delivery::DeadLetters& letters) {
  if (request.ids.empty()) return fail(Errc::kMalformed, "`ids`: name at least one dead letter.");
  Selection selection;
  selection.source = Source::kIds;
  selection.ids = request.ids;
  std::sort(selection.ids.begin(), selection.ids.end());
  selection.ids.erase(std::unique(selection.ids.begin(), selection.ids.end()), selection.ids.end());
  if (selection.ids.size() > kMaxJobIds) {
    return fail(Errc::kMalformed, "`ids`: at most " + std::to_string(kMaxJobIds) + " at once; use a filter (source dead-letters) for more.");
  }
  for (const auto id : selection.ids) {
    auto letter = letters.get(id);
    if (!letter && letter.error().code == Errc::kNotFound) return fail(Errc::kMalformed, "`ids`: there is no dead letter " + std::to_string(id.value) + ".");
    if (!letter) return letter.take_error();
    if (letter->cause == delivery::Cause::kLost) {
      return fail(Errc::kMalformed, "`ids`: dead letter " + std::to_string(id.value) + " has no payload to send, its change was no longer in the log.");
    }
  }
  return selection;
}

Result<Selection> filtered(const SelectionRequest& request, const delivery::DeadLetters& letters) {
  Selection selection;
  selection.source = Source::kDeadLetters;
  selection.filter = request.filter;
  selection.filter.replayable = true;
  if (!selection.filter.status) selection.filter.status = delivery::DeadLetterStatus::kFailed;
  if (selection.filter.status == delivery::DeadLetterStatus::kQueued) {
    return fail(Errc::kMalformed, "`status`: what is queued is on its way already; ask for failed or delivered ones.");
  }
  if (selection.filter.cause == delivery::Cause::kLost) return fail(Errc::kMalformed, "`cause`: what was lost has no payload to send.");
  selection.last = letters.newest();
  return selection;
}

Result<feed::Offset> bound(std::optional<feed::Offset> offset, std::optional<engine::WallTime> time, feed::Offset otherwise, const History& history) {
  if (offset) return *offset;
  if (time) return history.first_since(*time);
  return otherwise;
}

Result<Selection> of_history(const SelectionRequest& request, const History& history) {
  if (request.endpoint.empty()) return fail(Errc::kMalformed, "`endpoint`: name the one that is to get its history again.");
  if (!history.knows(request.endpoint)) return fail(Errc::kMalformed, "`endpoint`: there is no endpoint " + request.endpoint + " that delivers.");
  if (request.from_offset.has_value() == request.since.has_value()) return fail(Errc::kMalformed, "`fromOffset`, `since`: give exactly one of the two.");
  if (request.end_offset && request.before) return fail(Errc::kMalformed, "`endOffset`, `before`: give at most one of the two.");
  const auto watermark = history.high_watermark();
  auto from = bound(request.from_offset, request.since, feed::Offset{1}, history);
  if (!from) return from.take_error();
  auto end = bound(request.end_offset, request.before, watermark, history);
  if (!end) return end.take_error();
  Selection selection;
  selection.source = Source::kHistory;
  selection.endpoint = request.endpoint;
  selection.from = std::max(feed::Offset{1}, *from);
  selection.end = std::min(*end, watermark);
  if (selection.from >= selection.end) {
    return fail(Errc::kMalformed, "The range is empty: it would begin at offset " + std::to_string(selection.from.value) + " and end before " +
                                      std::to_string(selection.end.value) + "; the log ends before " + std::to_string(watermark.value) + ".");
  }
  return selection;
}

}  // namespace

Result<Selection> resolve(const SelectionRequest& request, const delivery::DeadLetters& letters, const History& history) {
  switch (request.source) {
    case Source::kIds: return listed(request, letters);
    case Source::kDeadLetters: return filtered(request, letters);
    case Source::kHistory: return of_history(request, history);
  }
  return fail(Errc::kMalformed, "`source`: ids, dead-letters or history.");
}

}  // namespace replay
