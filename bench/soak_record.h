#pragma once
// What the receivers of the soak saw, in memory that processes share: whoever judges it reads what its children noted.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace bench {

/// One attempt that reached a receiver, noted right before its answer.
struct Arrival {
  double at = 0;             ///< now_seconds()
  std::uint64_t event = 0;   ///< feed::EventId
  std::uint32_t endpoint = 0;
  bool accepted = false;     ///< answered 2xx, whole
  bool genuine = false;      ///< its signature holds
};

/// Made before the processes that use it are forked. One process notes; any reads.
class SoakRecord {
 public:
  /// Ends the program where there is no memory. Pages are taken as they are written.
  explicit SoakRecord(std::size_t room);
  ~SoakRecord();
  SoakRecord(const SoakRecord&) = delete;
  SoakRecord& operator=(const SoakRecord&) = delete;

  /// Ends the process with a message where there is no room.
  void note(const Arrival& arrival);
  std::span<const Arrival> arrivals() const;
  /// From now on receivers answer 200 and nothing is committed.
  void come_to_rest() { head().resting = true; }
  bool resting() const { return head().resting; }
  /// Bytes that a sender holds.
  void saw_memory(double bytes);
  double most_memory() const { return head().most_memory; }

 private:
  struct Head {
    std::atomic<std::size_t> count{0};
    std::atomic<bool> resting{false};
    std::atomic<double> most_memory{0};
  };
  Head& head() const { return *static_cast<Head*>(shared_); }
  Arrival* first() const { return reinterpret_cast<Arrival*>(static_cast<char*>(shared_) + sizeof(Head)); }
  const std::size_t room_;
  void* shared_;
};

}  // namespace bench
