#include "feed/feed_bell.h"

#include <atomic>
#include <cassert>
#include <map>
#include <set>

#include "feed/change_codec.h"

namespace feed {
namespace {

using engine::MonoTime;

constexpr std::uint64_t kLook = 1024;  // more new records than this are not looked at one by one: everybody is woken

}  // namespace

// What belongs to one loop. Lives as long as somebody waits there, or a post is under way.
struct FeedBell::Shard {
  Shard(RecordLog& l, const TypeTable& t, engine::Timers& c, asio::any_io_executor e)
      : log(l), types(t), timers(c), executor(std::move(e)), seen(log.high_watermark()) {}

  TypeMask arrived(Offset end) const;
  void look();
  void ring(TypeMask came);
  void leave(FeedWait& wait);
  static engine::Task<void> sweep(std::shared_ptr<Shard> shard);

  const RecordLog& log;
  const TypeTable& types;
  engine::Timers& timers;
  const asio::any_io_executor executor;
  std::atomic<bool> posted{false};
  Offset seen;                                        // everything below has been looked at
  std::map<TypeMask, std::vector<FeedWait*>> waits;   // few masks, many readers
  std::set<std::pair<MonoTime, FeedWait*>> deadlines;
  bool sweeping = false;
};

TypeMask FeedBell::Shard::arrived(Offset end) const {
  if (end.value - seen.value > kLook) return types.all();
  TypeMask found = 0;
  const auto note = [&](const RecordRef& record) {
    const auto change = view_change(record.bytes);
    if (!change) {
      found = types.all();  // damage is for the readers to report
    } else if (change->visible.feed && !change->note) {
      found |= types.bit_of_item(change->type);
    }
    return found != types.all();
  };
  const auto scanned = log.scan({seen, end}, engine::store::ReadFrom::kCacheOnly, note);
  return scanned ? found : types.all();
}

void FeedBell::Shard::look() {
  posted.store(false);  // first: what is appended from here on posts again
  const auto end = log.high_watermark();
  const TypeMask came = waits.empty() ? 0 : arrived(end);
  seen = end;
  ring(came);
}

void FeedBell::Shard::ring(TypeMask came) {
  for (const auto& [wanted, readers] : waits) {
    if ((wanted & came) == 0) continue;
    for (auto* reader : readers) reader->ring();
  }
}

engine::Task<void> FeedBell::Shard::sweep(std::shared_ptr<Shard> shard) {
  while (!shard->deadlines.empty()) {
    co_await shard->timers.sleep_until(shard->timers.now() + kSweep);
    const auto now = shard->timers.now();
    for (auto first = shard->deadlines.begin(); first != shard->deadlines.end() && first->first <= now; first = shard->deadlines.begin()) {
      auto* reader = first->second;
      shard->deadlines.erase(first);
      reader->late_ = true;
      reader->bell_.cancel();
    }
  }
  shard->sweeping = false;
}

void FeedBell::Shard::leave(FeedWait& wait) {
  const auto found = waits.find(wait.types_);
  auto& readers = found->second;
  readers[wait.place_] = readers.back();
  readers[wait.place_]->place_ = wait.place_;
  readers.pop_back();
  if (readers.empty()) waits.erase(found);
}

FeedBell::FeedBell(RecordLog& log, const TypeTable& types, engine::Timers& timers, const std::vector<asio::any_io_executor>& loops)
    : timers_(timers) {
  for (const auto& loop : loops) shards_.push_back(std::make_shared<Shard>(log, types, timers, loop));
  log.on_append([shards = shards_](Offset) {
    for (const auto& shard : shards) {
      if (shard->posted.exchange(true)) continue;
      asio::post(shard->executor, [shard] { shard->look(); });
    }
  });
}

FeedBell::~FeedBell() = default;

void FeedBell::ring_all() {
  for (const auto& shard : shards_) asio::post(shard->executor, [shard] { shard->ring(~TypeMask{0}); });
}

const std::shared_ptr<FeedBell::Shard>& FeedBell::shard_of(const asio::any_io_executor& loop) const {
  for (const auto& shard : shards_) {
    if (shard->executor == loop) return shard;
  }
  assert(false && "not one of the bell's loops");
  return shards_.front();
}

FeedWait::FeedWait(FeedBell& bell, const asio::any_io_executor& loop, TypeMask types)
    : shard_(bell.shard_of(loop)), bell_(loop, MonoTime::max()), types_(types) {
  auto& readers = shard_->waits[types_];
  place_ = readers.size();
  readers.push_back(this);
}

FeedWait::~FeedWait() { shard_->leave(*this); }

void FeedWait::want(TypeMask types) {
  if (types == types_) return;
  shard_->leave(*this);
  types_ = types;
  auto& readers = shard_->waits[types_];
  place_ = readers.size();
  readers.push_back(this);
}

engine::Task<FeedWait::End> FeedWait::until(MonoTime deadline) {
  late_ = false;
  if (!woken_ && !rung_) {
    if (deadline <= shard_->timers.now()) co_return End::kDeadline;
    // Erased also where the wait is cancelled and its frame destroyed.
    struct Due {
      FeedBell::Shard& shard;
      std::pair<MonoTime, FeedWait*> entry;
      ~Due() { shard.deadlines.erase(entry); }
    } due{*shard_, {deadline, this}};
    shard_->deadlines.insert(due.entry);
    if (!std::exchange(shard_->sweeping, true)) asio::co_spawn(shard_->executor, FeedBell::Shard::sweep(shard_), asio::detached);
    co_await bell_.async_wait(engine::kTuple);
  }
  co_return woken_ ? End::kWoken : rung_ ? End::kArrived : late_ ? End::kDeadline : End::kWoken;
}

void FeedWait::ring() {
  rung_ = true;
  bell_.cancel();
}

void FeedWait::wake() {
  woken_ = true;
  bell_.cancel();
}

}  // namespace feed
