#pragma once
// /changes read live: a wait for the next page, and a stream of events.

#include <chrono>
#include <variant>

#include "app/surfaces/craft_agents/handlers.h"
#include "feed/feed_reader.h"

namespace app::craft_agents {

/// A page, or why there is none.
using ChangesPage = std::variant<feed::Page, trust::Refusal>;

/// From memory where possible, else through the pool. `asked` and `principal` outlive the call. In changes.cpp.
Task<ChangesPage> read_changes(const Service& service, const feed::PageRequest& asked, const trust::Principal& principal);

/// The page that `asked` gives; where that is empty, the first one that is not, or the empty one after `patience`. Ends early when the peer leaves or the
/// server stops. A refusal: as for a page; 429 where too many wait; what Gate::admit_again says at the end of a wait.
Task<ChangesPage> await_changes(const Service& service, CallContext& call, feed::PageRequest asked, std::chrono::seconds patience);

/// The caller asks for text/event-stream rather than for JSON.
bool wants_events(const engine::net::Request& request);
/// An answer that is a stream of server-sent events: `retry:` first; each item as an `event: change`, the last one of a batch with the cursor behind
/// the batch as `id:`; a comment, with the cursor where it moved, after LiveLimits::heartbeat without anything else. Ends with an `event: error` whose
/// data is the error envelope when the cursor expires or the credential may no longer read. `Last-Event-ID` wins over `asked.cursor`.
Task<Reply> stream_changes(const Service& service, CallContext& call, feed::PageRequest asked);

}  // namespace app::craft_agents
