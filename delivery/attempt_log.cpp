#include "delivery/attempt_log.h"

#include <algorithm>
#include <utility>

#include "engine/base/cut_text.h"

namespace delivery {
namespace {

using engine::Result;

constexpr std::size_t kGatheredBytes = 256 * 1024;  // what waits for a store that takes nothing
constexpr auto kTrimEvery = std::chrono::minutes(1);
constexpr std::size_t kTrimRows = 512;

// One line, whatever a receiver sends.
std::string on_one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  return line;
}

// The first attempt that stays: what is too old goes, and what is too many. Looks at no more than kTrimRows rows from `from` on.
std::uint64_t first_kept(const engine::store::Store& store, engine::store::Family family, const std::string& endpoint, std::uint64_t from, std::uint64_t next,
                         const AttemptRetention& retention, engine::WallTime now) {
  std::uint64_t kept = std::max(from, next > retention.max_attempts ? next - retention.max_attempts : 0);
  const auto oldest = now - retention.max_age;
  const auto begin = attempt_key(endpoint, kept);
  auto rows = store.iterate(family, begin, attempt_key(endpoint, next));
  std::size_t seen = 0;
  for (rows.seek(begin); rows.valid() && seen < kTrimRows; rows.next(), ++seen) {
    const auto name = decode_attempt_key(rows.key());
    const auto head = decode_attempt_head(rows.value());
    if (!name || !head || head->base >= oldest) break;
    kept = name->first + 1;
  }
  return kept;
}

bool matches(const AttemptLog::Query& query, const AttemptEntry& entry) {
  return (!query.event || *query.event == entry.event) && (query.resource_type.empty() || query.resource_type == entry.key.type) &&
         (query.resource_id.empty() || query.resource_id == entry.key.id) && (!query.failed || entry.failed()) && (!query.since || entry.at >= *query.since) &&
         (!query.before || entry.at < *query.before);
}

}  // namespace

AttemptRecorder::AttemptRecorder(engine::store::Store& store, const engine::Clock& clock, std::string endpoint, std::uint64_t next, AttemptRetention retention,
                                 Redact redact)
    : store_(store),
      family_(store.family(kAttemptFamily)),
      clock_(clock),
      endpoint_(std::move(endpoint)),
      retention_(retention),
      redact_(std::move(redact)),
      next_(next) {}

void AttemptRecorder::note(AttemptEntry&& entry, std::string_view key) {
  if (packer_.bytes() >= kGatheredBytes) {
    ++dropped_;
    return;
  }
  if (entry.failed()) entry.detail = redact_ ? std::string(engine::cut_text(redact_(on_one_line(entry.detail)), kAttemptDetailBytes)) : std::string();
  packer_.add(entry, key);
}

AttemptRecorder::Packed AttemptRecorder::take() {
  if (!returned_.empty()) {  // one at a time, in their order
    Packed oldest = std::move(returned_.front());
    returned_.erase(returned_.begin());
    return oldest;
  }
  if (packer_.attempts() == 0) return {};
  Packed packed{next_, {}};
  next_ += packer_.attempts();
  packed.row = packer_.take();
  return packed;
}

void AttemptRecorder::give_back(Packed packed) {
  if (!packed.row.empty()) returned_.insert(returned_.begin(), std::move(packed));
}

void AttemptRecorder::add_to(engine::store::Batch& batch, const Packed& packed) {
  if (packed.row.empty()) return;
  batch.put(family_, attempt_key(endpoint_, packed.first), packed.row);
  if (clock_.now() >= trim_due_ || packed.first >= trim_at_) trim(batch, packed.first);
}

// Range by range, so that reads do not step over what went.
void AttemptRecorder::trim(engine::store::Batch& batch, std::uint64_t next) {
  trim_due_ = clock_.now() + kTrimEvery;
  trim_at_ = next + std::max<std::uint64_t>(1, retention_.max_attempts / 16);
  const std::uint64_t end = first_kept(store_, family_, endpoint_, trimmed_, next, retention_, clock_.wall_now());
  if (end <= trimmed_) return;
  batch.erase_range(family_, attempt_key(endpoint_, trimmed_), attempt_key(endpoint_, end));
  trimmed_ = end;
}

AttemptLog::AttemptLog(engine::store::Store& store, const engine::Clock& clock, AttemptRetention retention, Redact redact)
    : store_(store), family_(store.family(kAttemptFamily)), clock_(clock), retention_(retention), redact_(std::move(redact)) {}

