#pragma once
// What lists, searches and shows may ask of a resource beyond its parts. Nobody is shown a fact as such.

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace feed {

/// One value of one field. A field may have several values.
struct Fact {
  std::string field;
  std::string value;     ///< folded (engine::folded), so that comparing is comparing bytes
  bool indexed = true;   ///< lists look resources up by it; false: only checked on resources found otherwise
  friend auto operator<=>(const Fact&, const Fact&) = default;
};

struct Facts {
  std::vector<Fact> fields;        ///< ascending, without repeats
  std::vector<std::string> words;  ///< of `q`: folded, ascending, without repeats
  std::string title;               ///< folded; what sorting by title compares

  void add(std::string_view field, std::string_view value, bool indexed = true);
  /// Adds the words of a text; see words_of.
  void add_words(std::string_view text);
  /// Brings fields and words into their order.
  void sort();
  bool empty() const { return fields.empty() && words.empty() && title.empty(); }
  friend bool operator==(const Facts&, const Facts&) = default;
};

/// Folded words of a text: what stands between white space without punctuation at its ends, and, where punctuation stands inside,
/// its pieces too ("AB-12" gives "ab-12", "ab", "12"). Words are cut at 64 bytes; at most 256 per text.
std::vector<std::string> words_of(std::string_view text);
/// The terms of a search text: as words_of, without the pieces.
std::vector<std::string> terms_of(std::string_view text);

std::string encode_facts(const Facts& facts);
/// Empty bytes are no facts. kMalformed: damage.
engine::Result<Facts> decode_facts(std::string_view bytes);
/// Encoded facts as views into them.
struct FactsRef {
  struct Field {
    std::string_view field, value;
    bool indexed = true;
    friend auto operator<=>(const Field&, const Field&) = default;
  };
  std::vector<Field> fields;
  std::vector<std::string_view> words;
  std::string_view title;
};
/// As decode_facts.
engine::Result<FactsRef> refer_to_facts(std::string_view bytes);
/// 8 bytes that tell different facts apart.
std::string facts_hash(std::string_view encoded);

/// Reads encoded facts without copying; of damaged bytes it sees what stands before the damage.
class FactsView {
 public:
  explicit FactsView(std::string_view encoded) : bytes_(encoded) {}
  /// `value` is folded.
  bool has(std::string_view field, std::string_view value) const;
  /// The first value of the field; empty where there is none.
  std::string_view first(std::string_view field) const;
  /// Every value of every field, in order.
  void each(const std::function<void(std::string_view field, std::string_view value, bool indexed)>& visit) const;
  /// A word begins with the (folded) term.
  bool has_word(std::string_view term) const;
  std::string_view title() const;

 private:
  std::string_view bytes_;
};

}  // namespace feed
