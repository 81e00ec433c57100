// What operators do to endpoints, one thing after the other.

#include <utility>

#include "delivery/fleet_core.h"
#include "engine/runtime/on_pool.h"

namespace delivery {

using engine::Errc;
using engine::fail;
using engine::Result;
using engine::Task;

namespace {

tl::unexpected<engine::Error> unknown(const std::string& name) { return fail(Errc::kNotFound, "There is no endpoint " + name.substr(0, 64) + "."); }
tl::unexpected<engine::Error> configured(const std::string& name) {
  return fail(Errc::kConflict, "Endpoint " + name + " is the configuration's: change it there ([webhook]) and restart.");
}

}  // namespace

Task<Fleet::Turn> Fleet::turn() {
  while (busy_) co_await turns_.wait();
  co_return Turn(*this);
}

Task<Result<RevealedEndpoint>> Fleet::create(EndpointDraft draft, EndpointEdit edit, trust::Actor actor) {
  auto work = create_here(std::move(draft), std::move(edit), std::move(actor));
  co_return co_await asio::co_spawn(rooms_.loop, std::move(work), asio::use_awaitable);
}

Task<Result<EndpointRecord>> Fleet::update(std::string name, EndpointEdit edit, trust::Actor actor) {
  auto work = update_here(std::move(name), std::move(edit), std::move(actor));
  co_return co_await asio::co_spawn(rooms_.loop, std::move(work), asio::use_awaitable);
}

Task<Result<EndpointRecord>> Fleet::pause(std::string name, std::string reason, trust::Actor actor) {
  auto work = set_state_here(std::move(name), EndpointState::kPaused, std::move(reason), std::move(actor));
  co_return co_await asio::co_spawn(rooms_.loop, std::move(work), asio::use_awaitable);
}

Task<Result<EndpointRecord>> Fleet::resume(std::string name, trust::Actor actor) {
  auto work = set_state_here(std::move(name), EndpointState::kActive, {}, std::move(actor));
  co_return co_await asio::co_spawn(rooms_.loop, std::move(work), asio::use_awaitable);
}

Task<Result<RevealedEndpoint>> Fleet::rotate_secret(std::string name, std::chrono::seconds overlap, trust::Actor actor) {
  auto work = rotate_here(std::move(name), overlap, std::move(actor));
  co_return co_await asio::co_spawn(rooms_.loop, std::move(work), asio::use_awaitable);
}

Task<Result<EndpointRecord>> Fleet::remove(std::string name, trust::Actor actor) {
  auto work = remove_here(std::move(name), std::move(actor));
  co_return co_await asio::co_spawn(rooms_.loop, std::move(work), asio::use_awaitable);
}

Task<Result<SeekPlan>> Fleet::seek(std::string name, SeekTarget target, std::optional<std::uint64_t> confirmed, trust::Actor actor) {
  auto work = seek_here(std::move(name), target, confirmed, std::move(actor));
  co_return co_await asio::co_spawn(rooms_.loop, std::move(work), asio::use_awaitable);
}

Task<Result<RevealedEndpoint>> Fleet::create_here(EndpointDraft draft, EndpointEdit edit, trust::Actor actor) {
  Turn mine = co_await turn();
  if (unit(draft.name)) co_return fail(Errc::kConflict, "name: " + draft.name.substr(0, 64) + " is taken");
  const auto make = [&]() -> Result<RevealedEndpoint> {
    auto made = rooms_.book.create(draft, edit, rooms_.log.high_watermark(), actor);
    if (!made) return made;
    if (auto added = add(made->record); !added) return added.take_error();
    return made;
  };
  auto made = co_await engine::on_pool(rooms_.blocking, make);
  if (made && running_ && !stopping_) start(unit(made->record.name));
  co_return made;
}

Task<Result<EndpointRecord>> Fleet::update_here(std::string name, EndpointEdit edit, trust::Actor actor) {
  Turn mine = co_await turn();
  const auto found = unit(name);
  if (!found) co_return unknown(name);
  if (found->standard) co_return configured(name);
  auto record = rooms_.book.edited(name, edit);
  if (!record) co_return record.take_error();
  const auto former = found->interests->newest();
  std::optional<feed::Offset> from;
  if (record->wanted != former.wanted) {
    // In force before it is durable, and on the loop that reads: no change from here on is judged by the former version.
    from = rooms_.log.high_watermark();
    found->interests->add(*from, record->wanted);
  }
  const auto store = [&] { return rooms_.book.update(*record, from, edit.asymmetric, actor); };
  auto kept = co_await engine::on_pool(rooms_.blocking, store);
  if (!kept && from) found->interests->add(*from, former.wanted);
  restart(*found);
  co_return kept;
}

Task<Result<EndpointRecord>> Fleet::set_state_here(std::string name, EndpointState state, std::string reason, trust::Actor actor) {
  Turn mine = co_await turn();
  const auto found = unit(name);
  if (!found) co_return unknown(name);
  if (found->standard) co_return configured(name);
  const auto store = [&] { return rooms_.book.set_state(name, state, reason, actor); };
  auto kept = co_await engine::on_pool(rooms_.blocking, store);
  if (!kept) co_return kept;
  if (state == EndpointState::kActive && rooms_.incidents) rooms_.incidents->resolve("endpoint_gone:" + name);
  restart(*found);
  co_return kept;
}

Task<Result<RevealedEndpoint>> Fleet::rotate_here(std::string name, std::chrono::seconds overlap, trust::Actor actor) {
  Turn mine = co_await turn();
  const auto found = unit(name);
  if (!found) co_return unknown(name);
  if (found->standard) co_return configured(name);
  const auto store = [&] { return rooms_.book.rotate_secret(name, overlap, actor); };
  auto kept = co_await engine::on_pool(rooms_.blocking, store);
  if (kept) restart(*found);
  co_return kept;
}

// Its last life ends before its rows go: what it stored on the way out would come back.
Task<Result<EndpointRecord>> Fleet::remove_here(std::string name, trust::Actor actor) {
  Turn mine = co_await turn();
  const auto found = unit(name);
  if (!found) co_return unknown(name);
  if (found->standard) co_return configured(name);
  const auto last = rooms_.book.find(name);
  found->removed = true;
  restart(*found);
  while (!found->ended) co_await found->changed.wait();
  const auto erase = [&] { return rooms_.book.remove(name, actor); };
  auto erased = co_await engine::on_pool(rooms_.blocking, erase);
  if (!erased) {
    found->removed = false;
    if (running_ && !stopping_) start(found);
    co_return erased.take_error();
  }
  {
    const std::lock_guard lock(lock_);
    units_.erase(name);
  }
  if (rooms_.incidents) {
    for (const char* kind : {"endpoint_gone:", "endpoint_down:", "deliveries_lost:"}) rooms_.incidents->resolve(kind + name);
  }
  co_return *last;
}

Task<Result<SeekPlan>> Fleet::seek_here(std::string name, SeekTarget target, std::optional<std::uint64_t> confirmed, trust::Actor actor) {
  Turn mine = co_await turn();
  const auto found = unit(name);
  if (!found) co_return unknown(name);
  const feed::Offset from = stats(*found).cursor;
  const Selector& selector = found->standard ? *found->standard->selector : *found->interests;
  const auto look = [&]() -> Result<SeekPlan> {
    auto to = offset_of(rooms_.log, target);
    if (!to) return to.take_error();
    return plan_seek(rooms_.log, selector, from, *to);
  };
  auto plan = co_await engine::on_pool(rooms_.blocking, look);
  if (!plan || !confirmed) co_return plan;
  if (!plan->exact || plan->deliveries > *confirmed) {
    co_return fail(Errc::kConflict, "confirm: " + std::string(plan->exact ? "" : "at least ") + std::to_string(plan->deliveries) + " deliveries are concerned, more than the " +
                                        std::to_string(*confirmed) + " that were confirmed" + (plan->exact ? "" : "; move in steps"));
  }
  const std::string summary = "Endpoint " + name + " moved from " + std::to_string(plan->from.value) + " to " + std::to_string(plan->to.value) + ": " +
                              std::to_string(plan->deliveries) + (plan->forward() ? " deliveries left out" : " deliveries sent again");
  const bool rests = !found->dispatcher;
  const auto store = [&]() -> Result<void> {
    auto kept = rooms_.book.seek(name, plan->to, summary, actor);
    return kept && rests ? rest(*found) : kept;
  };
  const auto kept = co_await engine::on_pool(rooms_.blocking, store);
  if (!kept) co_return fail(kept.error().code, kept.error().detail);
  restart(*found);
  co_return plan;
}

}  // namespace delivery
