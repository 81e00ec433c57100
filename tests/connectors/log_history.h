#pragma once
// What a log tells, in forms that can be compared.

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "feed/change_log.h"
#include "feed/facts.h"

namespace test {

inline std::vector<feed::Change> history(const feed::ChangeLog& log, feed::Offset from = feed::Offset{1}) {
  std::vector<feed::Change> all;
  for (;;) {
    auto some = log.read(from, 1u << 20);
    EXPECT_TRUE(some);
    if (!some || some->empty()) return all;
    for (auto& stored : *some) {
      EXPECT_EQ(stored.offset.value, from.value);
      ++from.value;
      all.push_back(std::move(stored.change));
    }
  }
}

/// The newest version of every resource; what notes say has become part of it.
inline std::map<feed::ResourceKey, feed::Change> newest(const feed::ChangeLog& log) {
  std::map<feed::ResourceKey, feed::Change> found;
  for (auto& change : history(log)) {
    auto& known = found[change.key];
    if (change.note) {
      known.facts = std::move(change.facts);
    } else {
      known = std::move(change);
    }
  }
  return found;
}

inline std::string named(const feed::Change& change) {
  return change.key.type + " " + change.key.id + " " + std::string(feed::name(change.feed_action)) + " of " + change.source_transaction;
}

/// The texts without the instants of their last update, which a stream may take from the commit and a snapshot from the row.
inline std::string undated(std::string text) {
  for (const std::string_view key : {"\"updatedAt\":\"", "\"dateUpdated\":\""}) {
    for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at)) {
      at += key.size();
      text.erase(at, text.find('"', at) - at);
    }
  }
  return text;
}

inline std::string facts_of(const feed::Change& change) {
  const auto facts = feed::decode_facts(change.facts);
  if (!facts) return "\nfacts: " + facts.error().detail;
  std::string out = "\n" + facts->title + ":";
  for (const auto& fact : facts->fields) out.append(" ").append(fact.field).append(fact.indexed ? "=" : "~").append(fact.value);
  for (const auto& word : facts->words) out.append(" ").append(word);
  return out;
}

inline std::string content(const feed::Change& change) {
  if (change.tombstone()) return "gone";
  return undated(change.parts.list + "\n" + change.parts.feed + "\n" + change.parts.detail + "\n" + change.parts.sensitive + "\n" + change.parts.unredacted + "\n" +
                 change.parts.webhook) +
         (change.visible.feed ? "" : "\nnot in the feed") + facts_of(change);
}

/// The same living documents, whatever came before. Names what differs, at most five.
inline void expect_same_documents(const feed::ChangeLog& expected, const feed::ChangeLog& actual) {
  const auto wanted = newest(expected), found = newest(actual);
  std::size_t told = 0;
  for (const auto& [key, change] : wanted) {
    if (change.tombstone() || told > 5) continue;
    const auto ours = found.find(key);
    const auto text = ours == found.end() ? "nothing" : content(ours->second);
    if (text != content(change)) ++told;
    EXPECT_EQ(text, content(change)) << key.type << " " << key.id;
  }
  for (const auto& [key, change] : found) {
    if (change.tombstone() || told > 5) continue;
    const auto theirs = wanted.find(key);
    const bool lives = theirs != wanted.end() && !theirs->second.tombstone();
    if (!lives) ++told;
    EXPECT_TRUE(lives) << named(change) << " should be gone";
  }
}

/// One transaction changes a resource once, and no change repeats the version before it.
inline void expect_nothing_doubled(const feed::ChangeLog& log) {
  std::set<std::pair<std::string, feed::ResourceKey>> seen;
  std::map<feed::ResourceKey, std::string> last;
  for (const auto& change : history(log)) {
    EXPECT_TRUE(seen.insert({change.source_transaction, change.key}).second) << named(change) << " twice";
    if (change.note) continue;  // its facts stand in the version before it already
    auto& before = last[change.key];
    EXPECT_NE(before, change.content_hash + (change.tombstone() ? "gone" : "")) << named(change) << " says nothing new";
    before = change.content_hash + (change.tombstone() ? "gone" : "");
  }
}

/// The same changes in the same order: key, action, transaction, event, instants and bytes.
inline void expect_same_history(const feed::ChangeLog& expected, const feed::ChangeLog& actual) {
  const auto wanted = history(expected), found = history(actual);
  EXPECT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < std::min(wanted.size(), found.size()); ++i) {
    auto theirs = wanted[i], ours = found[i];
    theirs.appended_at = ours.appended_at = {};
    if (theirs.origin == feed::Origin::kSnapshot) theirs.source_transaction = ours.source_transaction, theirs.event_id = ours.event_id;
    ASSERT_TRUE(ours == theirs) << "offset " << i + 1 << ": " << named(ours) << " instead of " << named(theirs);
  }
}

}  // namespace test
