#include "feed/facts.h"

#include <gtest/gtest.h>

#include "feed/differ.h"
#include "feed/index_keys.h"
#include "tests/feed/log_fixtures.h"

namespace feed {
namespace {

Facts facts(const std::string& section, const std::string& words) {
  Facts out;
  out.add("section", section);
  out.add("hidden", "1", false);
  out.add_words(words);
  out.title = words;
  out.sort();
  return out;
}

TEST(Facts, ReadBackAndRefuseDamage) {
  const auto bytes = encode_facts(facts("News", "Hello AB-12"));
  EXPECT_EQ(decode_facts(bytes).value(), facts("news", "Hello AB-12"));
  for (std::size_t n = 1; n < bytes.size(); ++n) EXPECT_FALSE(decode_facts(bytes.substr(0, n))) << n;
  EXPECT_EQ(encode_facts({}), "");
  EXPECT_EQ(decode_facts("").value(), Facts{});
}

TEST(Facts, AViewAnswersWithoutDecoding) {
  const auto bytes = encode_facts(facts("News", "Hello AB-12"));
  const FactsView view(bytes);
  EXPECT_TRUE(view.has("section", "news"));
  EXPECT_FALSE(view.has("section", "new"));
  EXPECT_EQ(view.first("hidden"), "1");
  EXPECT_TRUE(view.has_word("hel"));
  EXPECT_FALSE(view.has_word("ello"));
  EXPECT_EQ(view.title(), "Hello AB-12");
  EXPECT_FALSE(FactsView("").has("section", "news"));
}

TEST(Facts, WordsAreWholeAndInPieces) {
  EXPECT_EQ(words_of("(\xC3\x89t\xC3\xA9 AB-12)  ab-12"), (std::vector<std::string>{"12", "ab", "ab-12", "ete"}));
  EXPECT_EQ(terms_of(" AB-12, hello! - "), (std::vector<std::string>{"ab-12", "hello"}));
  EXPECT_EQ(words_of(std::string(100, 'a')).at(0).size(), 64u);
  EXPECT_EQ(words_of(std::string(100, '\x8d')).at(0).size(), 64u);
}

TEST(IndexKeys, BytesArePinned) {
  using engine::WallTime;
  const WallTime second{std::chrono::seconds{1}};
  EXPECT_EQ(by_sort_prefix(Site{0}, "entry", Sort::kUpdated) + instant_key(second) + id_key("7"),
            std::string("\0entry\0\1", 8) + std::string("\x80\0\0\0\0\0\0\1", 8) + std::string("\1\0\0\0\0\0\0\0\7", 9));
  EXPECT_EQ(by_key_prefix(Site{0}, "entry", "slug", "a"), std::string("\0entry\0slug\0a\0", 14));
  EXPECT_EQ(by_term_key(Site{0}, "entry", "word", "x"), std::string("\0entry\0word\0\2x", 14));
}

TEST(IndexKeys, OrderIsThatOfInstantsAndNumbers) {
  const auto at = [](std::int64_t s) { return instant_key(engine::WallTime{std::chrono::seconds{s}}); };
  EXPECT_LT(at(-1), at(0));
  EXPECT_LT(at(0), at(1));
  EXPECT_LT(id_key("9"), id_key("10"));
  EXPECT_LT(id_key("10"), id_key("010"));
  for (const char* id : {"0", "7", "999999999999999999", "9999999999999999999", "007", "abc", ""}) EXPECT_EQ(decode_id_key(id_key(id)), id);
  EXPECT_EQ(decode_id_key("\1x"), std::nullopt);
}

Change with_facts(Change change, const Facts& facts) {
  change.facts = encode_facts(facts);
  return change;
}

template <class Kind>
class NotesOverEveryLog : public ::testing::Test {
 protected:
  Kind kind_;
};
TYPED_TEST_SUITE(NotesOverEveryLog, LogKinds);

TYPED_TEST(NotesOverEveryLog, ANoteGivesItsFactsToTheNewestVersionAndIsSeenByNobody) {
  auto& log = this->kind_.log();
  const Change first = with_facts(change("entry", "1", 10), facts("news", "a"));
  ASSERT_TRUE(log.append({&first, 1}, position(1)));
  Change note = with_facts(change("entry", "1", 11), facts("other", "a"));
  note.note = true;
  note.visible = {false, false, false};
  ASSERT_TRUE(log.append({&note, 1}, position(2)));
  EXPECT_EQ(log.high_watermark(), Offset{3});
  const auto latest = log.latest({"entry", "1"}).value().value();
  EXPECT_EQ(latest.offset, Offset{1});
  EXPECT_EQ(latest.facts_hash, facts_hash(note.facts));
  auto stored = log.read_one(Offset{1}).value().change;
  EXPECT_EQ(stored.facts, note.facts);
  stored.facts = first.facts;
  EXPECT_EQ(stored, first);
  std::vector<std::pair<std::uint64_t, bool>> seen;  // offset, newest
  ASSERT_TRUE(log.scan({Offset{1}, Offset{3}}, engine::store::ReadFrom::kAnywhere, [&](const RecordRef& record) {
    seen.emplace_back(record.offset.value, record.superseded_by >= Offset{3});
    return true;
  }));
  EXPECT_EQ(seen, (std::vector<std::pair<std::uint64_t, bool>>{{1, true}, {2, false}}));
}

TYPED_TEST(NotesOverEveryLog, ANoteOfTheSameAppendOrOfAStagedPartMeetsItsResource) {
  auto& log = this->kind_.log();
  Change note = with_facts(change("entry", "1", 11), facts("other", "a"));
  note.note = true;
  const std::vector<Change> staged{with_facts(change("entry", "1", 10), facts("news", "a")), with_facts(change("entry", "2", 10), facts("news", "b"))};
  ASSERT_TRUE(log.append_part(staged));
  ASSERT_TRUE(log.append_part({&note, 1}));
  Change other = note;
  other.key.id = "3";
  const std::vector<Change> last{with_facts(change("entry", "3", 10), facts("news", "c")), other};
  ASSERT_TRUE(log.append(last, position(1)));
  EXPECT_EQ(log.read_one(Offset{1}).value().change.facts, note.facts);
  EXPECT_EQ(log.read_one(log.latest({"entry", "3"}).value().value().offset).value().change.facts, note.facts);
  EXPECT_NE(log.read_one(Offset{2}).value().change.facts, note.facts);
}

TYPED_TEST(NotesOverEveryLog, ANoteOfWhatIsGoneOrUnknownIsWithoutEffect) {
  auto& log = this->kind_.log();
  Change note = with_facts(change("entry", "1", 11), facts("other", "a"));
  note.note = true;
  ASSERT_TRUE(log.append({&note, 1}, position(1)));
  EXPECT_FALSE(log.latest({"entry", "1"}).value());
  const auto gone = tombstone("entry", "1", 12);
  ASSERT_TRUE(log.append({&gone, 1}, position(2)));
  ASSERT_TRUE(log.append({&note, 1}, position(3)));
  EXPECT_TRUE(log.latest({"entry", "1"}).value()->tombstone);
}

Rendering rendering(const std::string& body, const std::string& section) {
  Rendering out;
  out.key = {"entry", "1"};
  out.state = Rendering::State::kLive;
  out.raw_updated_at = at(5);
  out.parts.feed = body;
  out.facts = facts(section, "a");
  return out;
}

TEST(DifferNotes, OnlyFactsChangedIsANoteAndNothingIsNoChange) {
  MemoryChangeLog log;
  Differ differ(log, "s");
  const TransactionMeta meta{Origin::kStream, "t1", at(10), at(10)};
  const auto made = rendering("{}", "news");
  auto changes = differ.diff(meta, {&made, 1}).value();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_FALSE(changes[0].note);
  ASSERT_TRUE(log.append(changes, position(1)));
  differ.committed();
  EXPECT_TRUE(differ.diff(meta, {&made, 1}).value().empty());
  const auto moved = rendering("{}", "other");
  changes = differ.diff(meta, {&moved, 1}).value();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_TRUE(changes[0].note);
  EXPECT_EQ(changes[0].webhook_action, Action::kNone);
  EXPECT_TRUE(differ.diff(meta, {&moved, 1}).value().empty()) << "the overlay knows the note";
  changes = differ.diff(meta, {&made, 1}).value();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_TRUE(changes[0].note);
}

}  // namespace
}  // namespace feed
