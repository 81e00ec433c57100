#pragma once
// A stage for all endpoints together: one loop, time that moves on command, a real store with vault and audit, a log in memory, receivers by URL.

#include "access/key_schema.h"
#include "delivery/fleet.h"
#include "tests/access/trust_stage.h"
#include "tests/delivery/stage.h"

namespace test {

/// Everything but the fleet and what it stands on outlives restarts. Receivers are told apart by the path of their URL: "/news".
class FleetStage {
  // First, so that they go last: what crashed lives left behind belongs to these loops, and holds secrets.
 public:
  delivery::LiveSecrets live_secrets;

 private:
  std::vector<std::unique_ptr<asio::io_context>> loops_;

 public:
  /// What the receiver at `path` does with one request.
  using Decide = std::function<Act(const std::string& path, const Arrival&)>;
  explicit FleetStage(Decide decide = [](const std::string&, const Arrival&) { return answers(200); },
                      const std::filesystem::path& disk = std::filesystem::temp_directory_path())
      : directory(disk), transport(timers, std::move(decide)) {
    open_store((directory.path() / "0").string());
    start();
  }
  ~FleetStage() {
    if (running) stop();
  }

  struct Got {
    std::string path;
    Arrival arrival;
  };
  class Receivers final : public engine::net::Transport {
   public:
    Receivers(engine::Timers& timers, Decide decide)
        : decide(std::move(decide)), inner_(timers, [this](const Arrival& arrival) {
            const Act act = this->decide(path_, arrival);
            got.push_back({path_, arrival});
            got.back().arrival.status = act.status;
            return act;
          }) {}
    engine::Task<engine::Result<engine::net::OutboundResponse>> post(engine::net::OutboundRequest request) override {
      path_ = request.url->target;
      return inner_.post(request);
    }
    Decide decide;
    std::vector<Got> got;

   private:
    std::string path_;
    ScriptedTransport inner_;
  };

  feed::Change change(const std::string& resource, const std::string& fields = "", feed::Action action = feed::Action::kUpdated) {
    const auto slash = resource.find('/');
    feed::Change made;
    made.key = {resource.substr(0, slash), resource.substr(slash + 1)};
    made.commit_time = made.appended_at = made.updated_at = timers.wall_now();
    made.webhook_action = made.feed_action = action;
    made.event_id = feed::EventId{++events_};
    if (action == feed::Action::kDeleted) return made;
    made.parts.webhook = "{\"id\":" + made.key.id + ",\"n\":" + std::to_string(++versions_[resource]) + "}";
    made.parts.list = "{\"id\":" + made.key.id + (fields.empty() ? "" : "," + fields) + "}";
    return made;
  }
  void append(std::vector<feed::Change> changes) {
    ASSERT_TRUE(log.append(changes, {"source", ++appended_, ""}));
    if (fleet) fleet->wake();
    FakeTimers::drain(loop());
  }

  void start() {
    loops_.push_back(std::make_unique<asio::io_context>());
    vault = std::move(*trust::Vault::open(*store, *engine::crypto::aead_key(TrustStage::kMaster), {}, random));
    audit = std::move(*trust::AuditLog::open(*store, *vault, timers));
    letters = std::move(*delivery::DeadLetters::open(*store, timers));
    book = std::move(*delivery::EndpointBook::open({*store, *vault, *audit, random, timers, &live_secrets, feed_types}));
    attempts = std::make_unique<delivery::AttemptLog>(*store, timers, delivery::AttemptRetention{}, [this](std::string_view text) { return live_secrets.redact(text); });
    const auto here = loop().get_executor();
    delivery::Fleet::Rooms rooms{.loop = here, .blocking = here, .timers = timers, .transport = transport, .store = *store, .log = log,
                                 .book = *book, .dead_letters = *letters, .seed = ++lives_, .incidents = &incidents,
                                 .attempts = attempts.get(), .live_secrets = &live_secrets};
    rooms.owner_usable = [this](const delivery::EndpointRecord& record) { return !unusable.contains(record.owner); };
    auto opened = delivery::Fleet::open(std::move(rooms), standard);
    ASSERT_TRUE(opened) << opened.error().detail;
    fleet = std::move(*opened);
    running = true;
    asio::co_spawn(loop(), run(), asio::detached);
    FakeTimers::drain(loop());
  }
  void stop() {
    fleet->stop();
    run_for(std::chrono::seconds(61));
    ASSERT_FALSE(running);
    close();
  }
  /// The process dies now: what the store holds is all that is left. start() works on it.
  void crash() {
    const auto rest = directory.path() / std::to_string(lives_);
    ASSERT_TRUE(store->checkpoint(rest.string()));
    running = false;
    close();
    store.reset();
    open_store(rest.string());
  }
  /// Another life, with the contract's own endpoint, whose receiver is "/standard". `selector` outlives it.
  void restart_with_standard(const delivery::Selector& selector) {
    stop();
    standard.emplace();
    standard->config.url = "http://receiver.test/standard";
    standard->config.secrets.emplace_back(kSecret);
    standard->selector = &selector;
    start();
  }
  asio::io_context& loop() { return *loops_.back(); }
  void run_for(std::chrono::nanoseconds duration) { timers.run_for(loop(), duration); }

