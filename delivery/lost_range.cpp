#include "delivery/lost_range.h"

#include "feed/differ.h"

namespace delivery {

DeadLetter lost_range(const std::string& endpoint, feed::Offset from, feed::Offset end) {
  const auto first = std::to_string(from.value), last = std::to_string(end.value - 1);
  DeadLetter letter;
  letter.key = {"log", first + "-" + last};
  letter.event_id = feed::event_id("retention", endpoint, letter.key);
  letter.endpoint = endpoint;
  letter.offset = from;
  letter.cause = Cause::kLost;
  letter.last_error = "Retention removed replaced versions of the offsets " + first + " to " + last +
                      " before they could be sent. The newest version of every resource is still sent.";
  return letter;
}

}  // namespace delivery
