#include "engine/net/router.h"

#include <optional>

namespace engine::net {

namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    const auto slash = path.find('/', 1);
    segments.emplace_back(path.substr(1, slash == path.npos ? path.npos : slash - 1));
    path = slash == path.npos ? std::string_view{} : path.substr(slash);
  }
  return segments;
}

bool is_placeholder(std::string_view segment) { return segment.size() > 2 && segment.front() == '{' && segment.back() == '}'; }

/// Walks both side by side; nullopt where they differ. `path` is without a trailing slash.
std::optional<PathParameters> match(const std::vector<std::string>& pattern, std::string_view path) {
  PathParameters found;
  for (const auto& segment : pattern) {
    if (path.empty() || path.front() != '/') return std::nullopt;
    const auto slash = path.find('/', 1);
    const auto piece = path.substr(1, slash == path.npos ? path.npos : slash - 1);
    path = slash == path.npos ? std::string_view{} : path.substr(slash);
    if (is_placeholder(segment)) {
      if (piece.empty()) return std::nullopt;
      found.emplace_back(std::string_view(segment).substr(1, segment.size() - 2), piece);
    } else if (piece != segment) {
      return std::nullopt;
    }
  }
  if (!path.empty()) return std::nullopt;
  return found;
}

}  // namespace

void Router::add(const Route& route, std::size_t index) {
  std::string path = route.absolute ? std::string(route.path) : base_path_ + std::string(route.path);
  const std::pair<Method, std::size_t> entry{route.method, index};
  if (path.find('{') == path.npos) {
    fixed_[std::move(path)].routes.push_back(entry);
    return;
  }
  auto segments = split(path);
  for (auto& node : patterns_) {
    if (node.segments == segments) {
      node.routes.push_back(entry);
      return;
    }
  }
  patterns_.push_back(Node{{entry}, std::move(segments)});
}

Router::Match Router::find(std::string_view path) const {
  if (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  if (const auto found = fixed_.find(path); found != fixed_.end()) return {&found->second, {}};
  for (const auto& node : patterns_) {
    if (auto parameters = match(node.segments, path)) return {&node, std::move(*parameters)};
  }
  return {};
}

const std::size_t* route_for(const Router::Node& node, Method method) {
  if (method == Method::kHead) method = Method::kGet;
  for (const auto& [served, index] : node.routes) {
    if (served == method) return &index;
  }
  return nullptr;
}

std::string allowed_methods(const Router::Node& node) {
  std::string text;
  for (const auto& entry : node.routes) {
    if (!text.empty()) text += ", ";
    text += name(entry.first);
    if (entry.first == Method::kGet) text += ", HEAD";
  }
  return text;
}

}  // namespace engine::net
