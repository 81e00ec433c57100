#pragma once
// What a change tells endpoints of.

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "feed/change_codec.h"

namespace delivery {

/// What webhooks tell of by the contract (craft-agents-api 16.1). Everything else is told only to endpoints that name its type.
inline constexpr std::array<std::string_view, 3> kContractTypes{"entry", "order", "product"};
inline bool is_contract_type(std::string_view type) { return std::find(kContractTypes.begin(), kContractTypes.end(), type) != kContractTypes.end(); }

/// Views into the change.
struct Told {
  std::string_view type, id;  ///< of the resource that payloads name and whose order counts
  feed::Action action = feed::Action::kNone;
  std::string_view snapshot;  ///< finished JSON; empty: there is none
};

/// nullopt: nobody is told. A change that the mapping tells as an event is told as that, maybe as one of another resource. Any other that the feed shows is told as
/// the feed shows it, action and document: resources without a part `webhook`, but none of the contract's types, and none that is told as another.
std::optional<Told> told_of(const feed::ChangeView& change);

}  // namespace delivery
