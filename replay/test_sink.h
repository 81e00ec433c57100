#pragma once
// The development test sink: a receiver inside the house that keeps what it is sent (contract craft-agents-api 16.10, governance 6.6).

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "delivery/endpoint.h"
#include "delivery/verification.h"
#include "replay/capture.h"
#include "replay/kept_rows.h"
#include "replay/probing_rooms.h"

namespace replay {

struct SinkSummary {
  std::size_t total = 0, valid = 0, invalid = 0, unsigned_ = 0, secret_missing = 0;
  std::optional<engine::WallTime> last_captured;
  std::vector<Capture> newest;
};

/// Whether a webhook's URL leads to `sink_url`: scheme, host, port and path are the same. A query makes no difference.
bool leads_to(const engine::net::Url& hook, const std::string& sink_url);

/// Threads: any. Blocking: every method but send_test(), which goes through `blocking`.
class TestSink {
 public:
  static constexpr std::uint64_t kKept = 200;
  static constexpr std::size_t kShown = 20;

  /// `endpoint`: the contract's own one. Signatures are checked with its keys and with those of every other endpoint whose URL leads here.
  static engine::Result<std::unique_ptr<TestSink>> open(ProbingRooms rooms, const delivery::EndpointConfig& endpoint);

  /// Checks the signature (the contract's headers, else those of Standard Webhooks; no bound on the age), keeps the request, forgets the oldest beyond kKept.
  /// Id, status and time are given here, texts are cut to their widths.
  engine::Result<Capture> capture(Capture received);
  engine::Result<SinkSummary> summary() const;
  /// How many there were; audited.
  engine::Result<std::size_t> clear(trust::Actor actor);
  /// Whether the webhook's URL leads to `sink_url`: scheme, host, port and path are the same.
  bool leads_to(const std::string& sink_url) const;
  /// Sends one signed entry/updated event to the URL of the webhook, or of the endpoint of that name, which must be the sink's, and gives what the sink then holds
  /// of it. One attempt; audited. kUnavailable: webhooks are not configured. kConflict: the URL is another, or nothing may be sent there. kNotFound: there is no
  /// such endpoint, or it was sent and did not arrive, with the outcome's words.
  engine::Task<engine::Result<Capture>> send_test(std::string sink_url, trust::Actor actor, std::string endpoint = {});

 private:
  TestSink(ProbingRooms rooms, const delivery::EndpointConfig& endpoint, KeptRows rows);
  /// What a signature may have been made with.
  struct Keys {
    explicit Keys(const delivery::EndpointConfig& endpoint);
    bool empty() const { return secrets.empty() && standard.public_keys.empty(); }
    std::vector<engine::Secret> secrets;
    delivery::StandardKeys standard;
  };
  static delivery::Verification verdict(const Keys& keys, const Capture& received);
  engine::Result<CaptureStatus> judge(const Capture& received) const;
  engine::Result<Capture> find(const std::string& event_id, const delivery::Outcome& outcome, const trust::Actor& actor);

  ProbingRooms rooms_;
  const Keys keys_;
  std::mutex writing_;
  KeptRows rows_;
};

}  // namespace replay
