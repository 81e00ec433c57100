#pragma once
// External resources made ready: the texts their routes and descriptors point to (contract craft-agents-api section 17).

#include <memory>
#include <string>
#include <vector>

#include "app/surfaces/craft_agents/external_resource.h"
#include "app/surfaces/craft_agents/resources.h"

namespace app::craft_agents {

/// Immutable; never moves, since its routes hold views into it.
class External {
 public:
  /// `declared` is well-formed.
  explicit External(ExternalResource declared);
  External(const External&) = delete;
  External& operator=(const External&) = delete;

  const ExternalResource& declared() const { return declared_; }
  const std::string& scope() const { return scope_; }
  const std::string& grants() const { return grants_; }       ///< what the scope is for
  const std::string& list_path() const { return list_path_; }  ///< below the base path
  const std::string& item_path() const { return item_path_; }  ///< with a literal "{id}"
  const Resource& resource() const { return resource_; }
  engine::net::Route list_route() const;
  engine::net::Route item_route() const;

 private:
  ListParameter list_parameter(const ExternalParameter& parameter) const;

  const ExternalResource declared_;
  const std::string item_, scope_, grants_, list_path_, item_path_, list_key_, show_key_, list_summary_, show_summary_;
  Resource resource_;
};

/// Handles in lower case; what is not well-formed or there twice is left out, with a log line. Sorted by plugin and resource.
std::vector<ExternalResource> well_formed(std::vector<ExternalResource> declared);
std::vector<std::unique_ptr<const External>> make_externals(std::vector<ExternalResource> declared);

}  // namespace app::craft_agents
