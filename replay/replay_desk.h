#pragma once
// The operator's desk: sends dead letters again on request.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "delivery/dead_letters.h"
#include "engine/base/result.h"

namespace replay {

/// The column families this room needs in Store::open: none yet, a request is the dead letter's own status.
std::vector<std::string> families();

/// Answers are given once the request is durable; sending is asynchronous and continues after a restart (contract 16.8).
///
/// Blocking (a synced write): call through engine::on_pool(). Threads: any.
class ReplayDesk {
 public:
  /// Hands a queued dead letter to the dispatcher of its endpoint. Called from any thread, never blocks. False: there is no such endpoint (now).
  using Send = std::function<bool(const std::string& endpoint, delivery::DeadLetterId id)>;
  /// `configured`: whether webhooks have URL and secret.
  ReplayDesk(delivery::DeadLetters& letters, bool configured, Send send);

  struct One {
    delivery::DeadLetter letter;  ///< as it is now: queued
    bool already = false;         ///< it was queued before; it will be sent once
  };
  /// kNotFound: no such record. kUnavailable: webhooks are not configured (checked after existence, contract 16.8).
  /// kConflict: there is nothing to send, the change was lost before its payload was made.
  engine::Result<One> replay_one(delivery::DeadLetterId id);

  struct All {
    std::size_t attempted = 0;
    std::vector<delivery::DeadLetterId> replayed;
    std::vector<std::string> errors;  ///< "ID 12: …"
  };
  /// The newest `limit` failed records (1..500 after clamping: <= 0 is 100). A record that cannot be queued becomes an error text, the rest goes on.
  engine::Result<All> replay_all(long long limit);

 private:
  engine::Result<One> queue(const delivery::DeadLetter& letter);
  delivery::DeadLetters& letters_;
  bool configured_;
  Send send_;
};

}  // namespace replay
