#include "delivery/interests.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "delivery/key_schema.h"
#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"
#include "engine/base/json_writer.h"

namespace delivery {
namespace {

constexpr std::array<std::string_view, 3> kTypes{"entry", "order", "product"};
constexpr std::array<std::string_view, 3> kActions{"created", "deleted", "updated"};
constexpr std::uint8_t kFormat = 2;  // 1 knew no silence; it was never released

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::vector<std::string> known(const std::vector<std::string>& wanted, std::span<const std::string_view> all) {
  std::set<std::string> kept;
  for (const std::string& raw : wanted) {
    const std::string text = lower(raw);
    for (std::string_view one : all) {
      if (text == "*" || text == one) kept.emplace(one);
    }
  }
  return {kept.begin(), kept.end()};
}

bool matches(const std::vector<std::string>& set, std::string_view value) {
  return set.empty() || std::find(set.begin(), set.end(), value) != set.end();
}

Routing make_routing(const std::vector<Interest>& interests, std::string_view type, std::string_view action) {
  Routing routing;
  for (const Interest& interest : interests) {
    if (matches(interest.types, type) && matches(interest.actions, action)) routing.handles.push_back(interest.handle);
  }
  routing.handles.erase(std::unique(routing.handles.begin(), routing.handles.end()), routing.handles.end());
  routing.mode = interests.empty() ? Mode::kFirehose : Mode::kTargeted;
  routing.deliver = interests.empty() || !routing.handles.empty();
  engine::JsonWriter json(routing.json);
  json.begin_object().key("mode").string(interests.empty() ? "firehose" : "targeted");
  json.key("credentialHandles").begin_array();
  for (const std::string& handle : routing.handles) json.string(handle);
  json.end_array().end_object();
  return routing;
}

void write_texts(engine::ByteWriter& out, const std::vector<std::string>& texts) {
  out.varint(texts.size());
  for (const std::string& text : texts) out.text(text);
}

std::vector<std::string> read_texts(engine::ByteCursor& in) {
  std::vector<std::string> texts;
  for (std::uint64_t n = in.varint(); n > 0 && in.ok(); --n) texts.emplace_back(in.text());
  return texts;
}

std::string encode(const std::vector<Interest>& interests, bool silent) {
  std::string bytes;
  engine::ByteWriter out(bytes);
  out.big(kFormat).big(static_cast<std::uint8_t>(silent)).varint(interests.size());
  for (const Interest& interest : interests) {
    out.text(interest.handle);
    write_texts(out, interest.types);
    write_texts(out, interest.actions);
  }
  return bytes;
}

engine::Result<std::vector<Interest>> decode(std::string_view bytes, bool& silent) {
  engine::ByteCursor in(bytes);
  if (in.big<std::uint8_t>() != kFormat) return engine::fail(in.blame(engine::Errc::kUnsupported), "interests: format");
  silent = in.big<std::uint8_t>() != 0;
  std::vector<Interest> interests;
  for (std::uint64_t n = in.varint(); n > 0 && in.ok(); --n) {
    Interest interest;
    interest.handle = in.text();
    interest.types = read_texts(in);
    interest.actions = read_texts(in);
    interests.push_back(std::move(interest));
  }
  if (!in.ok() || !in.at_end()) return engine::fail(in.blame(engine::Errc::kMalformed), "interests: length");
  return interests;
}

}  // namespace

std::vector<Interest> canonical(std::vector<Interest> interests) {
  std::vector<Interest> kept;
  for (Interest& interest : interests) {
    interest.types = known(interest.types, kTypes);
    interest.actions = known(interest.actions, kActions);
    if (!interest.types.empty() || !interest.actions.empty()) kept.push_back(std::move(interest));
  }
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  return kept;
}

// Every decision there is, made when the version comes into being: types (the last row: any other) by actions.
struct InterestTable::Version {
  feed::Offset from;
  std::vector<Interest> interests;
  bool silent = false;
  const Version* before = nullptr;
  std::array<std::array<Routing, kActions.size()>, kTypes.size() + 1> routings;
};

InterestTable::InterestTable() = default;
InterestTable::~InterestTable() = default;
InterestTable::InterestTable(std::vector<Interest> interests) { add(feed::Offset{0}, canonical(std::move(interests)), false); }

std::size_t InterestTable::versions() const {
  std::size_t known = 0;
  for (const Version* version = newest_.load(std::memory_order_acquire); version; version = version->before) ++known;
  return known;
}

void InterestTable::add(feed::Offset from, std::vector<Interest> interests, bool silent) {
  Version version;
  version.from = from;
  version.silent = silent;
  for (std::size_t t = 0; !silent && t <= kTypes.size(); ++t) {
    for (std::size_t a = 0; a < kActions.size(); ++a) {
      version.routings[t][a] = make_routing(interests, t < kTypes.size() ? kTypes[t] : std::string_view{}, kActions[a]);
    }
  }
  version.interests = std::move(interests);
  version.before = versions_.empty() ? nullptr : &versions_.back();
  versions_.push_back(std::move(version));
  newest_.store(&versions_.back(), std::memory_order_release);
}

engine::Result<std::unique_ptr<InterestTable>> InterestTable::open(engine::store::Store& store, std::vector<Interest> configured,
                                                                   feed::Offset high_watermark, bool silent) {
  std::unique_ptr<InterestTable> table(new InterestTable());
  const auto family = store.family(kStateFamily);
  auto stored = store.iterate(family, "i", "j");
  for (stored.seek("i"); stored.valid(); stored.next()) {
    const auto from = trailing_number(stored.key());
    bool was_silent = false;
    auto interests = decode(stored.value(), was_silent);
    if (!interests) return interests.take_error();
    if (!from) return engine::fail(engine::Errc::kMalformed, "interests: key");
    table->add(feed::Offset{*from}, std::move(*interests), was_silent);
  }
  if (auto read = stored.status(); !read) return read.take_error();

  auto wanted = canonical(std::move(configured));
  if (!table->versions_.empty() && table->versions_.back().interests == wanted && table->versions_.back().silent == silent) return table;
  const feed::Offset from = table->versions_.empty() ? feed::Offset{0} : high_watermark;
  engine::store::Batch batch;
  batch.put(family, interests_key(from), encode(wanted, silent));
  if (auto written = store.write(batch, engine::store::Durability::kSynced); !written) return written.take_error();
  if (!table->versions_.empty() && table->versions_.back().from == from) table->versions_.pop_back();  // it never applied to a change
  table->add(from, std::move(wanted), silent);
  return table;
}

engine::Result<void> InterestTable::replace(engine::store::Store& store, std::vector<Interest> interests, feed::Offset from) {
  auto wanted = canonical(std::move(interests));
  const bool silent = versions_.back().silent;
  if (versions_.back().interests == wanted) return engine::ok();
  auto before = versions_.back().interests;
  engine::store::Batch batch;
  batch.put(store.family(kStateFamily), interests_key(from), encode(wanted, silent));
  // In force before it is durable: a change of this very moment is routed by the new version now and after a restart.
  add(from, std::move(wanted), silent);
  auto written = store.write(batch, engine::store::Durability::kSynced);
  if (!written) add(from, std::move(before), silent);  // on top, not instead: somebody may hold what the other one gave
  return written;
}

const Routing& InterestTable::route(std::string_view type, feed::Action action, feed::Offset offset) const {
  const Version* version = newest_.load(std::memory_order_acquire);
  while (version->from > offset && version->before) version = version->before;
  const auto t = static_cast<std::size_t>(std::find(kTypes.begin(), kTypes.end(), type) - kTypes.begin());
  const auto a = static_cast<std::size_t>(std::find(kActions.begin(), kActions.end(), feed::name(action)) - kActions.begin());
  static const Routing kNowhere;
  return a < kActions.size() ? version->routings[t][a] : kNowhere;
}

}  // namespace delivery
