#include "delivery/told.h"

namespace delivery {

std::optional<Told> told_of(const feed::ChangeView& change) {
  using feed::Action;
  if (change.visible.webhook) {  // those it does not tell are repeats of what is told beside them, or of a first snapshot
    if (change.webhook_action == Action::kNone) return std::nullopt;
    return Told{change.webhook_type(), change.webhook_id(), change.webhook_action, change.webhook};
  }
  const bool told_elsewhere = change.has_alias || !change.webhook.empty() || is_contract_type(change.type);
  if (change.note || told_elsewhere || !change.visible.feed || change.feed_action == Action::kNone || change.origin == feed::Origin::kSnapshot) return std::nullopt;
  return Told{change.type, change.id, change.feed_action, change.feed};
}

}  // namespace delivery
