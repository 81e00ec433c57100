#pragma once
// The names of what a machine may do, and what they grant (contract craft-agents-api section 5).

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trust {

/// Optional parts of a deployment that decide which scopes exist in it.
struct Features {
  bool commerce = true;
  bool users = false;      ///< PLUGIN_AGENTS_ENABLE_USERS_API
  bool addresses = false;  ///< PLUGIN_AGENTS_ENABLE_ADDRESSES_API
  bool writes = false;     ///< PLUGIN_AGENTS_WRITES_EXPERIMENTAL
  friend bool operator==(const Features&, const Features&) = default;
};

/// Is the feature of that name ("commerce", "users", "addresses", "writes") on? An empty name always is.
bool is_on(const Features& features, std::string_view name);

struct Scope {
  std::string_view name;
  std::string_view grants;
  std::string_view feature;  ///< empty: always available
};

/// All 52, ascending by name.
std::span<const Scope> scope_catalogue();
/// Those of the catalogue whose feature is on.
std::vector<Scope> available_scopes(const Features& features);
/// What a credential without a list of its own gets.
std::span<const std::string_view> default_scopes();

/// A credential's scopes: normalised, sorted, without repeats.
/// Names outside the catalogue are kept and grant nothing.
class ScopeSet {
 public:
  ScopeSet() = default;
  /// Lower-cased, trimmed, characters outside a-z0-9:_*.- removed, empty ones dropped.
  explicit ScopeSet(std::span<const std::string> names);

  /// "*" grants everything; entries:write and entries:write:draft satisfy each other. No other hierarchy.
  bool grants(std::string_view scope) const;
  const std::vector<std::string>& names() const { return names_; }
  bool empty() const { return names_.empty(); }

  /// What callers are shown: entries:write as entries:write:draft, without scopes whose users, addresses or writes flag is off.
  std::vector<std::string> granted(const Features& features) const;

 private:
  bool contains(std::string_view scope) const;
  std::vector<std::string> names_;
  bool all_ = false;
};

}  // namespace trust
