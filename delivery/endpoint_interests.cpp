#include "delivery/endpoint_interests.h"

#include "delivery/told.h"
#include "engine/base/json_writer.h"

namespace delivery {
namespace {

Routing routing_of(const std::string& owner) {
  Routing routing;
  routing.deliver = true;
  routing.mode = Mode::kTargeted;
  if (!owner.empty()) routing.handles.push_back(owner);
  engine::JsonWriter json(routing.json);
  json.begin_object().key("mode").string("targeted").key("credentialHandles").begin_array();
  if (!owner.empty()) json.string(owner);
  json.end_array().end_object();
  return routing;
}

}  // namespace

EndpointInterests::EndpointInterests(std::string owner, feed::Offset from, Subscription wanted) : yes_(routing_of(owner)) {
  versions_.push_back({from, std::move(wanted)});
}

void EndpointInterests::add(feed::Offset from, Subscription wanted) {
  const std::unique_lock lock(lock_);
  versions_.push_back({from, std::move(wanted)});
}

const Routing& EndpointInterests::route(const feed::ChangeView& change, feed::Offset offset) const {
  const std::shared_lock lock(lock_);
  auto version = versions_.rbegin();
  while (version->from > offset && std::next(version) != versions_.rend()) ++version;
  const auto told = told_of(change);
  if (!told || !names(version->wanted, told->type, told->action)) return no_;
  if (version->wanted.where.empty()) return yes_;
  thread_local DocumentFields document;
  document.load(tested_document(change));
  return wants(version->wanted, change, document) ? yes_ : no_;
}

EndpointInterests::Newest EndpointInterests::newest() const {
  const std::shared_lock lock(lock_);
  return versions_.back();
}

feed::Offset EndpointInterests::newest_from() const {
  const std::shared_lock lock(lock_);
  return versions_.back().from;
}

}  // namespace delivery
