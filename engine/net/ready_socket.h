#pragma once
// A connected socket whose readiness is known before the kernel is asked.

#include <functional>
#include <memory>
#include <span>

#include "engine/net/readiness.h"

namespace engine::net {

/// Reads and writes never block and never raise SIGPIPE; what is known to find nothing asks nobody. Belongs to the loop of its Readiness. Stays where it is.
class ReadySocket {
 public:
  /// Takes the descriptor, which is closed in any case.
  ReadySocket(std::shared_ptr<Readiness> set, int descriptor) : descriptor_(descriptor), watched_(std::move(set), descriptor) {}
  ~ReadySocket() { close(); }
  ReadySocket(const ReadySocket&) = delete;
  ReadySocket& operator=(const ReadySocket&) = delete;

  bool open() const { return watched_.open(); }
  /// False: read_some() would find nothing.
  bool readable() const { return watched_.readable(); }
  /// would_block where there is nothing; eof where the peer has ended.
  std::size_t read_some(asio::mutable_buffer into, asio::error_code& failed);
  /// What it takes now; would_block where it takes nothing.
  std::size_t write_some(asio::const_buffer from, asio::error_code& failed);
  std::size_t write_some(std::span<const asio::const_buffer> from, asio::error_code& failed);  ///< at most 8 of them
  /// Unasked for: the peer has ended, or said something that was not read.
  bool disturbed() const;

  /// Readiness::Watched. True, and at once, where the last call did not block.
  Task<Readiness::Woken> until_readable() { return watched_.until_readable(); }
  Task<Readiness::Woken> until_writable() { return watched_.until_writable(); }
  /// Readiness::Watched::on_readable(); `now`: there is something in any case.
  void on_readable(std::function<void()> notice, bool now) { watched_.on_readable(std::move(notice), now); }
  /// Who waits goes on after this call, with kCancelled.
  void wake() { watched_.wake(); }
  /// The peer sees the end of what it is sent.
  void end_sending();
  /// As wake(); a notice is dropped.
  void close();

 private:
  bool may(bool ready, asio::error_code& failed) const;
  std::size_t wrote(ssize_t n, asio::error_code& failed);

  int descriptor_;
  Readiness::Watched watched_;
};

}  // namespace engine::net
