// What does the first page of a search cost, by how common its word is?
#include "bench/search.h"

#include <rocksdb/db.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include "app/surfaces/craft_agents/feed_types.h"
#include "bench/sample_entries.h"
#include "feed/change_codec.h"
#include "feed/list_reader.h"

namespace bench {
namespace {

using engine::Result;

constexpr std::size_t kPage = 50;
constexpr std::size_t kGathered = 4000;

// The least that answers the same: words, and documents in the order of their updates. Rare words are gathered and put in order; with common ones
// the newest documents are read until the page is full.
class BareSearch {
 public:
  Result<void> open(const std::string& directory, std::size_t count) {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* opened = nullptr;
    if (!rocksdb::DB::Open(options, directory, &opened).ok()) return engine::fail(engine::Errc::kUnavailable, "the bare store did not open");
    db_.reset(opened);
    const std::string body(500, 't');
    for (std::uint64_t id = 1; id <= count; ++id) {
      std::string marks;
      for (const auto word : {kHalf, kSome, kRare}) {
        if (!has_word(word, id)) continue;
        if (!db_->Put({}, "w" + std::string(word) + key(id), "").ok()) return engine::fail(engine::Errc::kUnavailable, "bare put");
        marks.append(" ").append(word);
      }
      if (!db_->Put({}, "d" + key(id), marks + '\0' + body).ok()) return engine::fail(engine::Errc::kUnavailable, "bare put");
    }
    return engine::ok();
  }

  std::size_t page(std::string_view word) const {
    std::vector<std::string> ids;
    const std::string prefix = "w" + std::string(word);
    std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator({}));
    for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix) && ids.size() <= kGathered; it->Next()) {
      ids.push_back(it->key().ToString().substr(prefix.size()));
    }
    std::vector<std::string> found;
    if (ids.size() <= kGathered) {
      std::sort(ids.begin(), ids.end(), std::greater<>());
      std::string document;
      for (std::size_t i = 0; i < ids.size() && found.size() <= kPage; ++i) {
        if (db_->Get({}, "d" + ids[i], &document).ok()) found.push_back(document);
      }
    } else {
      for (it->SeekForPrev("e"); it->Valid() && it->key().starts_with("d") && found.size() <= kPage; it->Prev()) {
        const auto document = it->value().ToStringView();
        if (document.substr(0, document.find('\0')).find(word) != std::string_view::npos) found.emplace_back(document);
      }
    }
    return std::min(found.size(), kPage);
  }

 private:
  static std::string key(std::uint64_t id) {
    auto digits = std::to_string(id);
    return std::string(12 - digits.size(), '0') + digits;
  }
  std::unique_ptr<rocksdb::DB> db_;
};

struct Folder {
  Folder() {
    path = (std::filesystem::temp_directory_path() / "millrace-bench-XXXXXX").string();
    if (!mkdtemp(path.data())) path.clear();
  }
  ~Folder() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> search(const Settings& settings) {
  pin_to_core(0);
  const auto count = static_cast<std::size_t>(100'000 * settings.scale);
  auto sample = SampleLog::create();
  if (!sample) return sample.take_error();
  if (auto filled = append_entries((*sample)->log(), count); !filled) return filled.take_error();
  const Folder folder;
  BareSearch bare;
  if (auto opened = bare.open(folder.path + "/bare", count); !opened) return opened.take_error();
  settle();
  const auto types = app::craft_agents::feed_types();
  const feed::ListReader reader((*sample)->store(), (*sample)->log(), types);
  std::vector<std::pair<std::string, Report>> lines;
  for (const auto word : {kHalf, kSome, kRare}) {
    feed::ListRequest request;
    request.type = "entry";
    request.search = word;
    request.now = (*sample)->timers().wall_now();
    Report report;
    report.unit = "cpu_ms/page";
    for (int i = 0; i < settings.rounds; ++i) {
      constexpr int kRepeats = 20;
      Round round;
      std::size_t mine = 0, bares = 0;
      double before = cpu_seconds();
      for (int n = 0; n < kRepeats; ++n) {
        const auto page = reader.page(request);
        if (!page) return engine::fail(page.error().code, page.error().detail);
        mine += page->records.size();
      }
      round.product = (cpu_seconds() - before) * 1000 / kRepeats;
      before = cpu_seconds();
      for (int n = 0; n < kRepeats; ++n) bares += bare.page(word);
      round.ceiling = (cpu_seconds() - before) * 1000 / kRepeats;
      if (mine != bares || mine != kRepeats * kPage) return engine::fail(engine::Errc::kMalformed, "the pages differ");
      report.rounds.push_back(round);
    }
    lines.emplace_back("_" + std::string(word), report);
  }
  return lines;
}

}  // namespace bench
