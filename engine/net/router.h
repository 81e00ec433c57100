#pragma once
// From a path and a method to the number of a route in its table.

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/net/route.h"

namespace engine::net {

/// Values of "{name}" segments, percent-decoded.
using PathParameters = std::vector<std::pair<std::string_view, std::string_view>>;

/// Case-sensitive; one trailing slash is tolerated; a fixed path wins over one with "{name}" segments.
/// Threads: immutable after the last add, then any.
class Router {
 public:
  /// One path and the routes behind it.
  struct Node {
    std::vector<std::pair<Method, std::size_t>> routes;  ///< in the order added
    std::vector<std::string> segments;                   ///< of a pattern with "{name}"; empty for a fixed path
  };
  struct Match {
    const Node* node = nullptr;  ///< nullptr: no such path
    PathParameters parameters;   ///< views into the pattern and the path asked for
  };

  explicit Router(std::string base_path) : base_path_(std::move(base_path)) {}

  /// `index` is what find and route_for give back.
  void add(const Route& route, std::size_t index);

  Match find(std::string_view path) const;

  const std::string& base_path() const { return base_path_; }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  std::string base_path_;
  std::unordered_map<std::string, Node, TextHash, std::equal_to<>> fixed_;
  std::vector<Node> patterns_;
};

/// The route of that method behind a path (HEAD is served by GET); nullptr where the method is not allowed.
const std::size_t* route_for(const Router::Node& node, Method method);
/// The methods behind a path as the Allow header lists them: "GET, HEAD", "POST".
std::string allowed_methods(const Router::Node& node);

}  // namespace engine::net
