#pragma once
// What must be told and shown, derived from the sample's own database: its documents before and after every step.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/demo/demo_record.h"
#include "app/demo/sample_site.h"

namespace app::demo {

using DocumentKey = std::pair<std::string, std::int64_t>;  // type, id

/// One event that a subscriber of everything must receive.
struct Expected {
  DocumentKey key;
  std::vector<std::string> actions;  ///< any of these (a document that comes back may be told as created or updated)
  std::string title;                 ///< what a full snapshot shows
  std::string status;
  std::int64_t at_ms = 0;  ///< when the step was over
};

class DemoJournal {
 public:
  /// Takes the documents as they are now without expecting anything.
  engine::Result<void> begin(SqlSession& sql);
  /// Compares with the documents of the last call and notes what must be told. Call it behind every step (one transaction each).
  /// Returns how many events the step makes.
  engine::Result<std::size_t> observe(SqlSession& sql, std::int64_t now_ms);

  const std::vector<Expected>& expected() const { return expected_; }
  /// Every document that changed, variants included; carts only if they became orders.
  const std::set<DocumentKey>& touched() const { return touched_; }
  const std::map<DocumentKey, SampleDocument>& documents() const { return documents_; }

 private:
  void note(const DocumentKey& key, const SampleDocument* before, const SampleDocument* after, std::map<DocumentKey, Expected>& step);
  std::map<DocumentKey, SampleDocument> documents_;
  std::set<DocumentKey> touched_;
  std::vector<Expected> expected_;
};

/// What the receiver got, held against what it must get.
struct DeliveryVerdict {
  std::vector<std::string> problems;  ///< at most a few of each kind, in words
  std::size_t events = 0;             ///< different event ids
  std::size_t accepted = 0;           ///< of them, answered 2xx at least once
  std::size_t repeats = 0;            ///< requests with an id that came before
  std::size_t missing = 0;            ///< expected, not accepted yet
  std::vector<std::int64_t> lag_ms;   ///< per expected event, to its first request
};
DeliveryVerdict judge(const DemoJournal& journal, const DemoRecord& record);

}  // namespace app::demo
