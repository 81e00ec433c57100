#include "app/surfaces/craft_agents/feed_types.h"

#include "app/surfaces/craft_agents/externals.h"

namespace app::craft_agents {

feed::TypeTable feed_types(const std::vector<ExternalResource>& externals) {
  std::vector<feed::FeedType> types{
      {"products", "product", {"product"}},
      {"variants", "variant", {"variant"}},
      {"subscriptions", "subscription", {"subscription"}},
      {"transfers", "transfer", {"transfer"}},
      {"donations", "donation", {"donation"}},
      {"orders", "order", {"order"}},
      {"entries", "entry", {"entry"}},
      {"assets", "asset", {"asset"}},
      {"categories", "category", {"category"}},
      {"tags", "tag", {"tag"}},
      {"globalsets", "globalset", {"globalset", "global-set", "global-sets"}},
      {"addresses", "address", {"address"}},
      {"contentblocks", "contentblock", {"contentblock", "content-block", "content-blocks"}},
      {"users", "user", {"user"}},
  };
  for (const auto& external : well_formed(externals)) {
    const auto item = external.plugin + '.' + external.resource;
    types.push_back({"plugins." + item, item, {item}});
  }
  return feed::TypeTable(std::move(types));
}

}  // namespace app::craft_agents
