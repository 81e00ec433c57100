#include "app/surfaces/craft_agents/feed_types.h"

namespace app::craft_agents {

feed::TypeTable feed_types() {
  return feed::TypeTable({
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
  });
}

}  // namespace app::craft_agents
