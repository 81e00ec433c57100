#include "delivery/change_router.h"

#include <utility>

#include "engine/runtime/on_pool.h"
#include "engine/telemetry/log.h"

namespace delivery {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kChanges = 256;            // of the log at a time: then others get the loop
constexpr std::size_t kCopied = 512 * 1024;      // bytes of records brought from disk at a time
constexpr auto kStorageRetry = 1s;

struct Copied {
  std::vector<std::pair<feed::Offset, std::string>> records;
  feed::Offset next;
};

}  // namespace

ChangeRouter::ChangeRouter(Rooms rooms) : rooms_(std::move(rooms)), work_(rooms_.loop) {}

void ChangeRouter::stop() {
  if (stop_asked_.exchange(true)) return;
  asio::post(rooms_.loop, [this] { work_.wake_all(); });
}

void ChangeRouter::wake() {
  if (woken_.exchange(true)) return;
  asio::post(rooms_.loop, [this] { work_.wake_all(); });
}

std::optional<ChangeRouter::Slot> ChangeRouter::follow(Follower& follower, const Subscription& wanted, feed::Offset from) {
  if (following_ == 0) position_.store(from.value, std::memory_order_release);
  if (position() > from) return std::nullopt;
  if (free_.empty()) {
    free_.push_back(static_cast<Slot>(places_.size()));
    places_.emplace_back();
  }
  const Slot slot = free_.back();
  free_.pop_back();
  places_[slot] = {&follower, from};
  matcher_.put(slot, wanted);
  ++following_;
  work_.wake_all();
  return slot;
}

void ChangeRouter::leave(Slot slot) {
  if (!places_[slot].follower) return;
  places_[slot].follower = nullptr;
  matcher_.erase(slot);
  free_.push_back(slot);
  --following_;
}

// False: nobody follows any more.
bool ChangeRouter::route(const feed::ChangeView& change, feed::Offset offset) {
  matcher_.match(change, matched_);
  for (const Slot slot : matched_) {
    Place& place = places_[slot];
    if (offset < place.from) continue;  // offered already, or before it followed
    place.from = feed::Offset{offset.value + 1};
    if (!place.follower->offer(offset)) leave(slot);
  }
  return following_ > 0;
}

engine::Task<void> ChangeRouter::advance() {
  const feed::Offset from = position();
  feed::ScanRange range;
  range.from = from;
  range.end = std::min(rooms_.log.high_watermark(), feed::Offset{from.value + kChanges});
  std::optional<engine::Error> damage;
  const auto look = [&](const feed::RecordRef& record) {
    auto change = feed::view_change(record.bytes);
    if (!change) damage = change.error();
    return change && route(*change, record.offset);
  };
  auto stopped = rooms_.log.scan(range, engine::store::ReadFrom::kCacheOnly, look);
  if (!stopped && stopped.error().code == engine::Errc::kUnavailable) {
    Copied copied;
    std::size_t bytes = 0;
    const auto copy = [&copied, &bytes](const feed::RecordRef& record) {
      if (bytes >= kCopied) return false;
      bytes += record.bytes.size();
      copied.records.emplace_back(record.offset, record.bytes);
      return true;
    };
    const auto read = [this, range, &copy] { return rooms_.log.scan(range, engine::store::ReadFrom::kAnywhere, copy); };
    stopped = co_await engine::on_pool(rooms_.blocking, read);
    if (position() != from) co_return;  // nobody followed meanwhile, and somebody else began
    for (std::size_t i = 0; stopped && i < copied.records.size(); ++i) {
      if (!look({copied.records[i].first, copied.records[i].second})) break;
    }
  }
  if (!stopped || damage) {
    const auto& error = damage ? *damage : stopped.error();
    engine::telemetry::log_event(engine::telemetry::Level::kError, "log_unreadable", {{"offset", from.value}, {"error", error.detail}});
    co_await work_.wait_until(rooms_.timers, rooms_.timers.now() + kStorageRetry);
    co_return;
  }
  if (following_ > 0) position_.store(std::max(from, *stopped).value, std::memory_order_release);
}

engine::Task<void> ChangeRouter::run() {
  while (!stop_asked_) {
    if (following_ > 0 && position() < rooms_.log.high_watermark()) {
      co_await advance();
      co_await asio::post(rooms_.loop, asio::use_awaitable);  // the others' turn
      continue;
    }
    woken_.store(false);
    if (following_ > 0 && position() < rooms_.log.high_watermark()) continue;  // it moved before woken_ fell
    co_await work_.wait();
  }
}

}  // namespace delivery
