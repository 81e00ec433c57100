#pragma once
// What an endpoint of its own wants to be told of: resource types × actions, then tests on the document's fields.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/document_fields.h"
#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"
#include "engine/base/result.h"
#include "feed/change_codec.h"

namespace delivery {

/// Values are on disk.
enum class Test : std::uint8_t { kIs = 1, kIsNot = 2, kStartsWith = 3, kAbove = 4, kBelow = 5, kExists = 6 };

/// One test on a field of the document as lists show it. A field that holds an array passes where one of its values does (kIsNot: where none
/// of them is one of `values`). A field that is not there passes kIsNot only.
struct Predicate {
  std::string field;                ///< 1..128 bytes; "seo.title" goes into objects
  Test test = Test::kIs;
  std::vector<std::string> values;  ///< any of them: 1..64 of 1..256 bytes; one number for kAbove and kBelow, none for kExists
  friend bool operator==(const Predicate&, const Predicate&) = default;
};

/// "section=news|blog", "status!=live", "slug^=sale-", "totalPrice>100", "totalPrice<5", "section?". kMalformed: neither.
engine::Result<Predicate> parse_predicate(std::string_view text);
/// The text that parses to it.
std::string text(const Predicate& predicate);

struct Subscription {
  std::vector<std::string> types;    ///< of kContractTypes and further types of the feed; empty: all of kContractTypes and none beyond
  std::vector<std::string> actions;  ///< of "created", "updated", "deleted"; empty: all
  std::vector<Predicate> where;      ///< all of them hold; at most 16
  friend bool operator==(const Subscription&, const Subscription&) = default;
};

/// The canonical form: lower case, sorted, unique, "*" gone (of types it stands for kContractTypes). `further`: types of the feed beyond these that may be named.
/// kMalformed names the field and what may stand there.
engine::Result<Subscription> checked(Subscription wanted, std::span<const std::string> further = {});

/// Types and actions only.
bool names(const Subscription& wanted, std::string_view type, feed::Action action);
/// What its fields cannot tell, because the document is gone or because the change tells of another resource (a variant's of its product), passes
/// every test: better a call too many than a removal nobody hears of.
bool untestable(const feed::ChangeView& change);
/// The document that tests look at.
std::string_view tested_document(const feed::ChangeView& change);
bool holds(const Predicate& predicate, DocumentFields& document);
/// The whole decision; no where the change tells nobody. `document` is loaded with tested_document(change).
bool wants(const Subscription& wanted, const feed::ChangeView& change, DocumentFields& document);

/// On disk, behind whatever stands in `out`.
void write(engine::ByteWriter& out, const Subscription& wanted);
/// Bad bytes leave `in` not ok().
Subscription read_subscription(engine::ByteCursor& in);

}  // namespace delivery