  /// Runs an operator's task to its end.
  template <class T>
  T done(engine::Task<T> task) {
    std::optional<T> result;
    auto work = [](engine::Task<T> inner, std::optional<T>& out) -> engine::Task<void> { out.emplace(co_await std::move(inner)); };
    asio::co_spawn(loop(), work(std::move(task), result), asio::detached);
    for (int i = 0; i < 70 && !result; ++i) run_for(std::chrono::seconds(1));
    EXPECT_TRUE(result) << "an operator's task did not end";
    return std::move(*result);
  }
  delivery::RevealedEndpoint make(const std::string& name, std::vector<std::string> types = {}, std::vector<std::string> where = {}) {
    delivery::EndpointEdit edit;
    edit.types = std::move(types);
    edit.where = std::move(where);
    return make(name, std::move(edit));
  }
  delivery::RevealedEndpoint make(const std::string& name, delivery::EndpointEdit edit) {
    auto made = done(fleet->create({name, "owner-of-" + name, "http://receiver.test/" + name, {}}, std::move(edit), me));
    EXPECT_TRUE(made) << made.error().detail;
    return std::move(*made);
  }
  /// "entry/7#3" for each accepted delivery, in order; repeats of an event left out. Without a snapshot: "entry/7#-".
  std::vector<std::string> accepted(const std::string& path) const {
    std::vector<std::string> all;
    std::set<std::string> seen;
    for (const auto& one : transport.got) {
      if (one.path != "/" + path || one.arrival.status != 200 || !seen.insert(one.arrival.event).second) continue;
      const bool gone = one.arrival.action() == "deleted";
      all.push_back(one.arrival.resource() + "#" + (gone ? "-" : std::to_string(one.arrival.version())));
    }
    return all;
  }
  delivery::DispatcherStats stats(const std::string& name) const { return fleet->find(name).value().stats; }

  TemporaryDirectory directory;
  FakeTimers timers;
  CountingRandom random;
  engine::telemetry::OpenIncidents incidents{timers};
  Receivers transport;
  feed::MemoryChangeLog log;
  trust::Actor me{"cp-user", "cp:ada", "request-1", "192.0.2.7"};
  std::set<std::string> unusable;
  std::vector<std::string> feed_types;  // that may be named beyond the contract's
  std::optional<delivery::Fleet::Standard> standard;
  std::unique_ptr<engine::store::Store> store;
  std::unique_ptr<trust::Vault> vault;
  std::unique_ptr<trust::AuditLog> audit;
  std::unique_ptr<delivery::DeadLetters> letters;
  std::unique_ptr<delivery::AttemptLog> attempts;
  std::unique_ptr<delivery::EndpointBook> book;
  std::unique_ptr<delivery::Fleet> fleet;
  bool running = false;

 private:
  engine::Task<void> run() {
    co_await fleet->run();
    running = false;
  }
  void close() {
    fleet.reset();
    attempts.reset();
    book.reset();
    letters.reset();
    audit.reset();
    vault.reset();
  }
  void open_store(const std::string& at) {
    engine::store::Options options;
    options.families = delivery::families();
    for (const auto& family : trust::families()) options.families.push_back(family);
    auto opened = engine::store::Store::open(at, options);
    ASSERT_TRUE(opened) << opened.error().detail;
    store = std::move(*opened);
  }
  std::map<std::string, int> versions_;
  std::uint64_t appended_ = 0, events_ = 0, lives_ = 0;
};

}  // namespace test
