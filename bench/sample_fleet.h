#pragma once
// Many endpoints over a sample log, as the program has them.

#include <future>

#include "bench/sample_log.h"
#include "delivery/fleet.h"
#include "engine/net/http_client.h"
#include "engine/runtime/loops.h"

namespace bench {

/// Signs what every endpoint of a sample fleet is sent.
inline constexpr char kFleetSecret[] = "whsec_benchmark_of_many";

class SampleFleet {
 public:
  static engine::Result<std::unique_ptr<SampleFleet>> open(SampleLog& sample);
  ~SampleFleet();
  /// Before start(): an endpoint that wants everything from `from` (otherwise: now) on, posting to `port`.
  engine::Result<void> add(const std::string& name, std::uint16_t port, delivery::EndpointEdit edit = {}, std::optional<feed::Offset> from = {});
  /// An earlier one has added it.
  bool knows(const std::string& name) const { return book_->find(name).has_value(); }
  /// Before start(): removes what an earlier one left in the log's store.
  engine::Result<void> clear();
  engine::Result<void> start();
  /// After start(): as an operator who sees that a receiver's 410 was no farewell. Waits for it.
  void resume_disabled();
  delivery::Fleet& fleet() { return *fleet_; }
  /// Sum over the endpoints whose names begin so.
  std::uint64_t delivered(std::string_view prefix) const;

 private:
  explicit SampleFleet(SampleLog& sample) : sample_(sample) {}
  SampleLog& sample_;
  engine::crypto::SystemRandom random_;
  std::unique_ptr<trust::Vault> vault_;
  std::unique_ptr<trust::AuditLog> audit_;
  std::unique_ptr<delivery::DeadLetters> letters_;
  std::unique_ptr<delivery::EndpointBook> book_;
  asio::thread_pool pool_{1};
  engine::Loops loop_{1, "delivery"};
  std::optional<engine::net::HttpClient> client_;
  std::unique_ptr<delivery::Fleet> fleet_;
  std::promise<void> ended_;
  bool started_ = false;
};

}  // namespace bench
