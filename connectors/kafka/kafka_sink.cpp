#include "connectors/kafka/kafka_sink.h"

#include <algorithm>
#include <charconv>
#include <deque>

#include "connectors/kafka/kafka_client.h"
#include "engine/base/json_writer.h"
#include "engine/telemetry/log.h"

namespace connectors {

using engine::Errc;
using engine::Result;
using engine::telemetry::Level;
using engine::telemetry::log_event;
using engine::telemetry::Severity;
using std::chrono::milliseconds;

namespace {

constexpr std::string_view kTrouble = "sink_trouble";
constexpr std::string_view kGap = "sink_gap";
constexpr std::size_t kReadBytes = 1U << 20;
constexpr milliseconds kSaveEvery{200};
constexpr milliseconds kLook{50};             // how long a callback waits at most to be served
constexpr milliseconds kIdle{500};
constexpr milliseconds kBackoff{500}, kBackoffCap{15'000};

std::string_view name_of(feed::Origin origin) {
  switch (origin) {
    case feed::Origin::kStream: return "stream";
    case feed::Origin::kSnapshot: return "snapshot";
    case feed::Origin::kSchedule: return "schedule";
    case feed::Origin::kImport: return "import";
    case feed::Origin::kResnapshot: return "resnapshot";
  }
  return "stream";
}

}  // namespace

std::string sink_value(const feed::StoredChange& stored, bool sensitive) {
  const auto& change = stored.change;
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object().key("offset").number_u64(stored.offset.value).key("eventId").string(feed::text(change.event_id));
  json.key("resourceType").string(change.key.type).key("resourceId").string(change.key.id).key("action").string(feed::name(change.feed_action));
  json.key("updatedAt").instant(change.updated_at).key("committedAt").instant(change.commit_time).key("origin").string(name_of(change.origin));
  json.key("snapshot");
  if (change.tombstone() || change.parts.feed.empty()) json.null();
  else json.raw(change.parts.feed);
  if (sensitive && !change.parts.sensitive.empty()) json.key("sensitive").raw(change.parts.sensitive);
  json.end_object();
  return out;
}

// What lives as long as one producer. Records are known by their place in `sent`: numbers, so that a callback of a record cannot find it gone.
struct KafkaSink::Session {
  struct Sent {
    std::uint64_t offset = 0;
    bool done = false;
  };
  static void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto& session = *static_cast<Session*>(opaque);
    if (message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) return;
    if (message->err) {
      if (session.failure.empty()) session.failure = rd_kafka_err2str(message->err);
      return;
    }
    const auto number = reinterpret_cast<std::uintptr_t>(message->_private);
    if (number < session.first_number) return;
    session.sent[number - session.first_number].done = true;
    ++session.acknowledged;
  }

  std::deque<Sent> sent;              // in order, from the first that is not acknowledged
  std::uintptr_t first_number = 1;    // of sent.front()
  std::uint64_t acknowledged = 0;
  std::string failure;
  feed::Offset next;                  // to be read
  feed::Offset saved;
  engine::MonoTime saved_at{};
  std::optional<KafkaClient> client;  // goes first: its callbacks look at the rest
  rd_kafka_topic_t* topic = nullptr;
  ~Session() {
    if (client) rd_kafka_purge(client->handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    if (client) rd_kafka_flush(client->handle(), static_cast<int>(kLook.count()));
    if (topic) rd_kafka_topic_destroy(topic);
    client.reset();
  }
};

KafkaSink::KafkaSink(KafkaSinkOptions options, const feed::ChangeLog& log, SinkProgress progress, const engine::Clock& clock, engine::telemetry::IncidentSink& incidents)
    : options_(std::move(options)), log_(log), progress_(std::move(progress)), clock_(clock), incidents_(incidents) {
  auto stored = progress_.load();  // retention asks before run() does
  cursor_ = stored && *stored ? (*stored)->value : options_.from_now ? log_.high_watermark().value : log_.first_offset().value;
}
KafkaSink::~KafkaSink() = default;

void KafkaSink::stop() {
  stopped_ = true;
  wake();
}

void KafkaSink::wake() {
  const std::lock_guard lock(mutex_);
  news_ = true;
  wake_.notify_all();
}

bool KafkaSink::wait(milliseconds duration) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, duration, [this] { return news_ || stopped_; });
  news_ = false;
  return !stopped_;
}

