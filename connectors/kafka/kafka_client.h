#pragma once
// One librdkafka client, made from our own settings.

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kafka/kafka_options.h"
#include "engine/base/result.h"

namespace connectors {

/// What librdkafka tells of a client beside its answers. Threads: any.
struct KafkaTrouble {
  std::atomic<bool> all_brokers_down{false};
  std::atomic<bool> refused{false};  ///< authentication, authorization or TLS
  /// Why, and which fields of the configuration to look at; "" where nothing was heard.
  std::string reason() const {
    const std::lock_guard lock(mutex);
    return text;
  }
  mutable std::mutex mutex;
  std::string text;
};

/// Owns the client. Threads: as librdkafka's. Blocking: destruction may wait for its threads.
class KafkaClient {
 public:
  enum class Role : std::uint8_t { kConsumer, kProducer };
  /// `settings`: librdkafka's, behind those of the connection. `opaque` comes back in callbacks; nullptr: none.
  /// kUnsupported: a setting that librdkafka does not know or take, named.
  static engine::Result<KafkaClient> open(const KafkaConnection& connection, Role role, const std::vector<std::pair<std::string, std::string>>& settings,
                                          void (*delivered)(rd_kafka_t*, const rd_kafka_message_t*, void*) = nullptr, void* opaque = nullptr);
  KafkaClient(KafkaClient&&) noexcept = default;
  KafkaClient& operator=(KafkaClient&&) noexcept = default;

  rd_kafka_t* handle() const { return handle_.get(); }
  KafkaTrouble& trouble() { return context_->trouble; }
  /// kUnsupported with the reason, where trouble().refused.
  tl::unexpected<engine::Error> refusal() const;
  /// Serves callbacks, waiting at most so long.
  void poll(std::chrono::milliseconds patience) { rd_kafka_poll(handle_.get(), static_cast<int>(patience.count())); }

  struct Context {
    KafkaTrouble trouble;
    std::string fields;  // KafkaConnection::named
    void (*delivered)(rd_kafka_t*, const rd_kafka_message_t*, void*) = nullptr;
    void* opaque = nullptr;
  };

 private:
  struct Destroy {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  };
  KafkaClient() = default;
  std::unique_ptr<Context> context_;                // outlives the client, whose callbacks look at it
  std::unique_ptr<rd_kafka_t, Destroy> handle_;
};

/// A failure of librdkafka as ours: authentication, authorization and configuration are kUnsupported (a person has to act), everything else kUnavailable.
tl::unexpected<engine::Error> kafka_failure(rd_kafka_resp_err_t error, const std::string& what);

}  // namespace connectors
