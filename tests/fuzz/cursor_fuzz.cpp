// Any token and any facts are refused or read, never crashed on; what was read says the same when it is written again.

#include <cstdint>
#include <cstdlib>

#include "engine/base/text_codec.h"
#include "feed/cursor.h"
#include "feed/facts.h"
#include "feed/index_keys.h"

namespace {

const feed::TypeTable& types() {
  static const feed::TypeTable table({{"products", "product", {}}, {"entries", "entry", {}}});
  return table;
}

const feed::CursorCodec& codec() {
  static const feed::CursorCodec codec(std::string(16, 'L'), engine::Secret(std::string(32, 'k')), types());
  return codec;
}

void need(bool holds) {
  if (!holds) std::abort();
}

void read_token(std::string_view token) {
  const engine::WallTime now{std::chrono::seconds{1'772'618'400}};
  (void)codec().decode(token, now);
  (void)codec().position(token);
  for (const bool counted : {false, true}) {
    const auto decoded = codec().decode_list(token, "products", counted, now);
    if (!decoded) continue;
    if (const auto* full = std::get_if<feed::FullCursor>(&*decoded)) {
      need(std::get<feed::FullCursor>(codec().decode_list(codec().encode(*full), "products", counted, now).value()) == *full);
    }
    if (const auto* incremental = std::get_if<feed::IncrementalCursor>(&*decoded)) {
      need(std::get<feed::IncrementalCursor>(codec().decode_list(codec().encode(*incremental), "products", counted, now).value()) == *incremental);
    }
  }
}

void read_facts(std::string_view bytes) {
  const feed::FactsView view(bytes);
  (void)view.has("section", "news");
  (void)view.first("stock");
  (void)view.has_word("w");
  (void)view.title();
  const auto facts = feed::decode_facts(bytes);
  if (!facts) return;
  need(feed::decode_facts(feed::encode_facts(*facts)).value() == *facts);
  need(view.title() == facts->title);
}

void read_text(std::string_view text) {
  for (const auto& word : feed::words_of(text)) need(word.size() <= 64 && !word.empty());
  (void)feed::terms_of(text);
  if (const auto id = feed::decode_id_key(text)) (void)feed::id_key(*id);
  need(feed::decode_id_key(feed::id_key(text)) == text);
}

}  // namespace

/// The first byte chooses: a token as it is sent, the bytes of a token of ours with a right seal, facts, or a text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'f': read_facts(bytes); break;
    case 't': read_text(bytes); break;
    case 's': read_token(codec().sealed(std::string(bytes))); break;
    default: read_token(bytes);
  }
  return 0;
}
