#include "feed/cursor.h"

#include <gtest/gtest.h>

#include "engine/base/text_codec.h"

namespace feed {
namespace {
using engine::Errc;
using engine::WallTime;

WallTime at(std::int64_t second) { return WallTime{std::chrono::seconds{second}}; }
constexpr std::int64_t kNow = 1772618400;  // a whole minute

class Cursors : public ::testing::Test {
 protected:
  FeedCursor widest() const { return {0xffffffff, Offset{(1ull << 42) - 1}, CursorWindow{Offset{(1ull << 43) - 2}, at(kNow)}, at(-5), true, at(kNow)}; }
  Errc refusal(const std::string& token) const {
    auto decoded = codec_.decode(token, at(kNow + 60));
    EXPECT_FALSE(decoded) << token;
    return decoded ? Errc::kNotFound : decoded.error().code;
  }
  Errc refused_json(const std::string& json) const { return refusal(engine::to_base64(json)); }
  TypeTable types_{{{"products", "product", {"product"}}, {"entries", "entry", {}}}};
  CursorCodec codec_{std::string(16, 'L'), engine::Secret(std::string(32, 'k')), types_};
};

TEST_F(Cursors, ReadBackAndAreShort) {
  const FeedCursor small{3, Offset{1}, std::nullopt, std::nullopt, false, at(kNow)};
  for (const auto& cursor : {widest(), small}) {
    const auto token = codec_.encode(cursor);
    EXPECT_LT(token.size(), 64u);
    EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), std::string::npos);
    EXPECT_EQ(codec_.decode(token, at(kNow)).value().cursor, cursor);
  }
}

TEST_F(Cursors, EveryFlippedBitAndEveryPrefixIsRefused) {
  const auto bytes = *engine::from_base64url(codec_.encode(widest()));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    auto bad = bytes;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(codec_.decode(engine::to_base64url(bad), at(kNow))) << bit;
  }
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_EQ(refusal(engine::to_base64url(bytes.substr(0, n))), Errc::kMalformed) << n;
}

TEST_F(Cursors, ExpireAfterSevenDays) {
  const auto token = codec_.encode(widest());
  EXPECT_TRUE(codec_.decode(token, at(kNow + 604800)));
  EXPECT_EQ(codec_.decode(token, at(kNow + 604801)).error().code, Errc::kTimedOut);
}

TEST_F(Cursors, OnceKnownGrowOldAllTheSameAndAreOfNoUseElsewhere) {
  const auto token = codec_.encode(widest());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(codec_.decode(token, at(kNow)).value().cursor, widest());
  EXPECT_EQ(codec_.decode(token, at(kNow + 604801)).error().code, Errc::kTimedOut);
  auto bytes = *engine::from_base64url(token);
  bytes[8] = static_cast<char>(bytes[8] ^ 1);  // the same seal, hence the same place
  EXPECT_FALSE(codec_.decode(engine::to_base64url(bytes), at(kNow)));
  const CursorCodec other_key(std::string(16, 'L'), engine::Secret(std::string(32, 'K')), types_);
  EXPECT_FALSE(other_key.decode(token, at(kNow)));
  const CursorCodec other_log(std::string(16, 'M'), engine::Secret(std::string(32, 'K')), types_);
  EXPECT_EQ(other_log.decode(token, at(kNow)).error().code, Errc::kExpired);
  EXPECT_EQ(codec_.decode(token, at(kNow)).value().cursor, widest());
}

TEST_F(Cursors, ManyAreReadBackWhereverTheirPlacesAre) {
  std::vector<std::pair<std::string, FeedCursor>> all;
  for (std::uint64_t i = 1; i <= 1000; ++i) {
    const FeedCursor cursor{3, Offset{i}, std::nullopt, std::nullopt, false, at(kNow)};
    all.emplace_back(codec_.encode(cursor), cursor);
  }
  for (int pass = 0; pass < 2; ++pass) {
    for (const auto& [token, cursor] : all) ASSERT_EQ(codec_.decode(token, at(kNow)).value().cursor, cursor);
  }
}

TEST_F(Cursors, OfAnotherLogAreExpired) {
  const CursorCodec other(std::string(16, 'M'), engine::Secret(std::string(32, 'j')), types_);
  EXPECT_EQ(refusal(other.encode(widest())), Errc::kExpired);
}

TEST_F(Cursors, GarbageIsMalformedWithTheContractsMessage) {
  for (const char* token : {"x", "not base64!", "AAAA", "W10="}) EXPECT_EQ(refusal(token), Errc::kMalformed) << token;
  EXPECT_EQ(codec_.decode("x", at(kNow)).error().detail, "Invalid cursor; expected opaque incremental checkpoint token.");
}

const std::string kTimes = R"("snapshotEnd":"2026-03-04T10:00:00Z","issuedAt":"2026-03-04T10:00:00Z")";
std::string reference(const std::string& head, const std::string& tail = kTimes) { return R"({"mode":"incremental","resource":"changes")" + head + "," + tail + "}"; }

TEST_F(Cursors, TheReferencesOwnRestartAtWhatTheyCarry) {
  auto token = engine::to_base64(reference(R"(,"version":1,"offset":2,"updatedSince":"2026-03-02T11:12:13Z","types":["entries"])"));
  const auto restart = codec_.decode(token, at(kNow)).value().restart;
  ASSERT_TRUE(restart);
  EXPECT_EQ(restart->types, 2u);
  EXPECT_EQ(engine::rfc3339(*restart->since), "2026-03-02T11:12:13Z");
  while (token.back() == '=') token.pop_back();
  EXPECT_TRUE(codec_.decode(token, at(kNow)));
  EXPECT_EQ(codec_.decode(engine::to_base64(reference("")), at(kNow)).value().restart->types, types_.all());
}

TEST_F(Cursors, TheReferencesOwnAreCheckedInTheContractsOrder) {
  EXPECT_EQ(refused_json("[1]"), Errc::kMalformed);
  EXPECT_EQ(refused_json(R"({"offset":50})"), Errc::kConflict);
  EXPECT_EQ(refused_json(R"({"mode":"incremental","resource":"orders",)" + kTimes + "}"), Errc::kConflict);
  EXPECT_EQ(refused_json(reference(R"(,"version":2,"updatedSince":"bad")")), Errc::kUnsupported);
  EXPECT_EQ(refused_json(reference(R"(,"updatedSince":"bad")")), Errc::kMalformed);
  EXPECT_EQ(refused_json(reference("", R"("issuedAt":"2026-03-04T10:00:00Z")")), Errc::kMalformed);
  EXPECT_EQ(refused_json(reference("", R"("snapshotEnd":"2026-03-04T10:00:00Z")")), Errc::kMalformed);
  EXPECT_EQ(refused_json(reference(R"(,"types":["bogus"])", R"("snapshotEnd":"2026-01-04T10:00:00Z","issuedAt":"2026-01-04T10:00:00Z")")), Errc::kTimedOut);
  const auto bogus = codec_.decode(engine::to_base64(reference(R"(,"types":["bogus"])")), at(kNow));
  EXPECT_EQ(bogus.error().detail, "Invalid `types` value(s): bogus. Allowed values: products, entries.");
}

}  // namespace
}  // namespace feed
