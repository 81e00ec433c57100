// Tokens of lists: what they are bound to, how they are refused, and those of the reference.
#include "engine/base/text_codec.h"
#include "feed/feed_reader.h"
#include "feed/reference_cursor.h"
#include "tests/feed/list_fixtures.h"

namespace feed {
namespace {
using engine::Errc;

class ListCursors : public ::testing::Test {
 protected:
  ListCursors() {
    for (int i = 1; i <= 9; ++i) stage_.append({listed(std::to_string(i), 1000 + i, {{{"section", "news"}, {"~stock", "1"}, {"~note", "abc"}}, "Title", ""})});
    request_.limit = 2;
  }
  ListRequest with(const std::string& cursor) const {
    auto request = request_;
    request.cursor = cursor;
    return request;
  }
  engine::Error refusal(const ListRequest& request) const {
    auto page = stage_.reader->page(request);
    EXPECT_FALSE(page);
    return page ? engine::Error{Errc::kNotFound, ""} : page.error();
  }
  std::string json(const std::string& text) const { return engine::to_base64(text); }
  ListStage stage_;
  ListRequest request_ = ListStage::entries();
};

bool is_token(const std::string& text) {
  return text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos;
}

TEST(ListCursorCodec, ReadsBackAndIsShort) {
  const TypeTable types({{"entries", "entry", {}}, {"orders", "order", {}}});
  const CursorCodec codec(std::string(16, 'L'), engine::Secret(std::string(32, 'k')), types);
  const auto now = at(1'772'618'400);
  const CursorWindow window{Offset{(1ull << 42)}, now};
  const Offset far{(1ull << 42) - (1ull << 27)};
  const std::vector<IncrementalCursor> incremental{{~0u, {far, window, std::nullopt, false}, Offset{far.value - (1ull << 27)}, now},
                                                   {0, {far, window, now, true}, Offset{1}, now},
                                                   {1, {Offset{1}, std::nullopt, at(-7), false}, Offset{1}, now}};
  for (const auto& cursor : incremental) {
    const auto token = codec.encode(cursor);
    EXPECT_LT(token.size(), 64u);
    EXPECT_TRUE(is_token(token));
    EXPECT_EQ(std::get<IncrementalCursor>(codec.decode_list(token, "entries", false, now).value()), cursor);
  }
  for (const auto& id : {"1", "999999999999999999", "a-text", ""}) {
    const FullCursor cursor{7, Offset{1ull << 41}, instant_key(now), id_key(id), now};
    const auto token = codec.encode(cursor);
    EXPECT_LT(token.size(), std::string(id) == "1" ? 64u : 70u);
    EXPECT_EQ(std::get<FullCursor>(codec.decode_list(token, "entries", false, now).value()), cursor) << id;
    EXPECT_EQ(codec.decode(token, now).error().code, Errc::kConflict);
    EXPECT_EQ(codec.position(token).value(), cursor.opened);
  }
}

TEST(ListCursorCodec, EveryFlippedBitAndEveryPrefixIsRefused) {
  const TypeTable types({{"entries", "entry", {}}, {"orders", "order", {}}});
  const CursorCodec codec(std::string(16, 'L'), engine::Secret(std::string(32, 'k')), types);
  const auto now = at(1'772'618'400);
  const std::vector<std::string> tokens{codec.encode(FullCursor{7, Offset{300}, title_key("title"), id_key("12"), now}),
                                        codec.encode(IncrementalCursor{7, {Offset{300}, CursorWindow{Offset{900}, now}, now, false}, Offset{200}, now})};
  for (const auto& token : tokens) {
    const auto bytes = *engine::from_base64url(token);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      auto bad = bytes;
      bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
      EXPECT_FALSE(codec.decode_list(engine::to_base64url(bad), "entries", true, now)) << bit;
    }
    for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(codec.decode_list(engine::to_base64url(bytes.substr(0, n)), "entries", true, now)) << n;
  }
}

TEST_F(ListCursors, OfAFullListAreBoundToTypeOrderAndEveryFilter) {
  request_.conditions = {{"section", "news"}, {"stock", "1", false}};
  const auto token = stage_.page(request_).next_cursor;
  ASSERT_NE(token, "");
  EXPECT_LT(token.size(), 64u);
  auto same = with(token);
  std::swap(same.conditions[0], same.conditions[1]);
  same.conditions[1].value = "NEWS";
  same.limit = 50;
  EXPECT_EQ(stage_.ids(same), "7 6 5 4 3 2 1");
  std::vector<ListRequest> others(9, with(token));
  others[0].type = "order";
  others[1].order.descending = false;
  others[2].order.sort = Sort::kCreated;
  others[3].conditions.pop_back();
  others[4].conditions[0].value = "blog";
  others[5].bounds = {{"stock", 1}};
  others[6].contains = {{{"note"}, "a"}};
  others[7].search = "title";
  others[8].created_from = at(1);
  for (std::size_t i = 0; i < others.size(); ++i) {
    const auto error = refusal(others[i]);
    EXPECT_EQ(error.code, Errc::kConflict) << i;
    EXPECT_EQ(error.detail, kForeignCursor);
  }
}

TEST_F(ListCursors, OfAnIncrementalListAreBoundToTypeAndFiltersButNotToAnOrder) {
  request_.incremental = true;
  request_.conditions = {{"section", "news"}};
  const auto token = stage_.page(request_).next_cursor;
  auto same = with(token);
  same.incremental = false;
  same.order = {Sort::kTitle, false};
  EXPECT_EQ(stage_.ids(same), "3 4");
  auto other = with(token);
  other.type = "order";
  EXPECT_EQ(refusal(other).code, Errc::kConflict);
  other = with(token);
  other.conditions.clear();
  EXPECT_EQ(refusal(other).code, Errc::kConflict);
}

TEST_F(ListCursors, OfAListAndOfChangesAreNotEachOthers) {
  const FeedReader feed(stage_.rocks.log(), stage_.types);
  const auto now = request_.now;
  const auto full = stage_.page(request_);
  request_.incremental = true;
  const auto incremental = stage_.page(request_);
  for (const auto& token : {full.next_cursor, full.resume_cursor, incremental.next_cursor}) {
    PageRequest changes;
    changes.cursor = token;
    changes.now = now;
    const auto refused = feed.page(changes);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kConflict);
    EXPECT_EQ(refused.error().detail, kForeignCursor);
  }
  EXPECT_EQ(refusal(with(feed.latest_cursor(stage_.types.all(), now))).code, Errc::kConflict);
  EXPECT_EQ(feed.changes_behind(incremental.next_cursor).value(), 7u);
  EXPECT_EQ(feed.changes_behind(full.next_cursor).value(), 0u);
}

TEST_F(ListCursors, OfAFullListBesideUpdatedSinceAreAConflict) {
  auto request = with(stage_.page(request_).next_cursor);
  request.since = at(1);
  EXPECT_EQ(refusal(request).code, Errc::kConflict);
}

TEST_F(ListCursors, ExpireAfterSevenDaysAndWithAnotherLog) {
  const auto token = stage_.page(request_).next_cursor;
  auto late = with(token);
  late.now = request_.now + kCursorLifetime;
  EXPECT_EQ(refusal(late).code, Errc::kTimedOut) << "issued at the minute before";
  late.now -= std::chrono::minutes(1);
  EXPECT_TRUE(stage_.reader->page(late));
  ListStage other;
  other.append({listed("1", 1)});
  EXPECT_EQ(other.reader->page(with(token)).error().code, Errc::kExpired);
}

TEST_F(ListCursors, GarbageIsMalformed) {
  request_.counted_cursors = true;
  for (const char* token : {"x", "not base64!", "AAAA", "W10=", "eyJvZmZzZXQiOiJ4In0="}) {
    const auto error = refusal(with(token));
    EXPECT_EQ(error.code, std::string(token) == "eyJvZmZzZXQiOiJ4In0=" ? Errc::kConflict : Errc::kMalformed) << token;
  }
}

TEST_F(ListCursors, TheReferencesOwnStartOverAtTheirUpdatedSince) {
  const std::string tail = R"(,"offset":50,"updatedSince":"1970-01-01T00:16:48Z","snapshotEnd":"1970-01-02T03:46:00Z","issuedAt":"1970-01-02T03:46:00Z"})";
  const auto entries = with(json(R"({"version":1,"mode":"incremental","resource":"entries")" + tail));
  const auto page = stage_.page(entries);
  EXPECT_TRUE(page.incremental);
  EXPECT_EQ(ListStage::ids_of(page), "8 9");
  EXPECT_EQ(page.since, at(1008));
  for (const char* resource : {"orders", "changes", "entry", ""}) {
    EXPECT_EQ(refusal(with(json(R"({"version":1,"mode":"incremental","resource":")" + std::string(resource) + '"' + tail))).code, Errc::kConflict) << resource;
  }
}

TEST_F(ListCursors, TokensThatOnlyCountGoOnAtTheirPlaceWhereTheyAreTaken) {
  const auto token = json(R"({"offset":3})");
  EXPECT_EQ(token, "eyJvZmZzZXQiOjN9");
  EXPECT_EQ(refusal(with(token)).code, Errc::kConflict);
  request_.counted_cursors = true;
  request_.order.descending = false;
  EXPECT_EQ(stage_.ids(with(token)), "4 5");
  EXPECT_EQ(stage_.all(with(token)), "4 5 6 7 8 9");
  EXPECT_EQ(stage_.ids(with(json(R"({"offset":-3})"))), "1 2");
  EXPECT_EQ(stage_.ids(with(json("{}"))), "1 2");
  EXPECT_EQ(stage_.ids(with(json(R"({"offset":99999999})"))), "");
  request_.conditions = {{"section", "news"}};
  EXPECT_EQ(stage_.ids(with(token)), "4 5");
  request_.search = "title";
  EXPECT_EQ(stage_.all(with(token)), "4 5 6 7 8 9");
  auto beside = with(token);
  beside.since = at(1);
  EXPECT_EQ(refusal(beside).code, Errc::kConflict);
}

TEST_F(ListCursors, ATypeOfNoFeedIsListedInBothModes) {
  stage_.append({listed("1", 5, {}, "section"), listed("2", 6, {}, "section"), listed("3", 7, {}, "section")});
  request_.type = "section";
  EXPECT_EQ(stage_.all(request_), "3 2 1");
  const auto page = stage_.page(request_);
  stage_.append({listed("2", 9, {}, "section")});
  EXPECT_EQ(stage_.ids(with(page.resume_cursor)), "2");
  const std::string own = R"({"mode":"incremental","resource":"","snapshotEnd":"1970-01-02T03:46:00Z","issuedAt":"1970-01-02T03:46:00Z"})";
  EXPECT_EQ(refusal(with(json(own))).code, Errc::kConflict) << "it has no name to be meant by";
}

TEST_F(ListCursors, AHugeTitleAsPositionGoesOnWhereItStood) {
  const std::string huge(3000, 't');
  for (const char* id : {"20", "21", "22", "text-id"}) stage_.append({listed(id, 9, {{}, huge, ""})});
  request_.order = {Sort::kTitle, true};
  request_.search = huge.substr(0, 10);
  request_.limit = 1;
  EXPECT_EQ(stage_.all(request_), "text-id 22 21 20");
  request_.search = "";
  EXPECT_TRUE(stage_.all(request_).starts_with("text-id 22 21 20 "));
}

}  // namespace
}  // namespace feed