Result<std::uint64_t> AttemptLog::next_number(const std::string& endpoint) const {
  std::uint64_t next = 1;
  const auto prefix = attempt_prefix(endpoint);
  auto rows = store_.iterate(family_, prefix, prefix + std::string(9, '\xff'));
  rows.seek_for_prev(prefix + std::string(8, '\xff'));
  if (rows.valid()) {
    const auto name = decode_attempt_key(rows.key());
    auto head = decode_attempt_head(rows.value());
    if (!head) return head.take_error();
    next = name->first + head->attempts;
  }
  if (auto read = rows.status(); !read) return read.take_error();
  return next;
}

Result<std::unique_ptr<AttemptRecorder>> AttemptLog::recorder(const std::string& endpoint) {
  auto next = next_number(endpoint);
  if (!next) return next.take_error();
  return std::make_unique<AttemptRecorder>(store_, clock_, endpoint, *next, retention_, redact_);
}

// Its recorder may be trimming the same: what both erase is gone once.
Result<std::string> AttemptLog::sweep(const std::string& after, std::size_t endpoints) const {
  std::string place = after;
  engine::store::Batch batch;
  for (; endpoints > 0; --endpoints) {
    auto endpoint = endpoint_after(place);
    if (!endpoint) return endpoint.take_error();
    if (!*endpoint) {
      place.clear();
      break;
    }
    place = std::move(**endpoint);
    auto next = next_number(place);
    if (!next) return next.take_error();
    auto rows = store_.iterate(family_, attempt_prefix(place));
    rows.seek(attempt_prefix(place));
    const auto oldest = rows.valid() ? decode_attempt_key(rows.key()) : std::nullopt;
    if (!oldest || oldest->endpoint != place) continue;  // erased beside this walk
    const auto kept = first_kept(store_, family_, place, oldest->first, *next, retention_, clock_.wall_now());
    if (kept > oldest->first) batch.erase_range(family_, attempt_key(place, oldest->first), attempt_key(place, kept));
  }
  if (batch.empty()) return place;
  if (auto written = store_.write(batch, engine::store::Durability::kBuffered); !written) return written.take_error();
  return place;
}

// The next endpoint by name (of its length first, as keys are) that has attempts.
Result<std::optional<std::string>> AttemptLog::endpoint_after(const std::string& endpoint) const {
  auto rows = store_.iterate(family_);
  endpoint.empty() ? rows.seek({}) : rows.seek(attempt_prefix(endpoint) + std::string(9, '\xff'));
  std::optional<std::string> found;
  if (rows.valid()) {
    const auto name = decode_attempt_key(rows.key());
    if (!name) return engine::fail(engine::Errc::kMalformed, "attempts: key");
    found = name->endpoint;
  }
  if (auto read = rows.status(); !read) return read.take_error();
  return found;
}

Result<AttemptLog::Place> AttemptLog::find(const Query& query, Place place, std::size_t limit, std::vector<AttemptEntry>& into, std::size_t budget) const {
  const auto oldest = std::max(query.since.value_or(engine::WallTime::min()), clock_.wall_now() - retention_.max_age);
  std::size_t seen = 0;
  for (;;) {
    if (place.endpoint.empty()) place.endpoint = query.endpoint;
    if (place.endpoint.empty()) {
      auto first = endpoint_after({});
      if (!first) return first.take_error();
      if (!*first) return Place{};
      place.endpoint = **first;
    }
    const auto prefix = attempt_prefix(place.endpoint);
    auto rows = store_.iterate(family_, prefix, prefix + std::string(9, '\xff'));
    rows.seek_for_prev(place.below == 0 ? prefix + std::string(8, '\xff') : attempt_key(place.endpoint, place.below - 1));
    for (; rows.valid(); rows.prev()) {
      if (seen++ == budget) return place;
      const auto name = decode_attempt_key(rows.key());
      auto head = decode_attempt_head(rows.value());
      if (!name) return engine::fail(engine::Errc::kMalformed, "attempts: key");
      if (!head) return head.take_error();
      if (head->base < oldest - std::chrono::minutes(1)) break;  // rows hold less than a minute: what lies before is older
      if (query.failed && head->failures == 0) {
        place.below = name->first;
        continue;
      }
      auto entries = decode_attempts(*name, rows.value());
      if (!entries) return entries.take_error();
      for (auto entry = entries->rbegin(); entry != entries->rend(); ++entry) {
        if (place.below != 0 && entry->number >= place.below) continue;
        place.below = entry->number;
        if (entry->at < oldest || !matches(query, *entry)) continue;
        into.push_back(std::move(*entry));
        if (into.size() >= limit) return place;
      }
    }
    if (auto read = rows.status(); !read) return read.take_error();
    if (!query.endpoint.empty()) return Place{};
    auto next = endpoint_after(place.endpoint);
    if (!next) return next.take_error();
    if (!*next) return Place{};
    place = Place{**next, 0};
  }
}

}  // namespace delivery
