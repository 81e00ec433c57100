#pragma once
// What receivers saw, in memory that processes share: whoever judges it reads what its children noted.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace bench {

/// One attempt that reached a receiver, noted right before its answer.
struct Arrival {
  double at = 0;             ///< now_seconds()
  std::uint64_t event = 0;   ///< feed::EventId
  std::uint32_t endpoint = 0;
  bool accepted = false;     ///< answered 2xx, whole
  bool genuine = false;      ///< its signature holds
};
/// The feed::EventId in "evt_0123456789abcdef", a request's X-Agents-Webhook-Id.
std::uint64_t event_in(std::string_view header);
/// The number behind the last '-' of a path like "/healthy-14".
std::uint32_t endpoint_in(std::string_view path);

/// Made before the processes that use it are forked. One process notes; any reads.
class ArrivalRecord {
 public:
  /// Ends the program where there is no memory. Pages are taken as they are written.
  explicit ArrivalRecord(std::size_t room);
  ~ArrivalRecord();
  ArrivalRecord(const ArrivalRecord&) = delete;
  ArrivalRecord& operator=(const ArrivalRecord&) = delete;

  /// Ends the process with a message where there is no room.
  void note(const Arrival& arrival);
  std::span<const Arrival> arrivals() const;
  /// Forgets them. While nobody notes.
  void clear() { head().count = 0; }
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
