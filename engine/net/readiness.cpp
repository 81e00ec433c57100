#include "engine/net/readiness.h"

#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

namespace engine::net {

// Whatever becomes of a handler that the loop holds, those who wait learn of it: it runs, or it is destroyed with the loop.
class Readiness::Round {
 public:
  explicit Round(std::shared_ptr<Readiness> set) : set_(std::move(set)) {}
  Round(Round&&) noexcept = default;
  Round& operator=(Round&&) = delete;
  ~Round() {
    if (set_) set_->abandon();
  }
  void operator()(const asio::error_code&) { (*this)(); }  // a cancelled sleep is a look too
  void operator()() {
    const auto set = std::exchange(set_, nullptr);
    set->looking_ = set->sleeping_ = false;
    set->look();
  }

 private:
  std::shared_ptr<Readiness> set_;
};

Readiness::Readiness(asio::any_io_executor loop) : loop_(loop), descriptor_(std::move(loop)) {
  asio::error_code failed;
  const int set = epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) return;
  descriptor_.assign(set, failed);
  if (failed) ::close(set);
}

Readiness::~Readiness() = default;

void Readiness::look_later() {
  looking_ = true;
  asio::post(loop_, Round(shared_from_this()));
}

void Readiness::look_when_ready() {
  looking_ = sleeping_ = true;
  descriptor_.async_wait(asio::posix::descriptor_base::wait_read, Round(shared_from_this()));
}

// Where something was ready, more will be by the time the others of the loop had their turn: sleeping would only add a call.
void Readiness::look() {
  if (waiting_ == 0) return;
  looking_ = true;
  const int found = epoll_wait(descriptor_.native_handle(), batch_.data(), static_cast<int>(batch_.size()), 0);
  told_ = static_cast<std::size_t>(std::max(found, 0));
  for (std::size_t i = 0; i < told_; ++i) {
    if (auto* watched = static_cast<Watched*>(batch_[i].data.ptr)) watched->tell(batch_[i].events);
  }
  told_ = 0;
  looking_ = false;
  if (waiting_ == 0) return;
  if (found > 0) return look_later();
  look_when_ready();
}

// A socket of this batch may go while another one is told.
void Readiness::forget(const Watched& gone) {
  for (std::size_t i = 0; i < told_; ++i) {
    if (batch_[i].data.ptr == &gone) batch_[i].data.ptr = nullptr;
  }
}

// An empty loop can end.
void Readiness::nobody_waits() {
  asio::error_code ignored;
  if (sleeping_) descriptor_.cancel(ignored);
}

void Readiness::abandon() {
  looking_ = sleeping_ = false;
  std::vector<Watched::Waiter> waiters;
  for (auto* watched = first_; watched; watched = watched->next_) {
    if (watched->waiter_) waiters.push_back(watched->take_waiter());
    watched->drop_notice();
  }
}

Readiness::Watched::Watched(std::shared_ptr<Readiness> set, int descriptor) : set_(std::move(set)), descriptor_(descriptor) {
  epoll_event all{};
  all.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  all.data.ptr = this;
  if (epoll_ctl(set_->descriptor_.native_handle(), EPOLL_CTL_ADD, descriptor_, &all) != 0) {
    descriptor_ = -1;
    readable_ = ended_ = true;
    return;
  }
  next_ = set_->first_;
  if (next_) next_->previous_ = this;
  set_->first_ = this;
}

void Readiness::Watched::close() {
  if (!open()) return;
  epoll_ctl(set_->descriptor_.native_handle(), EPOLL_CTL_DEL, std::exchange(descriptor_, -1), nullptr);  // a process started since may hold the socket open
  set_->forget(*this);
  (previous_ ? previous_->next_ : set_->first_) = next_;
  if (next_) next_->previous_ = previous_;
  readable_ = writable_ = ended_ = true;
  drop_notice();
  wake();
}

Task<Readiness::Woken> Readiness::Watched::at_once(Woken woken) { co_return woken; }

Task<Readiness::Woken> Readiness::Watched::until(bool writable) {
  if (writable ? writable_ : readable_) return at_once(open() ? Woken::kReady : Woken::kCancelled);
  const auto begin = [this, writable](Waiter waiter) { wait(std::move(waiter), writable); };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Woken)>(begin, asio::use_awaitable);
}

void Readiness::Watched::wait(Waiter waiter, bool writable) {
  assert(!waiter_);
  auto slot = asio::get_associated_cancellation_slot(waiter);
  waiter_.emplace(std::move(waiter));
  for_write_ = writable;
  ++set_->waiting_;
  if (slot.is_connected()) slot.assign([this](asio::cancellation_type) { wake(); });
  if (!set_->looking_) set_->look_when_ready();
}

Readiness::Watched::Waiter Readiness::Watched::take_waiter() {
  Waiter waiter = std::move(*waiter_);
  waiter_.reset();
  --set_->waiting_;
  return waiter;
}

// Nothing of this object may be touched after the waiter went on: it may be gone.
void Readiness::Watched::tell(std::uint32_t events) {
  ended_ = ended_ || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  readable_ = readable_ || ended_ || (events & EPOLLIN) != 0;
  writable_ = writable_ || (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
  if (notice_ && readable_) give_notice();
  if (!waiter_ || !(for_write_ ? writable_ : readable_)) return;
  auto waiter = take_waiter();
  std::move(waiter)(Woken::kReady);
}

// Not from here: whoever cancels is in the midst of something.
void Readiness::Watched::wake() {
  if (!waiter_) return;
  asio::post(set_->loop_, [waiter = take_waiter()]() mutable { std::move(waiter)(Woken::kCancelled); });
  if (set_->waiting_ == 0) set_->nobody_waits();
}

void Readiness::Watched::on_readable(std::function<void()> notice, bool now) {
  if (!open()) return;
  assert(!notice_);
  notice_ = std::move(notice);
  ++set_->waiting_;
  if (readable_ || now) return give_notice();
  if (!set_->looking_) set_->look_when_ready();
}

// Not from here: what it does may end this object, or wait on it.
void Readiness::Watched::give_notice() {
  --set_->waiting_;
  asio::post(set_->loop_, std::exchange(notice_, {}));
}

void Readiness::Watched::drop_notice() {
  if (!notice_) return;
  notice_ = {};
  if (--set_->waiting_ == 0) set_->nobody_waits();
}

}  // namespace engine::net
