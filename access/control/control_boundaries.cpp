#include <algorithm>
#include <tuple>

#include "access/control/control_events.h"
#include "access/control/control_keys.h"
#include "access/control/control_plane.h"
#include "access/credential_fields.h"

namespace trust {

using engine::Errc;
using engine::Result;

namespace {

constexpr std::size_t kMostNumbers = 10'000;

template <class T>
std::vector<T> sorted_unique(std::vector<T> all) {
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::vector<std::uint64_t> numbers_of(const std::vector<ManagedId>& credentials) {
  std::vector<std::uint64_t> ids;
  for (const auto credential : credentials) ids.push_back(credential.value);
  return sorted_unique(std::move(ids));
}

Result<std::vector<std::int64_t>> checked_numbers(std::vector<std::int64_t> all, std::string_view field) {
  all = sorted_unique(std::move(all));
  const bool good = !all.empty() && all.front() > 0 && all.size() <= kMostNumbers;
  if (!good) return engine::fail(Errc::kMalformed, std::string(field) + ": 1 to 10000 positive whole numbers");
  return all;
}

Result<Boundary> checked(BoundaryDraft draft) {
  Boundary boundary;
  auto handle = checked_handle(draft.handle);
  if (!handle) return handle.take_error();
  boundary.handle = std::move(*handle);
  auto entries = checked_numbers(std::move(draft.entries), "allowedEntryIds");
  if (!entries) return entries.take_error();
  auto sites = checked_numbers(std::move(draft.sites), "allowedSiteIds");
  if (!sites) return sites.take_error();
  boundary.entries = std::move(*entries);
  boundary.sites = std::move(*sites);
  boundary.action_types.clear();
  for (const auto& type : draft.action_types) boundary.action_types.push_back(normal_action(type));
  std::erase(boundary.action_types, std::string());
  if (boundary.action_types.empty()) return engine::fail(Errc::kMalformed, "allowedActionTypes: at least one action type");
  boundary.name = kept_text(draft.name);
  if (boundary.name.empty()) boundary.name = boundary.handle;
  boundary.description = kept_text(draft.description);
  boundary.credentials = numbers_of(draft.credentials);
  return boundary;
}

auto find(std::vector<Boundary>& all, BoundaryId id) {
  return std::find_if(all.begin(), all.end(), [&](const Boundary& one) { return one.id == id; });
}

tl::unexpected<engine::Error> unknown(BoundaryId id) { return engine::fail(Errc::kNotFound, "no boundary " + std::to_string(id.value)); }

}  // namespace

Result<void> ControlPlane::keep_boundary(Boundary boundary, std::string_view action, const Actor& actor) {
  auto numbers = numbers_;
  numbers.boundary = std::max(numbers.boundary, boundary.id.value + 1);
  engine::store::Batch batch;
  batch.put(rows_, numbered_key(kBoundaryRow, boundary.id.value), encode_boundary(boundary));
  if (auto kept = commit(batch, told_boundary(action, boundary, actor), numbers); !kept) return kept;
  const auto known = find(boundaries_, boundary.id);
  if (known == boundaries_.end()) {
    boundaries_.push_back(std::move(boundary));
  } else {
    *known = std::move(boundary);
  }
  return engine::ok();
}

Result<Boundary> ControlPlane::create_boundary(BoundaryDraft draft, const Actor& actor) {
  auto boundary = checked(std::move(draft));
  if (!boundary) return boundary.take_error();
  const std::lock_guard changing(changing_);
  const bool taken = std::any_of(boundaries_.begin(), boundaries_.end(), [&](const Boundary& one) { return one.handle == boundary->handle; });
  if (taken) return engine::fail(Errc::kConflict, "handle: " + boundary->handle + " is taken");
  if (boundaries_.size() >= kMostBoundaries)
    return engine::fail(Errc::kConflict, "at most " + std::to_string(kMostBoundaries) + " boundaries; delete some first");
  boundary->id = BoundaryId{numbers_.boundary};
  boundary->created = boundary->updated = now();
  if (auto kept = keep_boundary(*boundary, "create", actor); !kept) return kept.take_error();
  return boundary;
}

Result<Boundary> ControlPlane::assign_boundary(BoundaryId id, std::vector<ManagedId> credentials, const Actor& actor) {
  const std::lock_guard changing(changing_);
  const auto known = find(boundaries_, id);
  if (known == boundaries_.end()) return unknown(id);
  auto boundary = *known;
  boundary.credentials = numbers_of(credentials);
  boundary.updated = now();
  if (auto kept = keep_boundary(boundary, "assign", actor); !kept) return kept.take_error();
  return boundary;
}

Result<void> ControlPlane::remove_boundary(BoundaryId id, const Actor& actor) {
  const std::lock_guard changing(changing_);
  const auto known = find(boundaries_, id);
  if (known == boundaries_.end()) return unknown(id);
  if (!known->credentials.empty()) {
    return engine::fail(Errc::kConflict, "boundary " + known->handle +
                                             " is still assigned; without it those accounts would be unrestricted. Assign others or take it away first");
  }
  engine::store::Batch batch;
  batch.erase(rows_, numbered_key(kBoundaryRow, id.value));
  if (auto kept = commit(batch, told_boundary("delete", *known, actor), numbers_); !kept) return kept;
  boundaries_.erase(known);
  return engine::ok();
}

std::vector<Boundary> ControlPlane::boundaries() const {
  const std::lock_guard lock(changing_);
  auto all = boundaries_;
  std::sort(all.begin(), all.end(), [](const Boundary& a, const Boundary& b) { return std::tie(a.name, a.handle) < std::tie(b.name, b.handle); });
  return all;
}

}  // namespace trust
