#include "access/control/boundary.h"

#include <set>

#include "access/control/record_parts.h"

namespace trust {
namespace {

constexpr std::uint8_t kVersion = 1;

template <class T>
bool contains(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

BoundaryMark mark(const Boundary& boundary) { return {boundary.id.value, boundary.handle, boundary.name}; }

BoundaryRefusal told(const std::vector<const Boundary*>& covering, const DraftTarget& target, std::string problem) {
  BoundaryRefusal refusal{std::move(problem), target};
  std::set<std::int64_t> entries, sites;
  for (const auto* boundary : covering) {
    entries.insert(boundary->entries.begin(), boundary->entries.end());
    sites.insert(boundary->sites.begin(), boundary->sites.end());
    refusal.boundaries.push_back(mark(*boundary));
  }
  refusal.entries.assign(entries.begin(), entries.end());
  refusal.sites.assign(sites.begin(), sites.end());
  return refusal;
}

}  // namespace

std::string encode_boundary(const Boundary& b) {
  std::string bytes;
  engine::ByteWriter write(bytes);
  write.big(kVersion).text(b.handle).text(b.name).text(b.description);
  put_texts(write, b.action_types);
  put_numbers(write, b.entries);
  put_numbers(write, b.sites);
  put_numbers(write, b.credentials);
  put_time(write, b.created);
  put_time(write, b.updated);
  return bytes;
}

engine::Result<Boundary> decode_boundary(BoundaryId id, std::string_view value) {
  engine::ByteCursor in(value);
  const auto version = in.big<std::uint8_t>();
  if (in.ok() && version > kVersion) return engine::fail(engine::Errc::kUnsupported, "boundary: version " + std::to_string(version));
  Boundary b;
  b.id = id;
  for (auto* text : {&b.handle, &b.name, &b.description}) *text = in.text();
  b.action_types = take_texts(in);
  b.entries = take_numbers<std::int64_t>(in);
  b.sites = take_numbers<std::int64_t>(in);
  b.credentials = take_numbers<std::uint64_t>(in);
  b.created = take_time(in).value_or(WallTime{});
  b.updated = take_time(in).value_or(WallTime{});
  if (!in.ok() || !in.at_end() || version != kVersion) return engine::fail(in.blame(engine::Errc::kMalformed), "boundary: damaged");
  return b;
}

BoundaryVerdict check_boundaries(std::span<const Boundary> all, std::optional<ManagedId> credential, std::string_view action, const DraftTarget& target) {
  if (!credential || action != kDraftUpdate) return {};
  std::vector<const Boundary*> assigned, covering;
  for (const auto& boundary : all) {
    if (!contains(boundary.credentials, credential->value)) continue;
    assigned.push_back(&boundary);
    if (contains(boundary.action_types, std::string(action))) covering.push_back(&boundary);
  }
  if (assigned.empty()) return {};
  if (covering.empty()) return {{}, told(assigned, target, "No boundary of this account allows `" + std::string(action) + "`.")};
  if (!target.entry) return {{}, told(covering, target, "This account is bounded: `payload.entryId` is required.")};
  if (!target.site) return {{}, told(covering, target, "This account is bounded: `payload.siteId` is required.")};
  BoundaryVerdict verdict;
  for (const auto* boundary : covering) {
    if (contains(boundary->entries, *target.entry) && contains(boundary->sites, *target.site)) verdict.by.push_back(mark(*boundary));
  }
  if (verdict.by.empty()) {
    verdict.refusal = told(covering, target,
                           "Entry " + std::to_string(*target.entry) + " in site " + std::to_string(*target.site) + " lies outside this account's boundaries.");
  }
  return verdict;
}

}  // namespace trust
