#include "feed/facts.h"

#include <algorithm>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"
#include "engine/base/fold.h"
#include "engine/crypto/digest.h"
#include "engine/crypto/hmac.h"

namespace feed {
namespace {

using engine::ByteCursor;

constexpr std::size_t kLongestWord = 64;
constexpr std::size_t kMostWords = 256;

bool is_letter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || byte >= 0x80;
}
bool is_blank(char c) { return static_cast<unsigned char>(c) <= ' '; }

// Never cuts a character in two.
std::string cut(std::string_view word) {
  if (word.size() > kLongestWord) {
    std::size_t end = kLongestWord;
    while (end > 0 && (static_cast<unsigned char>(word[end]) & 0xC0) == 0x80) --end;
    word = word.substr(0, end > 0 ? end : kLongestWord);  // what is no UTF-8 may be nothing but continuations
  }
  return std::string(word);
}

std::string_view stripped(std::string_view word) {
  while (!word.empty() && !is_letter(word.front())) word.remove_prefix(1);
  while (!word.empty() && !is_letter(word.back())) word.remove_suffix(1);
  return word;
}

template <class Is>
std::vector<std::string_view> pieces(std::string_view text, Is divides) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    while (at < text.size() && divides(text[at])) ++at;
    const auto begin = at;
    while (at < text.size() && !divides(text[at])) ++at;
    if (at > begin) out.push_back(text.substr(begin, at - begin));
  }
  return out;
}

void tidy(std::vector<std::string>& words) {
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  if (words.size() > kMostWords) words.resize(kMostWords);
}

// Calls for each field until `visit` says false; then the words are not read.
template <class Visit>
ByteCursor each_field(std::string_view bytes, Visit visit) {
  ByteCursor in(bytes);
  const auto count = in.varint();
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const bool indexed = in.big<std::uint8_t>() != 0;
    const auto field = in.text();
    const auto value = in.text();
    if (in.ok() && !visit(field, value, indexed)) break;
  }
  return in;
}

}  // namespace

void Facts::add(std::string_view field, std::string_view value, bool indexed) {
  fields.push_back({std::string(field), engine::folded(value), indexed});
}

void Facts::add_words(std::string_view text) {
  auto more = words_of(text);
  words.insert(words.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

void Facts::sort() {
  std::sort(fields.begin(), fields.end());
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
  tidy(words);
}

std::vector<std::string> words_of(std::string_view text) {
  const auto flat = engine::folded(text);
  std::vector<std::string> out;
  for (const auto piece : pieces(flat, is_blank)) {
    const auto word = stripped(piece);
    if (word.empty()) continue;
    out.push_back(cut(word));
    const auto inner = pieces(word, [](char c) { return !is_letter(c); });
    if (inner.size() < 2) continue;
    for (const auto part : inner) out.push_back(cut(part));
  }
  tidy(out);
  return out;
}

std::vector<std::string> terms_of(std::string_view text) {
  const auto flat = engine::folded(text);
  std::vector<std::string> out;
  for (const auto piece : pieces(flat, is_blank)) {
    if (const auto word = stripped(piece); !word.empty()) out.push_back(cut(word));
  }
  tidy(out);
  return out;
}

std::string encode_facts(const Facts& facts) {
  if (facts.empty()) return {};
  std::string out;
  engine::ByteWriter write(out);
  write.varint(facts.fields.size());
  for (const auto& fact : facts.fields) write.big(static_cast<std::uint8_t>(fact.indexed)).text(fact.field).text(fact.value);
  write.varint(facts.words.size());
  for (const auto& word : facts.words) write.text(word);
  write.text(facts.title);
  return out;
}

engine::Result<FactsRef> refer_to_facts(std::string_view bytes) {
  FactsRef facts;
  if (bytes.empty()) return facts;
  auto in = each_field(bytes, [&](std::string_view field, std::string_view value, bool indexed) {
    facts.fields.push_back({field, value, indexed});
    return true;
  });
  const auto words = in.varint();
  if (words <= in.remaining()) facts.words.reserve(words);
  for (std::uint64_t i = 0; i < words && in.ok(); ++i) facts.words.push_back(in.text());
  facts.title = in.text();
  if (!in.ok() || !in.at_end()) return engine::fail(engine::Errc::kMalformed, "facts: damaged");
  return facts;
}

engine::Result<Facts> decode_facts(std::string_view bytes) {
  auto found = refer_to_facts(bytes);
  if (!found) return found.take_error();
  Facts facts;
  for (const auto& [field, value, indexed] : found->fields) facts.fields.push_back({std::string(field), std::string(value), indexed});
  facts.words.assign(found->words.begin(), found->words.end());
  facts.title = found->title;
  return facts;
}

std::string facts_hash(std::string_view encoded) {
  const auto hash = engine::crypto::content_hash({encoded});
  return std::string(engine::crypto::bytes_of(hash).substr(0, 8));
}

bool FactsView::has(std::string_view wanted, std::string_view value) const {
  bool found = false;
  each_field(bytes_, [&](std::string_view field, std::string_view stored, bool) {
    found = field == wanted && stored == value;
    return !found;
  });
  return found;
}

std::string_view FactsView::first(std::string_view wanted) const {
  std::string_view found;
  each_field(bytes_, [&](std::string_view field, std::string_view stored, bool) {
    if (field != wanted) return true;
    found = stored;
    return false;
  });
  return found;
}

void FactsView::each(const std::function<void(std::string_view, std::string_view, bool)>& visit) const {
  each_field(bytes_, [&](std::string_view field, std::string_view value, bool indexed) {
    visit(field, value, indexed);
    return true;
  });
}

bool FactsView::has_word(std::string_view term) const {
  auto in = each_field(bytes_, [](std::string_view, std::string_view, bool) { return true; });
  const auto words = in.varint();
  for (std::uint64_t i = 0; i < words && in.ok(); ++i) {
    if (in.text().starts_with(term)) return true;
  }
  return false;
}

std::string_view FactsView::title() const {
  auto in = each_field(bytes_, [](std::string_view, std::string_view, bool) { return true; });
  const auto words = in.varint();
  for (std::uint64_t i = 0; i < words && in.ok(); ++i) in.text();
  return in.text();
}

}  // namespace feed
