#pragma once
// Answers whose body is made while it is sent, and requests that wait: what the server tells a handler about the other end.

#include <functional>
#include <string_view>

#include "engine/runtime/asio.h"

namespace engine::net {

/// Says that waiting on behalf of a request has lost its point: the peer has closed its side or is gone, or the server stops.
/// A closed sending side cannot be told from a closed connection. So only a peer whose handler or stream listens is watched; one that never
/// listens is never told and answers in full. Whoever is told comes to an end soon, in the ordinary way: what it still answers is sent, and a peer
/// that closed only its sending side gets it.
/// Belongs to the connection's loop; outlives the handler and the stream it was given to.
class Interruption {
 public:
  virtual bool raised() const = 0;
  /// Calls `wake` once, on this loop, when it is raised; at once where it is already. Replaces what was given before; empty: nobody any more.
  /// `wake` must not resume a coroutine itself: it cancels a timer, or posts.
  virtual void listen(std::function<void()> wake) = 0;

 protected:
  ~Interruption() = default;
};

/// Listens for as long as it lives. `on` may be nullptr: nothing interrupts.
class Listening {
 public:
  Listening(Interruption* on, std::function<void()> wake) : on_(on) {
    if (on_) on_->listen(std::move(wake));
  }
  ~Listening() {
    if (on_) on_->listen({});
  }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

 private:
  Interruption* on_;
};

/// Where a streamed body goes. Belongs to the connection's loop.
class BodyWriter {
 public:
  /// Sends `piece`, which outlives the call. Returns when the system has taken all of it, at the latest after ServerLimits::write_timeout, so
  /// that what a slow reader owes is never more than one piece and its socket's buffer. An empty piece sends nothing.
  /// False: it was not (all) sent and nothing more will be, because the peer is gone or too slow: produce() returns then.
  virtual Task<bool> write(std::string_view piece) = 0;
  virtual Interruption& interruption() = 0;

 protected:
  ~BodyWriter() = default;
};

/// A body of unknown length. Lives until its production has ended.
class BodyStream {
 public:
  virtual ~BodyStream() = default;
  /// Writes the body, piece by piece. Called once, behind the head, on the connection's loop; not for HEAD. Returning ends the body; throwing cuts
  /// the connection, so that the peer sees an unfinished answer. One without an end looks at out.interruption() and returns once it is raised.
  virtual Task<void> produce(BodyWriter& out) = 0;
};

}  // namespace engine::net
