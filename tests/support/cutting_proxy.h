#pragma once
// A TCP proxy that loses connections where a test says: by closing them at a byte of either direction, or by falling silent.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace test {

/// Listens on 127.0.0.1 and connects to a server there. Threads: made and ended by one; the rest by any. Aborts the test program where it cannot listen.
class CuttingProxy {
 public:
  struct Fault {
    enum class Way : std::uint8_t { kToServer, kToClient };
    Way way = Way::kToClient;
    std::uint64_t after_bytes = 0;  ///< of that direction; they still arrive
    bool reset = false;             ///< both sides see a reset; else the end of the other
  };
  /// What becomes of a connection that is being opened; nullopt: nothing. Called on the proxy's thread.
  using Plan = std::function<std::optional<Fault>()>;

  CuttingProxy(std::uint16_t server_port, Plan plan);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  std::uint16_t port() const { return port_; }
  /// Connections that came to their planned end.
  unsigned ended() const { return ended_; }
  /// Closes every connection there is.
  void close_all() { close_all_ = true; }
  /// From now on neither side of a connection there is hears of the other, and neither is told: the server keeps its side until the proxy ends.
  void silence_all() { silence_all_ = true; }

 private:
  struct Pair;
  void run();
  void accept_one();
  void pass(Pair& pair, bool to_server);

  const std::uint16_t server_port_;
  const Plan plan_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<Pair>> pairs_;
  std::atomic<unsigned> ended_{0};
  std::atomic<bool> close_all_{false}, silence_all_{false}, stop_{false};
  std::thread thread_;
};

}  // namespace test
