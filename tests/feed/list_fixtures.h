#pragma once
// Resources with facts, and lists over them, for the tests of lists.

#include <map>
#include <set>

#include "feed/change_codec.h"
#include "feed/facts.h"
#include "feed/list_reader.h"
#include "tests/feed/log_fixtures.h"

namespace feed {

/// Facts by field; several values of a field stand apart by '|', a field "~name" is not indexed.
struct About {
  std::map<std::string, std::string> fields = {};
  std::string title = {};
  std::string words = {};
};

inline std::string encoded(const About& about) {
  Facts facts;
  for (const auto& [field, values] : about.fields) {
    const bool indexed = field[0] != '~';
    for (std::size_t at = 0; at <= values.size();) {
      const auto end = std::min(values.find('|', at), values.size());
      facts.add(indexed ? field : field.substr(1), values.substr(at, end - at), indexed);
      at = end + 1;
    }
  }
  facts.title = about.title;
  facts.add_words(about.title);
  facts.add_words(about.words);
  facts.sort();
  return encode_facts(facts);
}

inline Change listed(const std::string& id, std::int64_t second, const About& about = {}, const std::string& type = "entry") {
  auto out = change(type, id, second, "v" + std::to_string(second));
  out.parts.list = R"({"id":)" + id + R"(,"v":)" + std::to_string(second) + "}";
  out.facts = encoded(about);
  return out;
}

inline Change note_of(const std::string& id, std::int64_t second, const About& about, const std::string& type = "entry") {
  auto out = change(type, id, second);
  out.note = true;
  out.visible = {false, false, false};
  out.parts = {};
  out.facts = encoded(about);
  return out;
}

inline std::string id_of(std::string_view record) { return std::string(view_change(record).value().id); }

/// A log with a reader of its lists.
class ListStage {
 public:
  explicit ListStage(std::size_t hot_tail_bytes = 8u << 20) : rocks(hot_tail_bytes) { open(); }
  void open() { reader = std::make_unique<ListReader>(rocks.store(), rocks.log(), types); }
  void reopen() {
    reader.reset();
    rocks.reopen();
    open();
  }
  void append(std::vector<Change> changes) {
    auto appended = rocks.log().append(changes, position(++sequence));
    ASSERT_TRUE(appended) << appended.error().detail;
  }
  static ListRequest entries() {
    ListRequest request;
    request.type = "entry";
    request.now = at(100'000);
    return request;
  }
  ListPage page(const ListRequest& request) {
    auto page = reader->page(request);
    EXPECT_TRUE(page) << (page ? "" : page.error().detail);
    return page ? *page : ListPage{};
  }
  /// The ids of a page, by blanks.
  std::string ids(const ListRequest& request) { return ids_of(page(request)); }
  static std::string ids_of(const ListPage& page) {
    std::string out;
    for (const auto& record : page.records) out += (out.empty() ? "" : " ") + id_of(record);
    return out;
  }
  /// The ids of every page from the request on, following next_cursor.
  std::string all(ListRequest request) {
    std::string out;
    for (int i = 0; i < 10'000; ++i) {
      const auto got = page(request);
      const auto ids = ids_of(got);
      out += (out.empty() || ids.empty() ? "" : " ") + ids;
      if (!got.has_more) return out;
      EXPECT_NE(got.next_cursor, request.cursor) << "no progress";
      request.cursor = got.next_cursor;
    }
    ADD_FAILURE() << "no end";
    return out;
  }

  RocksLog rocks;
  TypeTable types{{{"entries", "entry", {}}, {"orders", "order", {}}, {"products", "product", {}}}};
  std::unique_ptr<ListReader> reader;
  std::uint64_t sequence = 0;
};

}  // namespace feed
