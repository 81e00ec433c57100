#pragma once
// Which of many sockets can be read or written: one call of the kernel asks for all of them.

#include <array>
#include <functional>
#include <memory>
#include <optional>

#include <sys/epoll.h>

#include "engine/runtime/asio.h"

namespace engine::net {

/// A set of sockets that are armed once for their life (edge-triggered), looked at in batches from one place of the loop. Asio spends one call of the kernel
/// more for every wait: a receive that finds nothing, or arming the descriptor anew.
///
/// Belongs to one loop; held by shared_ptr and by the loop while anybody waits. Where a loop ends with coroutines that still wait, they are destroyed with it.
class Readiness : public std::enable_shared_from_this<Readiness> {
 public:
  enum class Woken : unsigned char { kReady, kCancelled };

  explicit Readiness(asio::any_io_executor loop);
  ~Readiness();
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  /// One socket of the set. Stays where it is.
  class Watched {
   public:
    /// `descriptor` stays open until close().
    Watched(std::shared_ptr<Readiness> set, int descriptor);
    ~Watched() { close(); }
    Watched(const Watched&) = delete;
    Watched& operator=(const Watched&) = delete;

    /// False after close(), and where the system had no room for one more.
    bool open() const { return descriptor_ >= 0; }
    /// What was told and not taken back: true may be out of date, false is not.
    bool readable() const { return readable_; }
    bool writable() const { return writable_; }
    /// A read found less than it had room for, a write no more room: what comes now is told. Of no effect once the peer has ended.
    void read_all() { readable_ = ended_; }
    void filled() { writable_ = ended_; }

    /// Until it is so, close() is called, or the coroutine is cancelled. One waiter at a time.
    Task<Woken> until_readable() { return until(false); }
    Task<Woken> until_writable() { return until(true); }
    /// Calls `notice` once it is readable (`now`: it is in any case), never before this returns; beside a waiter, and one at a time.
    void on_readable(std::function<void()> notice, bool now);
    /// Who waits goes on after this call, with kCancelled.
    void wake();
    /// Watches no longer. As wake(); a notice is dropped.
    void close();

   private:
    friend class Readiness;
    using Waiter = asio::async_result<asio::use_awaitable_t<>, void(Woken)>::handler_type;
    static Task<Woken> at_once(Woken woken);
    Task<Woken> until(bool writable);
    void wait(Waiter waiter, bool writable);
    Waiter take_waiter();
    void tell(std::uint32_t events);
    void give_notice();
    void drop_notice();

    const std::shared_ptr<Readiness> set_;
    int descriptor_;
    bool readable_ = false;
    bool writable_ = true;
    bool ended_ = false;
    bool for_write_ = false;
    std::optional<Waiter> waiter_;
    std::function<void()> notice_;
    Watched* previous_ = nullptr;
    Watched* next_ = nullptr;
  };

 private:
  class Round;  // a look that the loop owes us
  void look_later();
  void look_when_ready();
  void look();
  void forget(const Watched& gone);
  void nobody_waits();
  void abandon();

  asio::any_io_executor loop_;
  asio::posix::stream_descriptor descriptor_;  // of the set itself
  std::array<epoll_event, 64> batch_{};        // then others of the loop get their turn
  std::size_t told_ = 0;                       // of the batch, being told
  std::size_t waiting_ = 0;
  bool looking_ = false;                       // a Round exists
  bool sleeping_ = false;                      // and it waits in the kernel
  Watched* first_ = nullptr;
};

}  // namespace engine::net