void KafkaSink::publish_stats(const std::function<void(KafkaSinkStats&)>& change) {
  const std::lock_guard lock(mutex_);
  change(stats_);
}

KafkaSinkStats KafkaSink::stats() const {
  const auto cursor = feed::Offset{cursor_.load()};
  const auto end = log_.high_watermark();
  std::chrono::microseconds age{0};
  if (cursor < end) {
    const auto owed = log_.read(std::max(cursor, log_.first_offset()), 1);
    if (owed && !owed->empty()) age = std::max(age, clock_.wall_now() - owed->front().change.appended_at);
  }
  const std::lock_guard lock(mutex_);
  auto copy = stats_;
  copy.lag = end.value - std::min(end.value, cursor.value);
  copy.oldest_age = age;
  return copy;
}

// A cursor that cannot be read must not look like a new sink: that would publish everything again, or skip.
Result<void> KafkaSink::begin() {
  auto stored = progress_.load();
  if (!stored) return stored.take_error();
  if (!*stored) return progress_.save(feed::Offset{cursor_.load()});
  cursor_ = (*stored)->value;
  return engine::ok();
}

void KafkaSink::run() {
  auto backoff = kBackoff;
  while (!stopped_) {
    const auto before = cursor_.load();
    auto ended = begin();
    if (ended) ended = publish_session();
    if (stopped_) break;
    if (!ended) {
      log_event(Level::kWarn, "sink_session_ended", {{"topic", options_.topic}, {"code", engine::name(ended.error().code)}, {"detail", ended.error().detail}});
      publish_stats([&](KafkaSinkStats& stats) {
        stats.connected = false;
        stats.last_error = ended.error().detail;
        ++stats.failures;
      });
      incidents_.report(kTrouble, ended.error().code == Errc::kUnsupported ? Severity::kCritical : Severity::kWarning, "topic " + options_.topic + ": " + ended.error().detail);
    }
    backoff = cursor_.load() > before ? kBackoff : std::min(backoff * 2, kBackoffCap);
    const auto until = clock_.now() + backoff;
    while (clock_.now() < until && wait(std::chrono::duration_cast<milliseconds>(until - clock_.now()) + milliseconds(1))) {}
  }
}

Result<void> KafkaSink::publish_session() {
  Session session;
  auto client = KafkaClient::open(options_.connection, KafkaClient::Role::kProducer,
                                  {{"enable.idempotence", "true"},
                                   {"linger.ms", "5"},
                                   {"partitioner", "murmur2_random"},  // as Java's clients choose, so that both put a key into one partition
                                   {"message.timeout.ms", std::to_string(options_.timeout.count())},
                                   {"queue.buffering.max.messages", std::to_string(options_.in_flight + 1)}},
                                  Session::delivered, &session);
  if (!client) return client.take_error();
  session.client.emplace(std::move(*client));
  session.topic = rd_kafka_topic_new(session.client->handle(), options_.topic.c_str(), nullptr);
  if (!session.topic) return kafka_failure(rd_kafka_last_error(), "topic " + options_.topic);
  session.next = session.saved = feed::Offset{cursor_.load()};
  while (!stopped_) {
    auto sent = send_some(session);
    if (!sent) return sent.take_error();
    const bool full = session.sent.size() >= options_.in_flight;
    session.client->poll(session.sent.empty() || (*sent && !full) ? milliseconds(0) : kLook);
    if (auto settled = settle(session, false); !settled) return settled;
    if (!session.failure.empty()) return engine::fail(Errc::kUnavailable, session.failure);
    if (session.client->trouble().refused) return session.client->refusal();
    if (session.client->trouble().all_brokers_down && !session.sent.empty()) {
      const auto trouble = "no broker of " + options_.connection.brokers + " can be reached; changes wait in the log; " + session.client->trouble().reason();
      publish_stats([&](KafkaSinkStats& stats) {
        stats.connected = false;
        stats.last_error = trouble;
      });
      incidents_.report(kTrouble, Severity::kWarning, trouble);  // whoever sees it finds the figures that go with it
      session.client->trouble().all_brokers_down = false;
    }
    if (!*sent && session.sent.empty()) {
      if (auto settled = settle(session, true); !settled) return settled;
      publish_stats([](KafkaSinkStats& stats) { stats.connected = stats.connected || stats.last_error.empty(); });
      if (!wait(kIdle)) break;
    }
  }
  rd_kafka_flush(session.client->handle(), static_cast<int>(kIdle.count()));
  return settle(session, true);
}

