#pragma once
// What somebody asks to be sent again, before it is a selection.

#include <optional>

#include "replay/job_items.h"

namespace replay {

struct SelectionRequest {
  Source source = Source::kIds;
  std::vector<delivery::DeadLetterId> ids{};  ///< kIds: 1..kMaxJobIds
  delivery::DeadLetterFilter filter{};        ///< kDeadLetters; without a status: failed ones
  std::string endpoint{};                     ///< kHistory
  std::optional<feed::Offset> from_offset{};  ///< kHistory: exactly one of this and `since`
  std::optional<feed::Offset> end_offset{};   ///< kHistory, exclusive: at most one of this and `before`; neither: up to now
  std::optional<engine::WallTime> since{};    ///< kHistory: by the time of the append
  std::optional<engine::WallTime> before{};
};

/// A selection whose bounds stand still from now on. kMalformed: names the field and what to do; kNotFound: a letter or an endpoint is not there.
/// Blocking: a few reads.
engine::Result<Selection> resolve(const SelectionRequest& request, const delivery::DeadLetters& letters, const History& history);

}  // namespace replay
