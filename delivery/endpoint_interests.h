#pragma once
// What one endpoint of its own wanted when: its subscription in versions, each from an offset on.

#include <deque>
#include <mutex>
#include <shared_mutex>

#include "delivery/selector.h"
#include "delivery/subscription.h"

namespace delivery {

/// Threads: any; versions are added by one at a time.
class EndpointInterests final : public Selector {
 public:
  /// `owner`: the handle that payloads name; empty: none.
  EndpointInterests(std::string owner, feed::Offset from, Subscription wanted);

  /// Ascending; of equal offsets the last applies. The first version applies below its offset, too: history can be sent to a new endpoint.
  void add(feed::Offset from, Subscription wanted);
  const Routing& route(const feed::ChangeView& change, feed::Offset offset) const override;

  struct Newest {
    feed::Offset from;
    Subscription wanted;
  };
  Newest newest() const;
  feed::Offset newest_from() const;

 private:
  Routing yes_;
  const Routing no_{};
  mutable std::shared_mutex lock_;
  std::deque<Newest> versions_;
};

}  // namespace delivery
