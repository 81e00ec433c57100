#pragma once
// The endpoints that operators made: what they are, what they want and wanted, their secrets.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <vector>

#include "access/audit/audit_log.h"
#include "access/vault.h"
#include "delivery/endpoint_interests.h"
#include "delivery/endpoint_record.h"
#include "delivery/live_secrets.h"
#include "engine/base/clock.h"
#include "engine/base/secret.h"
#include "engine/crypto/random.h"
#include "engine/store/store.h"

namespace delivery {

/// What an operator says of a new endpoint; the rest is EndpointRecord's own. `secret`: one of the operator's own; made where empty.
struct EndpointDraft {
  std::string name, owner, url;
  engine::Secret secret;
};

/// Changes what is there and nothing else.
struct EndpointEdit {
  std::optional<std::string> description, url;
  std::optional<std::vector<std::string>> types, actions, where;  ///< `where`: as parse_predicate() reads it
  std::optional<std::vector<engine::net::Header>> headers;
  std::optional<PayloadForm> form;
  std::optional<bool> standard_headers;
  std::optional<bool> asymmetric;  ///< a v1a signature too; its key is made here and told by its public half
  std::optional<std::chrono::milliseconds> timeout, max_age;
  std::optional<unsigned> max_attempts, concurrency;
  std::optional<std::vector<std::chrono::milliseconds>> schedule;
  std::optional<double> rate, burst;
  bool subscribes() const { return types || actions || where; }
};

struct RevealedEndpoint {
  EndpointRecord record;
  engine::Secret secret;  ///< in this answer only
};

/// Every change is one synced write with its audit row. Changes are made one at a time by the caller (the Fleet); readers come from any thread.
/// Blocking: everything but list() and find().
class EndpointBook {
 public:
  static constexpr std::size_t kMost = 5'000;
  static constexpr std::chrono::seconds kLongestOverlap{std::chrono::hours(24 * 30)};
  static constexpr std::size_t kMostSecrets = 4;  ///< live at once
  struct Rooms {
    engine::store::Store& store;
    trust::Vault& vault;
    trust::AuditLog& audit;
    engine::crypto::Random& random;
    const engine::Clock& clock;
    LiveSecrets* live_secrets = nullptr;  ///< told what signs; may be absent
    std::vector<std::string> feed_types{};  ///< beyond kContractTypes, that a subscription may name
  };

  /// kMalformed: a stored record is damaged.
  static engine::Result<std::unique_ptr<EndpointBook>> open(Rooms rooms);

  std::vector<EndpointRecord> list() const;  ///< by name
  std::optional<EndpointRecord> find(std::string_view name) const;
  /// What the endpoint wanted when.
  engine::Result<std::shared_ptr<EndpointInterests>> interests(const EndpointRecord& record) const;
  engine::Result<EndpointKeys> keys(const EndpointRecord& record) const;

  /// kMalformed: a field may not be so; the detail begins with its name in the API. kConflict: the name is taken. kFull: kMost are there.
  /// It wants what it wants from `from` on, and that is where it starts.
  engine::Result<RevealedEndpoint> create(const EndpointDraft& draft, const EndpointEdit& edit, feed::Offset from, const trust::Actor& actor);
  /// The record as `edit` makes it, checked, nothing stored. kNotFound, kMalformed.
  engine::Result<EndpointRecord> edited(std::string_view name, const EndpointEdit& edit) const;
  /// Stores it; where `from` is given, as a new version of what it wants. `asymmetric`: EndpointEdit's.
  engine::Result<EndpointRecord> update(EndpointRecord record, std::optional<feed::Offset> from, std::optional<bool> asymmetric, const trust::Actor& actor);
  /// `reason`: for people; empty where it is active.
  engine::Result<EndpointRecord> set_state(std::string_view name, EndpointState state, std::string reason, const trust::Actor& actor);
  /// The former secrets go on signing for `overlap`. kFull: kMostSecrets are live.
  engine::Result<RevealedEndpoint> rotate_secret(std::string_view name, std::chrono::seconds overlap, const trust::Actor& actor);
  /// Removes secrets whose time is over; their names. Empty: none.
  engine::Result<std::vector<std::string>> expire_secrets();
  /// Removes everything of it but its dead letters.
  engine::Result<void> remove(std::string_view name, const trust::Actor& actor);
  /// Stores the wish: the endpoint's next life begins at `to` (ProgressStore::load), and what was parked is dropped. `summary`: for the audit.
  engine::Result<void> seek(std::string_view name, feed::Offset to, const std::string& summary, const trust::Actor& actor);

 private:
  explicit EndpointBook(Rooms rooms);
  void set_asymmetric(EndpointRecord& record, bool wanted, engine::store::Batch& batch) const;
  engine::Result<void> know_secrets(const EndpointRecord& record);
  engine::Result<EndpointRecord> keep(EndpointRecord record, engine::store::Batch& batch, std::string_view action, const trust::Actor& actor);

  engine::Result<void> apply(EndpointRecord& record, const EndpointEdit& edit) const;

  const Rooms rooms_;
  const engine::store::Family family_;
  mutable std::shared_mutex lock_;
  std::map<std::string, EndpointRecord, std::less<>> records_;
  std::map<std::string, LiveSecrets::Hold, std::less<>> known_;  // of all of them; open() and whoever changes them
};

}  // namespace delivery
