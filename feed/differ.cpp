#include "feed/differ.h"

#include <algorithm>
#include <cassert>

#include "engine/base/byte_writer.h"
#include "engine/crypto/digest.h"
#include "engine/crypto/hmac.h"

namespace feed {
namespace {

using engine::WallTime;

std::string quoted(WallTime t) { return '"' + engine::rfc3339(t) + '"'; }

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) text.replace(at, what.size(), with);
  return text;
}

Parts stamped(const Parts& parts, WallTime updated_at) {
  const auto stamp = quoted(updated_at);
  const auto fill = [&](const std::string& part) { return replaced(part, kUpdatedAtMark, stamp); };
  return {fill(parts.list), fill(parts.feed), fill(parts.detail), fill(parts.sensitive), fill(parts.webhook), fill(parts.unredacted)};
}

Action webhook_action(const TransactionMeta& transaction, const Change& change, bool seen_before) {
  if (transaction.origin == Origin::kSnapshot || !change.visible.webhook) return Action::kNone;
  if (change.alias) return Action::kUpdated;
  if (change.tombstone()) return Action::kDeleted;
  return seen_before ? Action::kUpdated : Action::kCreated;
}

bool decimal(std::string_view id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int compare_ids(std::string_view a, std::string_view b) {
  if (decimal(a) && decimal(b)) {
    a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
    b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  }
  return a.compare(b);
}

}  // namespace

void Differ::Told::begin(const TransactionMeta& transaction) {
  if (origin_ == transaction.origin && transaction_ == transaction.source_transaction) return;
  clear();
  origin_ = transaction.origin;
  transaction_ = transaction.source_transaction;
}

void Differ::Told::silence_repeats(std::span<const Rendering> renderings, std::vector<Change>& changes) {
  for (const auto& rendering : renderings) {
    if (rendering.state != Rendering::State::kLive) gone_.insert(rendering.key);
  }
  for (auto& change : changes) {  // a resource's own change is told rather than that of another shown as it
    if (change.alias || change.webhook_action == Action::kNone) continue;
    if (!told_.insert(change.key).second) change.webhook_action = Action::kNone;
  }
  for (auto& change : changes) {
    if (!change.alias || change.webhook_action == Action::kNone) continue;
    if (gone_.contains(change.alias->key) || !told_.insert(change.alias->key).second) change.webhook_action = Action::kNone;
  }
}

engine::Result<std::vector<Change>> Differ::diff(const TransactionMeta& transaction, std::span<const Rendering> renderings) {
  std::vector<Change> changes;
  for (const auto& rendering : renderings) {
    auto change = change_of(transaction, rendering);
    if (!change) return change.take_error();
    if (*change) changes.push_back(std::move(**change));
  }
  told_.begin(transaction);
  told_.silence_repeats(renderings, changes);
  for (const auto& change : changes) {
    auto remembered = remember(change);
    if (!remembered) return remembered.take_error();
  }
  return changes;
}

engine::Result<std::optional<Change>> Differ::change_of(const TransactionMeta& transaction, const Rendering& rendering) {
  auto before = known(rendering.key);
  if (!before) return before.take_error();
  std::optional<Change> change;
  if (rendering.state == Rendering::State::kLive) {
    auto hash = content_hash(rendering);
    auto facts = encode_facts(rendering.facts);
    const bool same = *before && (*before)->content_hash == hash;
    auto hash_of_facts = facts_hash(facts);
    if (same && (*before)->facts_hash == hash_of_facts) return change;
    change = same ? note(**before) : live(transaction, rendering, *before);
    change->content_hash = std::move(hash);
    change->facts = std::move(facts);
    change->facts_hash = std::move(hash_of_facts);
  } else {
    auto tombstone = gone(transaction, rendering, *before);
    if (!tombstone || !*tombstone) return tombstone;
    change = std::move(**tombstone);
    change->content_hash = content_hash(rendering);
  }
  change->key = rendering.key;
  change->origin = transaction.origin;
  change->source_transaction = transaction.source_transaction;
  change->commit_time = transaction.commit_time;
  change->appended_at = transaction.origin == Origin::kSnapshot ? WallTime{} : transaction.appended_at;
  if (change->note) return change;
  change->webhook_action = webhook_action(transaction, *change, before->has_value());
  change->event_id = event_id(source_, transaction.source_transaction, change->webhook_key());
  return change;
}

namespace {

// Which instant a change shows: the source's own where it moved, else the commit's, never going back.
WallTime updated_at(const TransactionMeta& transaction, WallTime raw, WallTime raw_before, WallTime updated_before) {
  if (transaction.origin == Origin::kSnapshot || raw > raw_before) return raw;
  return std::max(engine::floor_seconds(transaction.commit_time), updated_before);
}

}  // namespace

// Nothing that anybody is shown has changed.
Change Differ::note(const Known& before) {
  Change change;
  change.note = true;
  change.visible = {false, false, false};
  change.updated_at = before.updated_at;
  change.raw_updated_at = before.raw_updated_at;
  return change;
}

Change Differ::live(const TransactionMeta& transaction, const Rendering& rendering, const std::optional<Known>& before) const {
  Change change;
  change.visible = rendering.visible;
  change.raw_updated_at = rendering.raw_updated_at;
  change.created_at = rendering.created_at;
  change.alias = rendering.alias;
  change.updated_at = before ? updated_at(transaction, rendering.raw_updated_at, before->raw_updated_at, before->updated_at)
                             : rendering.raw_updated_at;
  const bool fresh = engine::floor_seconds(change.created_at) == engine::floor_seconds(change.updated_at);
  change.feed_action = fresh ? Action::kCreated : Action::kUpdated;
  change.parts = stamped(rendering.parts, change.updated_at);
  return change;
}

