#pragma once
// Ends the blocked calls of a source's connections.

#include <mutex>
#include <set>

namespace connectors {

/// Threads: any.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  /// From now on every call on its connections answers kCancelled.
  void stop();
  bool stopped() const;
  int descriptor() const { return event_; }  ///< readable once stopped

  /// For connections whose library blocks by itself: stop() shuts a watched socket down.
  void watch(int socket);
  /// Before the descriptor's number may be another's.
  void forget(int socket);

 private:
  mutable std::mutex mutex_;
  std::set<int> sockets_;
  bool stopped_ = false;
  int event_ = -1;
};

}  // namespace connectors
