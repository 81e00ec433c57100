#include "delivery/endpoint_book.h"

#include <algorithm>

#include "delivery/key_schema.h"
#include "delivery/signing_keys.h"
#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"
#include "engine/base/json_writer.h"
#include "engine/base/text_codec.h"
#include "engine/telemetry/log.h"

namespace delivery {

using engine::Errc;
using engine::fail;
using engine::Result;
using engine::telemetry::Level;
using engine::telemetry::log_event;

namespace {

constexpr std::size_t kSecretBytes = 32, kShortestSecret = 20, kLongestSecret = 512, kLongestText = 255;

constexpr std::uint32_t kSigningKey = 0;  // secrets are numbered from 1

std::string secret_name(std::string_view endpoint, std::uint32_t number) { return "endpoint/" + std::string(endpoint) + "/" + std::to_string(number); }

// What an audit row tells: no secret, and no URL's query, which may hold one.
std::string facts(const EndpointRecord& record) {
  std::string out;
  engine::JsonWriter json(out);
  const auto list = [&json](std::string_view key, const std::vector<std::string>& texts) {
    json.key(key).begin_array();
    for (const auto& text : texts) json.string(text);
    json.end_array();
  };
  json.begin_object().key("owner").string(record.owner).key("url").string(record.url.substr(0, record.url.find('?')));
  json.key("state").string(name(record.state));
  list("resourceTypes", record.wanted.types);
  list("actions", record.wanted.actions);
  json.key("where").begin_array();
  for (const auto& predicate : record.wanted.where) json.string(text(predicate));
  json.end_array().key("secrets").number(static_cast<std::int64_t>(record.secrets.size())).end_object();
  return out;
}

trust::AuditEvent told(std::string_view action, const EndpointRecord& record, const trust::Actor& actor, std::string summary = {}) {
  trust::AuditEvent event;
  event.category = "endpoint";
  event.action = action;
  event.outcome = trust::AuditOutcome::kSuccess;
  event.actor = actor;
  event.entity_type = "endpoint";
  event.entity_id = record.name;
  event.summary = summary.empty() ? "Endpoint " + record.name + ": " + std::string(action) : std::move(summary);
  event.metadata = facts(record);
  return event;
}

tl::unexpected<engine::Error> unknown(std::string_view name) { return fail(Errc::kNotFound, "There is no endpoint " + std::string(name.substr(0, 64)) + "."); }

template <class T>
void set(T& field, const std::optional<T>& value) {
  if (value) field = *value;
}

// As the dispatcher would judge it, whatever the secret.
Result<void> judged(const EndpointRecord& record) {
  EndpointKeys some;
  some.secrets.emplace_back("whsec_" + engine::to_base64(std::string(kSecretBytes, '\0')));
  auto url = check(config_of(record, std::move(some)));
  if (!url) return url.take_error();
  return engine::ok();
}

std::string encode_version(const Subscription& wanted) {
  std::string bytes;
  engine::ByteWriter out(bytes);
  out.big(std::uint8_t{1});
  write(out, wanted);
  return bytes;
}

Result<engine::Secret> secret_for(const engine::Secret& own, engine::crypto::Random& random) {
  if (!own.empty()) {
    const auto text = own.reveal();
    if (text.size() < kShortestSecret || text.size() > kLongestSecret) return fail(Errc::kMalformed, "secret: 20 to 512 characters");
    return engine::Secret(std::string(text));
  }
  return new_standard_secret(random);
}

}  // namespace

EndpointBook::EndpointBook(Rooms rooms) : rooms_(std::move(rooms)), family_(rooms_.store.family(kStateFamily)) {}

Result<std::unique_ptr<EndpointBook>> EndpointBook::open(Rooms rooms) {
  std::unique_ptr<EndpointBook> book(new EndpointBook(std::move(rooms)));
  auto walk = book->rooms_.store.iterate(book->family_, endpoint_tag(), endpoint_tag_end());
  for (walk.seek(endpoint_tag()); walk.valid(); walk.next()) {
    auto name = endpoint_of(walk.key());
    if (!name) return fail(Errc::kMalformed, "endpoint: key");
    auto record = decode_endpoint(*name, walk.value());
    if (!record) return record.take_error();
    if (auto known = book->know_secrets(*record); !known) return known.take_error();
    book->records_.emplace(std::move(*name), std::move(*record));
  }
  if (auto read = walk.status(); !read) return read.take_error();
  return book;
}

std::vector<EndpointRecord> EndpointBook::list() const {
  const std::shared_lock lock(lock_);
  std::vector<EndpointRecord> all;
  for (const auto& [name, record] : records_) all.push_back(record);
  return all;
}

std::optional<EndpointRecord> EndpointBook::find(std::string_view name) const {
  const std::shared_lock lock(lock_);
  const auto found = records_.find(name);
  if (found == records_.end()) return std::nullopt;
  return found->second;
}

Result<std::shared_ptr<EndpointInterests>> EndpointBook::interests(const EndpointRecord& record) const {
  std::shared_ptr<EndpointInterests> all;
  const std::string prefix = subscription_prefix(record.name);
  auto walk = rooms_.store.iterate(family_, prefix, prefix + std::string(9, '\xff'));
  for (walk.seek(prefix); walk.valid(); walk.next()) {
    engine::ByteCursor in(walk.value());
    const auto format = in.big<std::uint8_t>();
    Subscription wanted = read_subscription(in);
    if (format != 1 || !in.ok() || !in.at_end()) return fail(Errc::kMalformed, "endpoint " + record.name + ": subscription");
    const feed::Offset from{trailing_number(walk.key()).value_or(0)};
    if (all) {
      all->add(from, std::move(wanted));
    } else {
      all = std::make_shared<EndpointInterests>(record.owner, from, std::move(wanted));
    }
  }
  if (auto read = walk.status(); !read) return read.take_error();
  if (!all) all = std::make_shared<EndpointInterests>(record.owner, feed::Offset{0}, record.wanted);
  return all;
}

Result<EndpointKeys> EndpointBook::keys(const EndpointRecord& record) const {
  EndpointKeys live;
  for (const auto& secret : record.secrets) {
    auto value = rooms_.vault.get(secret_name(record.name, secret.number));
    if (!value) return value.take_error();
    live.secrets.push_back(std::move(*value));
  }
  if (record.public_key.empty()) return live;
  auto key = rooms_.vault.get(secret_name(record.name, kSigningKey));
  if (!key) return key.take_error();
  live.signing_key = std::move(*key);
  return live;
}

Result<void> EndpointBook::apply(EndpointRecord& record, const EndpointEdit& edit) const {
  set(record.url, edit.url);
  set(record.headers, edit.headers);
  set(record.form, edit.form);
  set(record.standard_headers, edit.standard_headers);
  set(record.timeout, edit.timeout);
  set(record.max_age, edit.max_age);
  set(record.max_attempts, edit.max_attempts);
  set(record.schedule, edit.schedule);
  set(record.rate, edit.rate);
  set(record.burst, edit.burst);
  if (edit.concurrency) record.concurrency = *edit.concurrency;
  if (edit.description) record.description = edit.description->substr(0, kLongestText);
  if (!edit.subscribes()) return engine::ok();
  set(record.wanted.types, edit.types);
  set(record.wanted.actions, edit.actions);
  if (edit.where) {
    record.wanted.where.clear();
    for (const auto& text : *edit.where) {
      auto predicate = parse_predicate(text);
      if (!predicate) return predicate.take_error();
      record.wanted.where.push_back(std::move(*predicate));
    }
  }
  auto wanted = checked(std::move(record.wanted), rooms_.feed_types);
  if (!wanted) return wanted.take_error();
  record.wanted = std::move(*wanted);
  return engine::ok();
}

void EndpointBook::set_asymmetric(EndpointRecord& record, bool wanted, engine::store::Batch& batch) const {
  if (wanted != record.public_key.empty()) return;
  record.public_key.clear();
  if (!wanted) return rooms_.vault.stage_erase(batch, secret_name(record.name, kSigningKey));
  const auto key = new_standard_signing_key(rooms_.random);
  record.public_key = standard_public_key(*standard_signing_key(key));
  rooms_.vault.stage(batch, secret_name(record.name, kSigningKey), key);
}

// What the vault has of them now. Whose life still signs with a former one holds it for itself.
Result<void> EndpointBook::know_secrets(const EndpointRecord& record) {
  if (!rooms_.live_secrets) return engine::ok();
  auto live = keys(record);
  if (!live) return live.take_error();
  known_.insert_or_assign(record.name, rooms_.live_secrets->hold(all_of(*live)));
  return engine::ok();
}

Result<EndpointRecord> EndpointBook::keep(EndpointRecord record, engine::store::Batch& batch, std::string_view action, const trust::Actor& actor) {
  record.updated = engine::floor_seconds(rooms_.clock.wall_now());
  batch.put(family_, endpoint_key(record.name), encode(record));
  if (auto row = rooms_.audit.commit(batch, told(action, record, actor)); !row) return row.take_error();
  {
    const std::unique_lock lock(lock_);
    records_.insert_or_assign(record.name, record);
  }
  // The change is durable whatever becomes of this: the endpoint's next life reads the same keys, and tells what it signs with.
  if (auto known = know_secrets(record); !known) log_event(Level::kError, "secrets_not_known", {{"endpoint", record.name}, {"error", known.error().detail}});
  return record;
}

Result<RevealedEndpoint> EndpointBook::create(const EndpointDraft& draft, const EndpointEdit& edit, feed::Offset from, const trust::Actor& actor) {
  EndpointRecord record;
  record.name = draft.name;
  record.owner = draft.owner;
  record.url = draft.url;
  if (auto good = apply(record, edit); !good) return good.take_error();
  if (auto good = judged(record); !good) return good.take_error();
  if (find(record.name)) return fail(Errc::kConflict, "name: " + record.name + " is taken");
  {
    const std::shared_lock lock(lock_);
    if (records_.size() >= kMost) return fail(Errc::kFull, "at most " + std::to_string(kMost) + " endpoints; delete some first");
  }
  auto secret = secret_for(draft.secret, rooms_.random);
  if (!secret) return secret.take_error();
  if (const bool standard = record.standard_headers || record.form == PayloadForm::kStandardWebhooks; standard && !draft.secret.empty()) {
    if (auto good = standard_secret(*secret); !good) return fail(Errc::kMalformed, "secret: " + good.error().detail);
  }
  record.created = engine::floor_seconds(rooms_.clock.wall_now());
  record.secrets.push_back({1, record.created, std::nullopt});
  engine::store::Batch batch;
  rooms_.vault.stage(batch, secret_name(record.name, 1), *secret);
  batch.put(family_, subscription_key(record.name, from), encode_version(record.wanted));
  batch.put(family_, progress_key(record.name), encode(Progress{from, 0}));
  if (edit.asymmetric) set_asymmetric(record, *edit.asymmetric, batch);
  auto kept = keep(std::move(record), batch, "create", actor);
  if (!kept) return kept.take_error();
  return RevealedEndpoint{std::move(*kept), std::move(*secret)};
}

Result<EndpointRecord> EndpointBook::edited(std::string_view name, const EndpointEdit& edit) const {
  auto record = find(name);
  if (!record) return unknown(name);
  if (auto good = apply(*record, edit); !good) return good.take_error();
  if (auto good = judged(*record); !good) return good.take_error();
  return std::move(*record);
}

Result<EndpointRecord> EndpointBook::update(EndpointRecord record, std::optional<feed::Offset> from, std::optional<bool> asymmetric, const trust::Actor& actor) {
  engine::store::Batch batch;
  if (asymmetric) set_asymmetric(record, *asymmetric, batch);
  if (from) batch.put(family_, subscription_key(record.name, *from), encode_version(record.wanted));
  return keep(std::move(record), batch, "update", actor);
}

Result<EndpointRecord> EndpointBook::set_state(std::string_view name, EndpointState state, std::string reason, const trust::Actor& actor) {
  auto record = find(name);
  if (!record) return unknown(name);
  record->state = state;
  record->state_reason = std::move(reason);
  engine::store::Batch batch;
  return keep(std::move(*record), batch, state == EndpointState::kActive ? "resume" : state == EndpointState::kPaused ? "pause" : "disable", actor);
}

Result<RevealedEndpoint> EndpointBook::rotate_secret(std::string_view name, std::chrono::seconds overlap, const trust::Actor& actor) {
  if (overlap.count() < 0 || overlap > kLongestOverlap) return fail(Errc::kMalformed, "overlapSeconds: 0 to " + std::to_string(kLongestOverlap.count()));
  auto record = find(name);
  if (!record) return unknown(name);
  const auto now = engine::floor_seconds(rooms_.clock.wall_now());
  auto secret = secret_for({}, rooms_.random);
  if (!secret) return secret.take_error();
  engine::store::Batch batch;
  std::uint32_t number = 0;
  for (auto& former : record->secrets) {
    number = std::max(number, former.number);
    if (overlap.count() > 0) {
      former.until = std::min(former.until.value_or(now + overlap), now + overlap);
    } else {
      rooms_.vault.stage_erase(batch, secret_name(record->name, former.number));
    }
  }
  if (overlap.count() == 0) record->secrets.clear();
  if (record->secrets.size() >= kMostSecrets) return fail(Errc::kFull, "at most " + std::to_string(kMostSecrets) + " secrets at once; wait until one has ended, or rotate without overlap");
  record->secrets.insert(record->secrets.begin(), {number + 1, now, std::nullopt});
  rooms_.vault.stage(batch, secret_name(record->name, number + 1), *secret);
  auto kept = keep(std::move(*record), batch, "rotate-secret", actor);
  if (!kept) return kept.take_error();
  return RevealedEndpoint{std::move(*kept), std::move(*secret)};
}

Result<std::vector<std::string>> EndpointBook::expire_secrets() {
  const auto now = rooms_.clock.wall_now();
  std::vector<std::string> changed;
  for (auto& record : list()) {
    engine::store::Batch batch;
    const auto over = [&](const SecretRef& secret) {
      if (!secret.until || *secret.until > now) return false;
      rooms_.vault.stage_erase(batch, secret_name(record.name, secret.number));
      return true;
    };
    const auto before = record.secrets.size();
    record.secrets.erase(std::remove_if(record.secrets.begin(), record.secrets.end(), over), record.secrets.end());
    if (record.secrets.size() == before) continue;
    const std::string name = record.name;
    if (auto kept = keep(std::move(record), batch, "secret-ended", {"system", "system:delivery", "", ""}); !kept) return kept.take_error();
    changed.push_back(name);
  }
  return changed;
}

Result<void> EndpointBook::remove(std::string_view name, const trust::Actor& actor) {
  const auto record = find(name);
  if (!record) return unknown(name);
  engine::store::Batch batch;
  batch.erase(family_, endpoint_key(record->name));
  batch.erase(family_, progress_key(record->name));
  batch.erase(family_, seek_key(record->name));
  for (const std::string& prefix : {subscription_prefix(record->name), parked_prefix(record->name)}) {
    batch.erase_range(family_, prefix, prefix + std::string(9, '\xff'));
  }
  for (const auto& secret : record->secrets) rooms_.vault.stage_erase(batch, secret_name(record->name, secret.number));
  if (!record->public_key.empty()) rooms_.vault.stage_erase(batch, secret_name(record->name, kSigningKey));
  if (auto row = rooms_.audit.commit(batch, told("delete", *record, actor)); !row) return row.take_error();
  known_.erase(record->name);
  const std::unique_lock lock(lock_);
  records_.erase(record->name);
  return engine::ok();
}

Result<void> EndpointBook::seek(std::string_view name, feed::Offset to, const std::string& summary, const trust::Actor& actor) {
  EndpointRecord record = find(name).value_or(EndpointRecord{});  // the contract's own has none
  record.name = name;
  engine::store::Batch batch;
  batch.put(family_, seek_key(name), encode_number(to.value));
  if (auto row = rooms_.audit.commit(batch, told("seek", record, actor, summary)); !row) return row.take_error();
  return engine::ok();
}

}  // namespace delivery