engine::Result<std::optional<Change>> Differ::gone(const TransactionMeta& transaction, const Rendering& rendering,
                                                   std::optional<Known>& before) const {
  const bool absent = rendering.state == Rendering::State::kAbsent;
  if (before ? before->tombstone : absent) return std::optional<Change>();
  if (before && (absent || !rendering.alias)) {
    auto completed = complete(*before);
    if (!completed) return completed.take_error();
  }
  Change change;
  change.feed_action = Action::kDeleted;
  change.visible = absent ? before->visible : rendering.visible;
  change.alias = rendering.alias || !before ? rendering.alias : before->alias;
  change.created_at = absent ? before->created_at : rendering.created_at;
  change.raw_updated_at = absent ? before->raw_updated_at : rendering.raw_updated_at;
  change.updated_at = before ? updated_at(transaction, change.raw_updated_at, before->raw_updated_at, before->updated_at)
                             : change.raw_updated_at;
  if (!change.alias) return std::optional<Change>(std::move(change));
  // What an alias tells of the other resource survives; without a rendering, its last form with the new instant.
  change.parts.webhook = rendering.parts.webhook.empty() && before
                             ? replaced(before->webhook_part, quoted(before->updated_at), quoted(change.updated_at))
                             : replaced(rendering.parts.webhook, kUpdatedAtMark, quoted(change.updated_at));
  return std::optional<Change>(std::move(change));
}

engine::Result<std::optional<Differ::Known>> Differ::known(const ResourceKey& key) const {
  if (const auto found = overlay_.find(key); found != overlay_.end()) return std::optional<Known>(found->second);
  auto latest = log_.latest(key);
  if (!latest) return latest.take_error();
  if (!*latest) return std::optional<Known>();
  Known known;
  known.raw_updated_at = (*latest)->raw_updated_at;
  known.updated_at = (*latest)->updated_at;
  known.content_hash = std::move((*latest)->content_hash);
  known.facts_hash = std::move((*latest)->facts_hash);
  known.visible = (*latest)->visible;
  known.tombstone = (*latest)->tombstone;
  known.offset = (*latest)->offset;
  return std::optional<Known>(std::move(known));
}

// Adds what only the stored change holds.
engine::Result<void> Differ::complete(Known& known) const {
  if (!known.offset) return {};
  auto stored = log_.read_one(*known.offset);
  if (!stored) return stored.take_error();
  known.created_at = stored->change.created_at;
  known.alias = std::move(stored->change.alias);
  known.webhook_part = std::move(stored->change.parts.webhook);
  known.offset.reset();
  return {};
}

engine::Result<void> Differ::remember(const Change& change) {
  if (change.note) {
    auto known = this->known(change.key);
    if (!known) return known.take_error();
    (*known)->facts_hash = change.facts_hash;
    overlay_[change.key] = std::move(**known);
    return {};
  }
  Known known;
  known.raw_updated_at = change.raw_updated_at;
  known.updated_at = change.updated_at;
  known.created_at = change.created_at;
  known.content_hash = change.content_hash;
  known.facts_hash = change.tombstone() ? facts_hash(change.facts) : change.facts_hash;
  known.visible = change.visible;
  known.tombstone = change.tombstone();
  known.alias = change.alias;
  if (change.alias) known.webhook_part = change.parts.webhook;
  overlay_[change.key] = std::move(known);
  return {};
}

std::string content_hash(const Rendering& rendering) {
  const auto& parts = rendering.parts;
  std::string head;
  engine::ByteWriter write(head);
  write.big(static_cast<std::uint8_t>(rendering.state));
  write.big(static_cast<std::uint8_t>(rendering.visible.list | rendering.visible.feed << 1 | rendering.visible.webhook << 2));
  write.big(static_cast<std::uint64_t>(rendering.raw_updated_at.time_since_epoch().count()));
  write.big(static_cast<std::uint8_t>(rendering.alias.has_value()));
  if (rendering.alias) write.text(rendering.alias->key.type).text(rendering.alias->key.id);
  for (const auto* part : {&parts.list, &parts.feed, &parts.detail, &parts.sensitive, &parts.webhook, &parts.unredacted}) write.varint(part->size());
  const auto hash = engine::crypto::content_hash({head, parts.list, parts.feed, parts.detail, parts.sensitive, parts.webhook, parts.unredacted});
  return std::string(engine::crypto::bytes_of(hash));
}

EventId event_id(std::string_view source, std::string_view source_transaction, const ResourceKey& webhook_key) {
  std::string told;
  engine::ByteWriter(told).text(source).text(source_transaction).text(webhook_key.type).text(webhook_key.id);
  const auto hash = engine::crypto::sha256(told);
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < 8; ++i) id = id << 8 | hash[i];
  return EventId{id};
}

void sort_snapshot(std::vector<Change>& changes) {
  const auto before = [](const Change& a, const Change& b) {
    const auto at = engine::floor_seconds(a.updated_at), bt = engine::floor_seconds(b.updated_at);
    if (at != bt) return at < bt;
    if (const int order = a.key.type.compare(b.key.type); order != 0) return order < 0;
    if (const int order = compare_ids(a.key.id, b.key.id); order != 0) return order < 0;
    return name(a.feed_action) < name(b.feed_action);
  };
  std::stable_sort(changes.begin(), changes.end(), before);
}

}  // namespace feed
