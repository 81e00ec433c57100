#include "feed/change_codec.h"

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace feed {
namespace {

using engine::ByteCursor;
using engine::ByteWriter;
using engine::Errc;
using engine::WallTime;

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kRecordVersion = 2;  // 1 had five parts and no facts; it was never released
constexpr std::uint8_t kLatestVersion = 4;  // 1 to 3 lacked the facts' hash, the newest note, the creation; they were never released
constexpr std::uint8_t kListBit = 1, kFeedBit = 2, kWebhookBit = 4, kAliasBit = 8, kTombstoneBit = 16, kNoteBit = 16;

std::uint64_t wire(WallTime t) { return static_cast<std::uint64_t>(t.time_since_epoch().count()); }
WallTime time_of(std::uint64_t v) { return WallTime{std::chrono::microseconds{static_cast<std::int64_t>(v)}}; }

std::uint8_t bits(const Visibility& visible) {
  return static_cast<std::uint8_t>((visible.list ? kListBit : 0) | (visible.feed ? kFeedBit : 0) | (visible.webhook ? kWebhookBit : 0));
}
Visibility visibility(std::uint8_t bits) { return {(bits & kListBit) != 0, (bits & kFeedBit) != 0, (bits & kWebhookBit) != 0}; }

// Reads the version byte; an empty input or version 0 is damage, a greater version is of later days.
engine::Result<void> check_version(ByteCursor& in, const char* what, std::uint8_t ours = kVersion) {
  const auto version = in.big<std::uint8_t>();
  if (version == ours) return {};
  if (version > ours) return engine::fail(Errc::kUnsupported, std::string(what) + ": version " + std::to_string(version));
  if (version == 0) return engine::fail(Errc::kMalformed, std::string(what) + ": no version");
  return engine::fail(Errc::kMalformed, std::string(what) + ": version " + std::to_string(version) + " is of an earlier build; make the data directory anew");
}

engine::Result<void> check_end(const ByteCursor& in, const char* what) {
  if (in.ok() && in.at_end()) return {};
  return engine::fail(Errc::kMalformed, std::string(what) + (in.ok() ? ": bytes after the end" : ": ends early"));
}

constexpr std::size_t kPartCount = 6;

// Each part as the number of the stored text it equals, counted from 1; 0 is an empty part.
struct PartSlots {
  std::array<std::uint8_t, kPartCount> slot{};
  std::array<std::string_view, kPartCount> texts;
  std::uint8_t count = 0;
};

PartSlots share(const Parts& parts) {
  PartSlots out;
  const std::array<std::string_view, kPartCount> all{parts.list, parts.feed, parts.detail, parts.sensitive, parts.webhook, parts.unredacted};
  for (std::size_t i = 0; i < kPartCount; ++i) {
    if (all[i].empty()) continue;
    std::uint8_t at = 0;
    while (at < out.count && out.texts[at] != all[i]) ++at;
    if (at == out.count) out.texts[out.count++] = all[i];
    out.slot[i] = static_cast<std::uint8_t>(at + 1);
  }
  return out;
}

void read_parts(ByteCursor& in, ChangeView& view, bool& good) {
  std::array<std::uint8_t, kPartCount> slot{};
  for (auto& s : slot) s = in.big<std::uint8_t>();
  const auto count = in.big<std::uint8_t>();
  if (count > kPartCount) good = false;
  std::array<std::string_view, kPartCount + 1> texts{};
  for (std::uint8_t i = 1; good && i <= count; ++i) texts[i] = in.text();
  const std::array<std::string_view*, kPartCount> parts{&view.list, &view.feed, &view.detail, &view.sensitive, &view.webhook, &view.unredacted};
  for (std::size_t i = 0; i < kPartCount; ++i) {
    if (slot[i] > count) {
      good = false;
      return;
    }
    *parts[i] = texts[slot[i] > kPartCount ? 0 : slot[i]];
  }
}

bool valid_origin(std::uint8_t v) { return v >= static_cast<std::uint8_t>(Origin::kStream) && v <= static_cast<std::uint8_t>(Origin::kResnapshot); }
bool valid_action(unsigned v) { return v <= static_cast<unsigned>(Action::kDeleted); }

}  // namespace

std::string encode_change(const Change& change) {
  const auto& parts = change.parts;
  std::string out;
  out.reserve(160 + change.facts.size() + parts.list.size() + parts.feed.size() + parts.detail.size() + parts.sensitive.size() + parts.webhook.size() +
              parts.unredacted.size());
  ByteWriter write(out);
  write.big(kRecordVersion).big(static_cast<std::uint8_t>(bits(change.visible) | (change.alias ? kAliasBit : 0) | (change.note ? kNoteBit : 0)));
  write.big(static_cast<std::uint8_t>(change.origin));
  write.big(static_cast<std::uint8_t>(static_cast<unsigned>(change.feed_action) | static_cast<unsigned>(change.webhook_action) << 4));
  write.big(wire(change.commit_time)).big(wire(change.appended_at)).big(wire(change.updated_at));
  write.big(wire(change.raw_updated_at)).big(wire(change.created_at)).big(change.event_id.value);
  write.text(change.key.type).text(change.key.id).text(change.source_transaction).text(change.content_hash);
  if (change.alias) write.text(change.alias->key.type).text(change.alias->key.id);
  const auto shared = share(parts);
  for (auto slot : shared.slot) write.big(slot);
  write.big(shared.count);
  for (std::uint8_t i = 0; i < shared.count; ++i) write.text(shared.texts[i]);
  write.text(change.facts);
  return out;
}

engine::Result<ChangeView> view_change(std::string_view record) {
  ByteCursor in(record);
  auto version = check_version(in, "change record", kRecordVersion);
  if (!version) return version.take_error();
  ChangeView view;
  const auto flags = in.big<std::uint8_t>();
  const auto origin = in.big<std::uint8_t>();
  const auto actions = in.big<std::uint8_t>();
  view.visible = visibility(flags);
  view.origin = static_cast<Origin>(origin);
  view.feed_action = static_cast<Action>(actions & 15);
  view.webhook_action = static_cast<Action>(actions >> 4);
  view.commit_time = time_of(in.big<std::uint64_t>());
  view.appended_at = time_of(in.big<std::uint64_t>());
  view.updated_at = time_of(in.big<std::uint64_t>());
  view.raw_updated_at = time_of(in.big<std::uint64_t>());
  view.created_at = time_of(in.big<std::uint64_t>());
  view.event_id = EventId{in.big<std::uint64_t>()};
  view.type = in.text();
  view.id = in.text();
  view.source_transaction = in.text();
  view.content_hash = in.text();
  view.has_alias = (flags & kAliasBit) != 0;
  view.note = (flags & kNoteBit) != 0;
  if (view.has_alias) {
    view.alias_type = in.text();
    view.alias_id = in.text();
  }
  bool good = flags < 2 * kNoteBit && valid_origin(origin) && valid_action(actions & 15) && valid_action(actions >> 4);
  read_parts(in, view, good);
  view.facts = in.text();
  if (!good && in.ok()) return engine::fail(Errc::kMalformed, "change record: value out of range");
  auto end = check_end(in, "change record");
  if (!end) return end.take_error();
  return view;
}

Change to_change(const ChangeView& view) {
  Change out;
  out.key = {std::string(view.type), std::string(view.id)};
  out.origin = view.origin;
  out.source_transaction = view.source_transaction;
  out.commit_time = view.commit_time;
  out.appended_at = view.appended_at;
  out.feed_action = view.feed_action;
  out.webhook_action = view.webhook_action;
  out.visible = view.visible;
  out.updated_at = view.updated_at;
  out.raw_updated_at = view.raw_updated_at;
  out.created_at = view.created_at;
  out.event_id = view.event_id;
  if (view.has_alias) out.alias = WebhookAlias{{std::string(view.alias_type), std::string(view.alias_id)}};
  out.content_hash = view.content_hash;
  out.facts = view.facts;
  out.note = view.note;
  out.parts = {std::string(view.list),      std::string(view.feed),    std::string(view.detail),
               std::string(view.sensitive), std::string(view.webhook), std::string(view.unredacted)};
  return out;
}

engine::Result<Change> decode_change(std::string_view record) {
  auto view = view_change(record);
  if (!view) return view.take_error();
  return to_change(*view);
}

std::string encode_latest(const LatestEntry& entry) {
  const Latest& latest = entry.latest;
  std::string out;
  ByteWriter write(out);
  write.big(kLatestVersion).big(static_cast<std::uint8_t>(bits(latest.visible) | (latest.tombstone ? kTombstoneBit : 0)));
  write.big(latest.offset.value).big(wire(latest.raw_updated_at)).big(wire(latest.updated_at)).big(wire(entry.created_at)).big(wire(entry.committed_at));
  write.varint(entry.record_bytes).text(latest.content_hash).text(latest.facts_hash).varint(entry.noted.value);
  return out;
}

engine::Result<LatestEntry> decode_latest(std::string_view bytes) {
  ByteCursor in(bytes);
  auto version = check_version(in, "latest entry", kLatestVersion);
  if (!version) return version.take_error();
  LatestEntry entry;
  const auto flags = in.big<std::uint8_t>();
  entry.latest.visible = visibility(flags);
  entry.latest.tombstone = (flags & kTombstoneBit) != 0;
  entry.latest.offset = Offset{in.big<std::uint64_t>()};
  entry.latest.raw_updated_at = time_of(in.big<std::uint64_t>());
  entry.latest.updated_at = time_of(in.big<std::uint64_t>());
  entry.created_at = time_of(in.big<std::uint64_t>());
  entry.committed_at = time_of(in.big<std::uint64_t>());
  entry.record_bytes = in.varint();
  entry.latest.content_hash = in.text();
  entry.latest.facts_hash = in.text();
  entry.noted = Offset{in.varint()};
  auto end = check_end(in, "latest entry");
  if (!end) return end.take_error();
  return entry;
}

std::string encode_supersession(const Supersession& entry) {
  std::string out;
  ByteWriter(out).big(kVersion).big(entry.by.value).big(wire(entry.committed_at)).varint(entry.record_bytes);
  return out;
}

engine::Result<Supersession> decode_supersession(std::string_view bytes) {
  ByteCursor in(bytes);
  auto version = check_version(in, "supersession");
  if (!version) return version.take_error();
  Supersession entry;
  entry.by = Offset{in.big<std::uint64_t>()};
  entry.committed_at = time_of(in.big<std::uint64_t>());
  entry.record_bytes = in.varint();
  auto end = check_end(in, "supersession");
  if (!end) return end.take_error();
  return entry;
}

std::string encode_position(const SourcePosition& position) {
  std::string out;
  ByteWriter(out).big(kVersion).big(position.sequence).text(position.token);
  return out;
}

engine::Result<SourcePosition> decode_position(std::string source, std::string_view bytes) {
  ByteCursor in(bytes);
  auto version = check_version(in, "source position");
  if (!version) return version.take_error();
  SourcePosition position;
  position.source = std::move(source);
  position.sequence = in.big<std::uint64_t>();
  position.token = in.text();
  auto end = check_end(in, "source position");
  if (!end) return end.take_error();
  return position;
}

}  // namespace feed
