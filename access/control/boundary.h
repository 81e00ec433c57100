#pragma once
// Where a managed credential's draft updates may write: sets of entries and sites (contract craft-agents-governance 6.2). Pure.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/control/approval.h"

namespace trust {

using BoundaryId = engine::StrongId<struct BoundaryIdTag>;

/// The stored record. Times are whole seconds.
struct Boundary {
  BoundaryId id{};
  std::string handle{};  ///< unique, never changes
  std::string name{};
  std::string description{};
  std::vector<std::string> action_types{std::string(kDraftUpdate)};  ///< normal
  std::vector<std::int64_t> entries{};                               ///< sorted; any of these ...
  std::vector<std::int64_t> sites{};                                 ///< ... in any of these, and no pair made of two boundaries
  std::vector<std::uint64_t> credentials{};                          ///< ids of the managed credentials it is assigned to; sorted
  WallTime created{}, updated{};
  friend bool operator==(const Boundary&, const Boundary&) = default;
};

/// Value on disk.
std::string encode_boundary(const Boundary& boundary);
/// kMalformed, kTruncated: damaged; kUnsupported: a newer version.
engine::Result<Boundary> decode_boundary(BoundaryId id, std::string_view value);

/// What a credential was held against, and why it may not.
struct BoundaryRefusal {
  std::string problem;
  DraftTarget target{};
  std::vector<std::int64_t> entries{}, sites{};  ///< of all boundaries that cover the action type
  std::vector<BoundaryMark> boundaries{};
  friend bool operator==(const BoundaryRefusal&, const BoundaryRefusal&) = default;
};

/// Allowed (`by` says by which boundaries; none: unrestricted), or refused.
struct BoundaryVerdict {
  std::vector<BoundaryMark> by{};
  std::optional<BoundaryRefusal> refusal{};
};

/// Only draft updates are held against boundaries, and only those of a credential that has one: entry and site must both lie in the same boundary.
BoundaryVerdict check_boundaries(std::span<const Boundary> all, std::optional<ManagedId> credential, std::string_view action, const DraftTarget& target);

}  // namespace trust