/// True where something was read.
Result<bool> KafkaSink::send_some(Session& session) {
  if (session.sent.size() >= options_.in_flight || session.next >= log_.high_watermark()) return false;
  auto read = log_.read(session.next, kReadBytes);
  if (!read && read.error().code == Errc::kExpired) {
    incidents_.report(kGap, Severity::kCritical, "topic " + options_.topic + ": retention removed replaced versions that were not published; the newest version of every resource follows");
    session.next = log_.first_offset();
    return true;
  }
  if (!read) return read.take_error();
  for (const auto& stored : *read) {
    if (session.sent.size() >= options_.in_flight) break;
    session.next = feed::Offset{stored.offset.value + 1};
    const bool shown = stored.change.visible.feed && !stored.change.note;
    session.sent.push_back({stored.offset.value, !shown});
    if (!shown) continue;
    const auto value = sink_value(stored, options_.sensitive);
    const auto key = stored.change.key.type + "/" + stored.change.key.id;
    const auto offset = std::to_string(stored.offset.value);
    auto* const number = reinterpret_cast<void*>(session.first_number + session.sent.size() - 1);
    const auto error = rd_kafka_producev(session.client->handle(), RD_KAFKA_V_RKT(session.topic), RD_KAFKA_V_PARTITION(RD_KAFKA_PARTITION_UA), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                         RD_KAFKA_V_KEY(key.data(), key.size()), RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                                         RD_KAFKA_V_HEADER("offset", offset.data(), static_cast<ssize_t>(offset.size())), RD_KAFKA_V_OPAQUE(number), RD_KAFKA_V_END);
    if (error) return kafka_failure(error, "topic " + options_.topic);
  }
  return true;
}

/// Moves the cursor behind what is acknowledged without a gap.
Result<void> KafkaSink::settle(Session& session, bool force) {
  auto cursor = cursor_.load();
  while (!session.sent.empty() && session.sent.front().done) {
    cursor = session.sent.front().offset + 1;
    session.sent.pop_front();
    ++session.first_number;
  }
  if (cursor != cursor_.load()) {
    cursor_.store(cursor, std::memory_order_release);
    incidents_.resolve(kTrouble);
  }
  publish_stats([&](KafkaSinkStats& stats) {
    stats.in_flight = session.sent.size();
    stats.published += std::exchange(session.acknowledged, 0);
    if (feed::Offset{cursor} > session.saved) stats.connected = true, stats.last_error.clear();
  });
  const auto now = clock_.now();
  if (feed::Offset{cursor} <= session.saved || (!force && now - session.saved_at < kSaveEvery)) return engine::ok();
  if (auto saved = progress_.save(feed::Offset{cursor}); !saved) return saved;
  session.saved = feed::Offset{cursor};
  session.saved_at = now;
  return engine::ok();
}

}  // namespace connectors
