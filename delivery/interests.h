#pragma once
// Who asked to be told what. One change gives at most one delivery per endpoint; its payload names every credential it matches.

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/selector.h"
#include "engine/base/result.h"
#include "engine/store/store.h"
#include "feed/ids.h"
#include "feed/change.h"

namespace delivery {

/// What one credential wants to be told of. Values: resource types "entry", "order", "product"; actions "created", "updated",
/// "deleted"; "*" stands for all of its set; anything else is dropped (contract 16.3). An empty set matches everything,
/// but with both sets empty the credential is not subscribed at all.
struct Interest {
  std::string handle;
  std::vector<std::string> types;
  std::vector<std::string> actions;
  friend auto operator<=>(const Interest&, const Interest&) = default;
};

/// The canonical form: lower case, "*" expanded, unknown values and repeats dropped, sets and handles sorted, interests that
/// subscribe to nothing removed. Two configurations that mean the same have the same canonical form.
std::vector<Interest> canonical(std::vector<Interest> interests);

/// The interests of the system, in versions: each applies from an offset on, so that a restart or a week of lag routes a change as
/// it was routed when it happened.
///
/// Threads: any. route() takes a short lock.
class InterestTable final : public Selector {
 public:
  /// Reads the stored versions and compares `configured` with the newest; where they differ, a new version that applies
  /// from `high_watermark` on is stored (synced). The first version ever applies from the start of the log.
  /// `silent`: the service is switched off, nobody is told of what happens meanwhile, also not later (contract 16.1).
  /// Blocking. Errors: those of Store; kMalformed: a stored version cannot be read.
  static engine::Result<std::unique_ptr<InterestTable>> open(engine::store::Store& store, std::vector<Interest> configured,
                                                             feed::Offset high_watermark, bool silent = false);
  /// One version without a store; for tests and for rooms that only render.
  explicit InterestTable(std::vector<Interest> interests);
  ~InterestTable() override;

  /// From `from` (the log's high watermark) on these interests apply: to what is routed from now on at once, and durably on return, unless they are
  /// those that apply already. On an error nothing has changed. One caller at a time. Blocking.
  engine::Result<void> replace(engine::store::Store& store, std::vector<Interest> interests, feed::Offset from);

  /// The decision of contract 16.3 for an event of that type and action at that offset. Lives as long as the table.
  const Routing& route(std::string_view type, feed::Action action, feed::Offset offset) const;
  const Routing& route(const feed::ChangeView& change, feed::Offset offset) const override {
    return route(change.webhook_type(), change.webhook_action, offset);
  }
  /// How many versions are known; grows by one per changed configuration.
  std::size_t versions() const;

 private:
  struct Version;
  InterestTable();
  void add(feed::Offset from, std::vector<Interest> interests, bool silent);
  std::deque<Version> versions_;  // ascending by offset; of equal ones the last applies. A deque: what route() gave stays where it is
  std::atomic<const Version*> newest_{nullptr};  // each knows the one before it: who routes needs no lock
};

}  // namespace delivery
