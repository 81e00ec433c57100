#include "bench/sample_entries.h"

#include "feed/facts.h"

namespace bench {

engine::Result<void> append_entries(feed::RocksChangeLog& log, std::size_t count) {
  std::vector<feed::Change> batch;
  std::uint64_t sequence = 0;
  for (std::uint64_t id = 1; id <= count; ++id) {
    feed::Change change;
    change.key = {"entry", std::to_string(id)};
    change.source_transaction = "0-1-" + change.key.id;
    change.created_at = change.commit_time = change.appended_at = change.updated_at = change.raw_updated_at =
        engine::WallTime{std::chrono::seconds{1'700'000'000 + static_cast<std::int64_t>(id)}};
    change.feed_action = feed::Action::kCreated;
    change.content_hash.assign(16, 'h');
    change.parts.feed = change.parts.list = change.parts.detail = "{\"id\":" + change.key.id + ",\"title\":\"" + std::string(400, 't') + "\"}";
    feed::Facts facts;
    facts.add("status", "live");
    facts.add("section", id % 10 == 0 ? "news" : "blog");
    facts.title = "entry " + change.key.id;
    facts.add_words(facts.title);
    for (const auto word : {kHalf, kSome, kRare}) {
      if (has_word(word, id)) facts.add_words(word);
    }
    facts.sort();
    change.facts = feed::encode_facts(facts);
    batch.push_back(std::move(change));
    if (batch.size() < 1000 && id < count) continue;
    auto appended = log.append(batch, {"bench", ++sequence, "t"});
    if (!appended) return appended.take_error();
    batch.clear();
  }
  return engine::ok();
}

}  // namespace bench
