#pragma once
// The bytes of a webhook body.

#include <string>

#include "delivery/interests.h"
#include "delivery/payload_form.h"
#include "feed/change_codec.h"

namespace delivery {

/// Key order and form of contract 16.2: compact, slashes and non-ASCII unescaped. A function of the stored change and its routing
/// alone, so retries, restarts and replays send the same bytes. told_of(change) says what is told: there is such a thing.
std::string payload(const feed::ChangeView& change, const Routing& routing);
/// The same into `body`, whose memory is used again, in the envelope that `form` asks for: that too depends on the change alone.
void write_payload(std::string& body, const feed::ChangeView& change, const Routing& routing, PayloadForm form = PayloadForm::kContract);
/// A payload that tells of no change (a probe, a test), in the same envelopes. `payload` is finished JSON; `id` is its event id.
struct Telling {
  std::string_view id, type, resource_id, action;
  engine::WallTime at{};
};
std::string in_form(PayloadForm form, const Telling& telling, std::string_view payload);
/// feed::text(id) behind `out`.
void append_event_id(std::string& out, feed::EventId id);

}  // namespace delivery
