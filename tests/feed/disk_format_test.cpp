// The bytes on disk: pinned, and refused where damaged.
#include <gtest/gtest.h>

#include "engine/base/text_codec.h"
#include "feed/change_codec.h"
#include "feed/key_schema.h"
#include "feed/zone_map.h"

namespace feed {
namespace {
using engine::Errc;
using engine::WallTime;
using std::chrono::seconds;
using namespace std::string_literals;

TEST(KeySchema, BytesArePinned) {
  EXPECT_EQ(encode(ChangeKey{Partition{1}, Offset{258}}), "\0\0\0\1\0\0\0\0\0\0\1\2"s);
  EXPECT_EQ(encode(ZoneKey{Partition{1}, Zone{3}}), "\0\0\0\1\0\0\0\0\0\0\0\3"s);
  EXPECT_EQ(latest_key(Site{2}, {"entry", "42"}), "\2entry\0"s + "42");
  EXPECT_EQ(checkpoint_key("crm-sync", "entries"), "crm-sync\0entries"s);
  EXPECT_EQ(meta_key(MetaKey::kLogId), "log_id");
  EXPECT_EQ(meta_key(MetaKey::kCursorKey), "cursor_key");
  EXPECT_EQ(meta_key(MetaKey::kHighWatermark, Partition{1}), "high_watermark\0\0\0\1"s);
  EXPECT_EQ(meta_key(MetaKey::kFirstOffset, Partition{1}), "first_offset\0\0\0\1"s);
  EXPECT_EQ(kFamilies(), (std::vector<std::string>{"changes", "latest", "superseded", "positions", "zones", "meta", "checkpoints", "by_sort", "by_key", "by_term"}));
}

TEST(KeySchema, ByteOrderIsLogOrder) {
  EXPECT_LT(encode(ChangeKey{Partition{1}, Offset{255}}), encode(ChangeKey{Partition{1}, Offset{256}}));
  EXPECT_LT(encode(ChangeKey{Partition{1}, Offset{~0ull}}), encode(ChangeKey{Partition{2}, Offset{0}}));
}

TEST(KeySchema, KeysReadBackAndOtherLengthsAreRefused) {
  const ChangeKey key{Partition{7}, Offset{99}};
  const auto bytes = encode(key);
  EXPECT_EQ(decode_change_key(bytes), key);
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(decode_change_key(bytes.substr(0, n))) << n;
  EXPECT_FALSE(decode_change_key(bytes + "x"));
  EXPECT_EQ(decode_latest_key(latest_key(Site{0}, {"entry", "42"})), (ResourceKey{"entry", "42"}));
  EXPECT_FALSE(decode_latest_key("\2entry"));
}

TEST(KeySchema, OneTypesKeysAreBetweenItsPrefixAndWhatFollows) {
  const auto prefix = latest_prefix(Site{1}, "entry");
  EXPECT_LT(latest_key(Site{1}, {"entry", "\xff\xff"}), after_prefix(prefix));
  EXPECT_GE(latest_key(Site{1}, {"entrytype", "1"}), after_prefix(prefix));
  EXPECT_EQ(after_prefix("a\xff\xff"), "b");
}

Change full_change() {
  Change change;
  change.key = {"variant", "42"};
  change.origin = Origin::kResnapshot;
  change.source_transaction = "0-1-77";
  change.commit_time = WallTime{seconds{100}};
  change.appended_at = WallTime{seconds{101}};
  change.feed_action = Action::kUpdated;
  change.webhook_action = Action::kCreated;
  change.visible = {true, false, true};
  change.updated_at = WallTime{seconds{-1}};
  change.raw_updated_at = WallTime{seconds{99}};
  change.created_at = WallTime{seconds{98}};
  change.event_id = EventId{0x0123456789abcdef};
  change.alias = WebhookAlias{{"product", "7"}};
  change.content_hash = std::string(16, '\xaa');
  change.parts = {R"({"id":42})", R"({"id":42})", R"({"id":42,"body":"x"})", "", R"({"id":7})", R"({"id":9})"};
  change.facts = "facts";
  change.note = true;
  return change;
}

TEST(ChangeCodec, AChangeReadsBackAndEveryProperPrefixIsRefused) {
  const auto record = encode_change(full_change());
  EXPECT_EQ(decode_change(record).value(), full_change());
  for (std::size_t n = 0; n < record.size(); ++n) EXPECT_EQ(view_change(record.substr(0, n)).error().code, Errc::kMalformed) << n;
  EXPECT_EQ(view_change(record + "x").error().code, Errc::kMalformed);
}

TEST(ChangeCodec, BytesArePinned) {
  Change change;
  change.key = {"entry", "1"};
  change.feed_action = Action::kCreated;
  change.webhook_action = Action::kUpdated;
  change.event_id = EventId{255};
  change.parts.feed = change.parts.list = "{}";
  EXPECT_EQ(engine::to_hex(encode_change(change)), "02070121" + std::string(5 * 16, '0') + "00000000000000ff" "05656e747279" "0131" "00" "00" "010100000000" "01" "027b7d" "00");
}

TEST(ChangeCodec, EqualPartsAreStoredOnce) {
  auto change = full_change();
  const std::string text(1000, 'p');
  change.parts = {text, text, text, "", text, text};
  EXPECT_LT(encode_change(change).size(), 1200u);
  EXPECT_EQ(decode_change(encode_change(change)).value(), change);
}

struct BadByte {
  std::string_view name;
  std::size_t at;
  char byte;
  Errc want;
};
class DecodeBadRecord : public ::testing::TestWithParam<BadByte> {};
TEST_P(DecodeBadRecord, IsRefused) {
  auto record = encode_change(full_change());
  record.at(GetParam().at) = GetParam().byte;
  EXPECT_EQ(view_change(record).error().code, GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(ChangeCodec, DecodeBadRecord,
                         ::testing::Values(BadByte{"VersionZero", 0, 0, Errc::kMalformed}, BadByte{"LaterVersion", 0, 3, Errc::kUnsupported},
                                           BadByte{"UnknownFlag", 1, 0x3f, Errc::kMalformed}, BadByte{"OriginZero", 2, 0, Errc::kMalformed},
                                           BadByte{"OriginSix", 2, 6, Errc::kMalformed}, BadByte{"FeedActionFour", 3, 0x14, Errc::kMalformed},
                                           BadByte{"WebhookActionFour", 3, 0x41, Errc::kMalformed},
                                           BadByte{"TypeLongerThanRecord", 52, '\xff', Errc::kMalformed}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(SmallValues, ReadBackAndRefusePrefixes) {
  const LatestEntry latest{{Offset{9}, WallTime{seconds{1}}, WallTime{seconds{2}}, "hash", "facts", {true, false, true}, true}, WallTime{seconds{5}}, WallTime{seconds{3}}, 500, Offset{300}};
  const auto bytes = encode_latest(latest);
  const auto back = decode_latest(bytes).value();
  EXPECT_EQ(back.latest.offset, Offset{9});
  EXPECT_EQ(back.latest.updated_at, WallTime{seconds{2}});
  EXPECT_EQ(back.latest.facts_hash, "facts");
  EXPECT_EQ(back.latest.visible, (Visibility{true, false, true}));
  EXPECT_TRUE(back.latest.tombstone);
  EXPECT_EQ(back.created_at, WallTime{seconds{5}});
  EXPECT_EQ(back.committed_at, WallTime{seconds{3}});
  EXPECT_EQ(back.record_bytes, 500u);
  EXPECT_EQ(back.noted, Offset{300});
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_EQ(decode_latest(bytes.substr(0, n)).error().code, Errc::kMalformed) << n;
  auto earlier = bytes;
  earlier[0] = 3;
  EXPECT_EQ(decode_latest(earlier).error().detail, "latest entry: version 3 is of an earlier build; make the data directory anew");
  const Supersession mark{Offset{300}, WallTime{seconds{4}}, 200};
  EXPECT_EQ(decode_supersession(encode_supersession(mark)).value(), mark);
  EXPECT_EQ(decode_supersession("\1").error().code, Errc::kMalformed);
  const SourcePosition position{"craft", 12, "0-1-12"};
  EXPECT_EQ(decode_position("craft", encode_position(position)).value(), position);
  EXPECT_EQ(decode_position("craft", encode_position(position) + "x").error().code, Errc::kMalformed);
}

TEST(ZoneMap, SummariesReadBackAndRefuseDamage) {
  ZoneSummary zone;
  zone.add("entry", WallTime{seconds{5}}, WallTime{});
  zone.add("order", WallTime{seconds{3}}, WallTime{seconds{9}});
  EXPECT_EQ(zone.newest, WallTime{seconds{9}});
  EXPECT_EQ(zone.types, type_bit("entry") | type_bit("order"));
  const auto bytes = encode_zone(zone);
  EXPECT_EQ(decode_zone(bytes).value(), zone);
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_EQ(decode_zone(bytes.substr(0, n)).error().code, Errc::kMalformed) << n;
}

TEST(ActionsAndEventIds, AreSpelledAsTheContractSpellsThem) {
  EXPECT_EQ(text(EventId{0xab}), "evt_00000000000000ab");
  EXPECT_EQ(name(Action::kCreated), "created");
  EXPECT_EQ(name(Action::kDeleted), "deleted");
}

}  // namespace
}  // namespace feed
