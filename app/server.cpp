#include "app/server.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <thread>

#include "access/control/control_plane.h"
#include "access/key_schema.h"
#include "app/data_store.h"
#include "app/endpoint_owners.h"
#include "app/external_resources.h"
#include "app/governed_notices.h"
#include "app/handoff/action_handoff.h"
#include "app/mapping_files.h"
#include "app/surfaces/admin/surface.h"
#include "app/operations/redaction.h"
#include "app/operator_desk.h"
#include "app/operations_rounds.h"
#include "app/operations_wiring.h"
#include "app/source_factory.h"
#include "app/sink_wiring.h"
#include "app/surfaces/craft_agents/feed_types.h"
#include "app/surfaces/craft_agents/live_reading.h"
#include "app/surfaces/craft_agents/surface.h"
#include "app/surfaces/craft_agents/test_sink.h"
#include "app/trust_rooms.h"
#include "app/webhook_desk.h"
#include "connectors/pipeline.h"
#include "delivery/fleet.h"
#include "delivery/interests.h"
#include "delivery/key_schema.h"
#include "engine/net/http_client.h"
#include "engine/runtime/on_pool.h"
#include "engine/runtime/stop_signal.h"
#include "engine/telemetry/log.h"
#include "feed/checkpoints.h"
#include "feed/feed_bell.h"
#include "feed/feed_reader.h"
#include "feed/list_reader.h"
#include "feed/rocks_change_log.h"
#include "replay/desk_retention.h"
#include "replay/replay_desk.h"

namespace app {
namespace {

using engine::Result;
using engine::telemetry::Level;
using engine::telemetry::log_event;

constexpr std::string_view kSource = "cms";
constexpr auto kDrain = std::chrono::seconds(10);
constexpr std::uint32_t kAdminRequestsPerMinute = 100'000;
constexpr auto kRetainEvery = std::chrono::minutes(1);
constexpr auto kSweepEvery = std::chrono::seconds(30);  // approvals that expire or escalate

// The surface's question about the water, answered by the pipeline.
class PipelineFeedStatus final : public craft_agents::FeedStatusProvider {
 public:
  explicit PipelineFeedStatus(const connectors::Pipeline& pipeline) : pipeline_(pipeline) {}
  craft_agents::FeedStatus feed_status() const override {
    const auto status = pipeline_.status();
    craft_agents::FeedStatus answer;
    answer.serving = status.serving;
    answer.phase = name(status.phase);
    const auto& snapshot = status.snapshot;
    answer.progress = status.serving ? 1.0 : snapshot.tables ? double(snapshot.tables_done) / double(snapshot.tables) : 0.0;
    answer.source_connected = status.phase != connectors::PipelineStatus::Phase::kConnecting &&
                              status.phase != connectors::PipelineStatus::Phase::kWaiting;
    answer.source_position = status.position.token;
    answer.changes = status.changes;
    answer.error = status.last_error;
    return answer;
  }
  bool serving() const override { return pipeline_.serving(); }
  bool has_type(std::string_view item) const override { return pipeline_.has_type(item); }

 private:
  const connectors::Pipeline& pipeline_;
};

class Server {
 public:
  Server(const Config& config, const ServeOptions& options)
      : config_(config),
        timers_(options.clock_start ? std::make_unique<engine::SystemTimers>(*options.clock_start) : std::make_unique<engine::SystemTimers>()),
        incidents_(*timers_) {}
  Result<void> open();
  Result<void> run();

 private:
  Result<void> load_mapping();
  Result<void> open_store();
  Result<void> open_control();
  Result<void> open_delivery();
  void open_desk();
  Result<void> open_webhook_desk();
  Result<void> open_source();
  Result<void> open_surface();
  Result<void> open_tls();
  Result<void> open_admin();
  Result<void> open_operations(const trust::GateSettings& settings);
  Result<void> listen();
  Result<void> listen_admin();
  craft_agents::SurfaceRooms surface_rooms();
  craft_agents::SurfaceConfig surface_facts() const;
  engine::Task<engine::net::Response> enter(engine::net::Request& request);
  void reload();
  void credentials_changed();
  std::string problem_of_owner(const delivery::EndpointRecord& record) const { return owner_problem(*trust_->directory().current(), *endpoint_types_, record); }
  void shut_down();
  engine::Task<void> drain();
  engine::Task<void> retain();
  engine::Task<void> sweep_approvals();

  const Config& config_;
  std::unique_ptr<engine::SystemTimers> timers_;
  engine::telemetry::OpenIncidents incidents_;
  engine::crypto::SystemRandom random_;
  engine::telemetry::Registry metrics_;
  std::unique_ptr<engine::store::Store> store_;
  std::unique_ptr<TrustRooms> trust_;
  std::unique_ptr<trust::ControlPlane> control_;
  std::unique_ptr<feed::RocksChangeLog> log_;
  std::optional<feed::TypeTable> types_;
  std::optional<feed::FeedReader> reader_;
  std::optional<feed::ListReader> lists_;
  std::unique_ptr<feed::Checkpoints> checkpoints_;
  std::optional<connectors::Mapping> mapping_;
  std::optional<EndpointTypes> endpoint_types_;
  std::unique_ptr<delivery::InterestTable> interests_;
  std::unique_ptr<delivery::DeadLetters> letters_;
  delivery::LiveSecrets live_secrets_;                 // before whatever holds some
  std::unique_ptr<delivery::AttemptLog> attempts_;
  std::optional<replay::ReplayDesk> desk_;
  std::optional<replay::DeskRetention> desk_retention_;
  asio::thread_pool pool_{2};
  std::optional<feed::FeedBell> bell_;                 // these two outlive the loops: who still waits there leaves them with the loop
  std::optional<craft_agents::LiveReading> live_;
  std::unique_ptr<TlsFiles> tls_;
  std::optional<engine::Loops> loops_;
  std::optional<engine::Loops> delivery_loop_;
  std::unique_ptr<engine::net::HttpClient> client_;
  std::unique_ptr<delivery::EndpointBook> book_;
  std::unique_ptr<delivery::Fleet> fleet_;
  std::optional<OperatorDesk> operator_desk_;
  std::unique_ptr<WebhookDesk> webhook_desk_;
  std::unique_ptr<engine::net::HttpClient> action_client_;
  std::unique_ptr<ActionHandoff> handoff_;
  std::unique_ptr<RunningSink> sink_;
  std::unique_ptr<connectors::Pipeline> pipeline_;
  std::optional<PipelineFeedStatus> status_;
  std::optional<trust::RateLimiter> limiter_;
  std::unique_ptr<connectors::RetentionWatch> retention_;
  std::unique_ptr<operations::Operations> operations_;
  std::unique_ptr<OperationsRounds> rounds_;
  std::unique_ptr<craft_agents::CraftAgentsSurface> surface_;
  std::unique_ptr<engine::net::HttpServer> http_;
  engine::Secret local_token_;                         // of the operator of this machine, new at each start
  std::optional<trust::RateLimiter> admin_limiter_;
  std::optional<admin::EndpointRooms> admin_endpoints_;
  std::unique_ptr<admin::AdminSurface> admin_;
  std::unique_ptr<craft_agents::CraftAgentsSurface> operators_view_;
  std::unique_ptr<engine::net::HttpServer> admin_http_;
  std::promise<void> stopped_;
  bool stopping_ = false;  // on loop 0
};

Result<void> Server::open() {
  loops_.emplace(config_.listen.threads, "http");
  delivery_loop_.emplace(1, "delivery");
  if (auto opened = open_tls(); !opened) return opened;
  if (auto opened = load_mapping(); !opened) return opened;
  if (auto opened = open_store(); !opened) return opened;
  if (auto opened = open_control(); !opened) return opened;
  if (auto opened = open_delivery(); !opened) return opened;
  open_desk();
  if (auto opened = open_webhook_desk(); !opened) return opened;
  if (auto opened = open_source(); !opened) return opened;
  if (auto opened = open_surface(); !opened) return opened;
  return open_admin();
}

Result<void> Server::open_store() {
  auto store = open_data_store(config_.storage);
  if (!store) return store.take_error();
  store_ = std::move(*store);
  auto rooms = TrustRooms::open(*store_, config_, trust::resolve(config_.gate).features, *timers_);
  if (!rooms) return rooms.take_error();
  trust_ = std::move(*rooms);
  auto log = feed::RocksChangeLog::open(*store_);
  if (!log) return log.take_error();
  log_ = std::move(*log);
  types_.emplace(craft_agents::feed_types(external_resources(mapping_->externals())));
  reader_.emplace(*log_, *types_);
  lists_.emplace(*store_, *log_, *types_);
  auto checkpoints = feed::Checkpoints::open(*store_);
  if (!checkpoints) return checkpoints.take_error();
  checkpoints_ = std::move(*checkpoints);
  return engine::ok();
}

Result<void> Server::open_control() {
  if (!config_.gate.features.writes) return engine::ok();
  const auto& wanted = config_.control;
  trust::ControlOptions options;
  options.operators = [this] { return approvers(config_.operators); };
  if (wanted.action.configured()) options.handoff_patterns = wanted.action_patterns;
  auto control = trust::ControlPlane::open(*store_, trust_->audit(), *timers_, std::move(options));
  if (!control) return control.take_error();
  control_ = std::move(*control);
  if (!wanted.action.configured()) return engine::ok();
  engine::net::DialPolicy policy;
  policy.allow_private = wanted.action_allow_private;
  action_client_ = std::make_unique<engine::net::HttpClient>(delivery_loop_->executor(0), *timers_, policy);
  const HandoffRooms rooms{delivery_loop_->executor(0), pool_.get_executor(), *timers_, *action_client_, *control_, random_.u64()};
  auto handoff = ActionHandoff::make(rooms, wanted.action);
  if (!handoff) return handoff.take_error();
  handoff_ = std::move(*handoff);
  control_->on_handoff([this] { handoff_->wake(); });
  return engine::ok();
}

Result<void> Server::open_delivery() {
  auto interests = delivery::InterestTable::open(*store_, trust_->interests(), log_->high_watermark(), !config_.gate.enabled.value_or(true));
  if (!interests) return interests.take_error();
  interests_ = std::move(*interests);
  auto letters = delivery::DeadLetters::open(*store_, *timers_);
  if (!letters) return letters.take_error();
  letters_ = std::move(*letters);
  // Secrets first: what is named like one may be cut in the middle of it.
  const auto redact = [this, further = operations::Redactor(config_.webhook.secrets)](std::string_view text) { return further(live_secrets_.redact(text)); };
  attempts_ = std::make_unique<delivery::AttemptLog>(*store_, *timers_, config_.deliveries.attempts, redact);
  const auto knows = [this](const std::string& endpoint) { return fleet_->knows(endpoint); };
  const auto send = [this](const std::string& endpoint, delivery::DeadLetterId id) { return fleet_->replay(endpoint, id); };
  desk_.emplace(*letters_, knows, send, &trust_->audit());
  engine::net::DialPolicy policy;
  policy.allow_private = config_.webhook_allow_private;
  policy.allow = config_.webhook_allow;
  client_ = std::make_unique<engine::net::HttpClient>(delivery_loop_->executor(0), *timers_, policy, engine::net::ClientLimits{}, config_.webhook_tls);
  auto book = delivery::EndpointBook::open({*store_, trust_->vault(), trust_->audit(), random_, *timers_, &live_secrets_, endpoint_types_->further()});
  if (!book) return book.take_error();
  book_ = std::move(*book);
  std::optional<delivery::Fleet::Standard> standard;
  if (config_.webhook.configured()) standard = {config_.webhook, interests_.get()};
  delivery::Fleet::Rooms rooms{.loop = delivery_loop_->executor(0),
                               .blocking = pool_.get_executor(),
                               .timers = *timers_,
                               .transport = *client_,
                               .store = *store_,
                               .log = *log_,
                               .book = *book_,
                               .dead_letters = *letters_,
                               .seed = random_.u64(),
                               .incidents = &incidents_,
                               .attempts = attempts_.get(),
                               .live_secrets = &live_secrets_};
  rooms.owner_usable = [this](const delivery::EndpointRecord& record) { return problem_of_owner(record).empty(); };
  auto fleet = delivery::Fleet::open(std::move(rooms), std::move(standard));
  if (!fleet) return fleet.take_error();
  fleet_ = std::move(*fleet);
  log_->on_append([this](feed::Offset) { fleet_->wake(); });
  return engine::ok();
}

void Server::open_desk() {
  DeskReach reach;
  reach.selector = [this](const std::string& endpoint) { return fleet_->selector(endpoint); };
  reach.senders.letter = [this](const std::string& endpoint, delivery::DeadLetterId id, delivery::ReplayDone done) {
    return fleet_->replay(endpoint, id, std::move(done));
  };
  reach.senders.change = [this](const std::string& endpoint, feed::Offset offset, delivery::ReplayDone done) {
    return fleet_->resend(endpoint, offset, std::move(done));
  };
  desk_retention_.emplace(replay::DeskRetention::Rooms{*letters_, *attempts_, trust_->audit(), *timers_}, config_.deliveries.keep_delivered);
  operator_desk_.emplace(OperatorDesk::Rooms{*store_, *letters_, trust_->audit(), *timers_, *log_, *desk_, *attempts_, delivery_loop_->executor(0), pool_.get_executor()},
                         std::move(reach));
}

Result<void> Server::open_webhook_desk() {
  WebhookDesk::Rooms rooms{*store_, trust_->audit(), *timers_, random_, pool_.get_executor(), delivery_loop_->executor(0), client_.get(), book_.get()};
  rooms.owner_problem = [this](const delivery::EndpointRecord& record) { return problem_of_owner(record); };
  auto desk = WebhookDesk::open(rooms, config_);
  if (!desk) return desk.take_error();
  webhook_desk_ = std::move(*desk);
  return engine::ok();
}

Result<void> Server::load_mapping() {
  auto mapping = app::load_mapping(config_.mapping);
  if (!mapping) return mapping.take_error();
  mapping_.emplace(std::move(*mapping));
  endpoint_types_.emplace(external_resources(mapping_->externals()));
  return engine::ok();
}

Result<void> Server::open_source() {
  connectors::PipelineOptions options;
  options.source = kSource;
  options.mirror_file = mirror_file(config_);
  options.settings = config_.mapping.settings;
  const auto factory = [this](const std::set<std::string>& tables) { return make_source(config_, std::string(kSource), tables, *timers_); };
  pipeline_ = std::make_unique<connectors::Pipeline>(factory, *mapping_, *log_, *timers_, incidents_, std::move(options));
  status_.emplace(*pipeline_);
  sink_ = RunningSink::make(config_, *store_, *log_, *timers_, incidents_, metrics_);
  return engine::ok();
}

craft_agents::SurfaceRooms Server::surface_rooms() {
  return {*reader_, *lists_, *checkpoints_, *letters_, *desk_, *status_, *timers_, pool_, *live_, control_.get(), operations_.get()};
}

craft_agents::SurfaceConfig Server::surface_facts() const {
  craft_agents::SurfaceConfig facts;
  facts.public_url = config_.listen.public_url;
  facts.externals = external_resources(mapping_->externals());
  return facts;
}

Result<void> Server::open_surface() {
  const auto settings = trust::resolve(config_.gate);
  limiter_.emplace(*timers_, settings.rate);
  std::vector<asio::any_io_executor> loops;
  for (std::size_t i = 0; i < loops_->size(); ++i) loops.push_back(loops_->executor(i));
  bell_.emplace(*log_, *types_, *timers_, loops);
  craft_agents::LiveLimits waiting;
  waiting.readers = config_.listen.live_readers;
  waiting.readers_per_credential = config_.listen.live_readers_per_credential;
  live_.emplace(*bell_, waiting);
  if (auto opened = open_operations(settings); !opened) return opened;
  auto facts = surface_facts();
  if (tls_) facts.scheme = "https";
  surface_ = std::make_unique<craft_agents::CraftAgentsSurface>(
      surface_rooms(), std::move(facts), settings,
      trust_->directory().current(), *limiter_);
  trust_->attach(surface_->gate());
  trust_->directory().subscribe([this](const std::shared_ptr<const trust::CredentialSet>&) { credentials_changed(); });
  log_posture(*operations_);
  http_ = std::make_unique<engine::net::HttpServer>(
      *loops_, *timers_, config_.listen.limits, [this](engine::net::Request& request) { return enter(request); },
      [this](int status, std::string_view why) { return surface_->transport_error(status, why); });
  return engine::ok();
}

// Where a request enters: from here on peer_address is whom rate limits, allowlists and the audit mean.
engine::Task<engine::net::Response> Server::enter(engine::net::Request& request) {
  config_.listen.trusted_proxies.apply(request);
  if (craft_agents::is_for_test_sink(*webhook_desk_, request)) return craft_agents::answer_as_test_sink(*webhook_desk_, pool_, request);
  return surface_->handle(request);
}

Result<void> Server::open_tls() {
  if (!config_.listen.tls.configured()) return engine::ok();
  auto files = TlsFiles::open(config_.listen.tls, *timers_, incidents_, pool_.get_executor());
  if (!files) return files.take_error();
  tls_ = std::move(*files);
  return engine::ok();
}

// SIGHUP.
void Server::reload() {
  log_event(Level::kInfo, "reloading", {{"tls", tls_ != nullptr}});
  if (tls_) asio::co_spawn(loops_->executor(0), tls_->reload(), asio::detached);
}

/// Who waits or streams is asked again; webhooks go to whom they are for from here on.
void Server::credentials_changed() {
  if (auto replaced = interests_->replace(*store_, trust_->interests(), log_->high_watermark()); !replaced) {
    log_event(Level::kError, "interests_not_stored", {{"detail", replaced.error().detail}});
  }
  fleet_->owners_changed();
  bell_->ring_all();
}

// The same rooms for the people who run the server: on a listener of their own, with their own credentials and no rate limit but against guessing.
Result<void> Server::open_admin() {
  if (!config_.admin.enabled) return engine::ok();
  local_token_ = trust::new_token("operator", random_);
  auto operators = config_.operators;
  operators.push_back(local_operator(local_token_));
  auto settings = trust::resolve(config_.gate);
  settings.enabled = true;
  settings.require_token = true;
  settings.allow_query_token = false;
  settings.rate = {kAdminRequestsPerMinute, std::chrono::minutes(1)};
  auto sets = operator_sets(operators, settings.features);
  if (!sets) return sets.take_error();
  admin_limiter_.emplace(*timers_, settings.rate);
  admin::AdminRooms rooms{trust_->credentials(), trust_->audit(), *timers_, pool_};
  admin_endpoints_.emplace(admin::EndpointRooms{*fleet_, [this](const delivery::EndpointRecord& record) { return problem_of_owner(record); }});
  rooms.endpoints = &*admin_endpoints_;
  rooms.desk = &operator_desk_->rooms();
  rooms.webhook_desk = webhook_desk_.get();
  rooms.prometheus = [this] { return operations_->prometheus(); };
  rooms.check_status = [this]() -> Result<std::string> {
    auto run = operations_->check_status();
    if (!run) return run.take_error();
    return operations::monitor_run_json(*run);
  };
  admin_ = std::make_unique<admin::AdminSurface>(std::move(rooms), settings, sets->admin, *admin_limiter_);
  operators_view_ = std::make_unique<craft_agents::CraftAgentsSurface>(surface_rooms(), surface_facts(), settings, sets->agents, *admin_limiter_);
  trust_->watch(admin_->gate());
  trust_->watch(operators_view_->gate());
  admin_http_ = std::make_unique<engine::net::HttpServer>(
      *loops_, *timers_, config_.listen.limits,
      [this](engine::net::Request& request) { return request.path.starts_with("/admin/") || request.path == "/metrics" ? admin_->handle(request) : operators_view_->handle(request); },
      [this](int status, std::string_view why) { return surface_->transport_error(status, why); });
  return engine::ok();
}

Result<void> Server::listen_admin() {
  if (!admin_http_) return engine::ok();
  auto port = admin_http_->listen(config_.admin.address, config_.admin.port);
  if (!port) return engine::fail(port.error().code, "admin.listen: " + port.error().detail);
  log_event(Level::kInfo, "admin_listening", {{"address", config_.admin.address}, {"port", *port}});
  return write_admin_access(admin_access_file(config_.storage.directory), {config_.admin.address, *port, local_token_});
}

Result<void> Server::open_operations(const trust::GateSettings& settings) {
  WatchedRooms rooms{.config = config_, .settings = settings, .store = *store_, .clock = *timers_, .log = *log_, .lists = *lists_,
                     .checkpoints = *checkpoints_, .dead_letters = *letters_, .fleet = fleet_.get(),
                     .replays = &operator_desk_->rooms().jobs, .pipeline = *pipeline_,
                     .incidents = incidents_, .traffic = trust_->traffic(), .metrics = metrics_};
  rooms.credentials = [this] { return trust_->directory().current(); };
  rooms.managed = [this] { return trust_->credentials().list(); };
  rooms.audit_rows = [this] { return trust_->audit().count(); };
  if (control_) rooms.control = [this] { return control_->counts(); };
  rooms.live_readers = [this] { return live_->seated(); };
  rooms.connections = [this] { return http_ ? http_->connections() : 0; };
  retention_ = make_retention_watch(config_, incidents_);
  if (retention_) rooms.source_retention = [this] { return source_retention(retention_->latest()); };
  auto opened = app::open_operations(rooms);
  if (!opened) return opened.take_error();
  operations_ = std::move(*opened);
  if (control_) tell_of_governed_actions(*control_, operations_->notifications());
  const auto every_look = [this, next = engine::MonoTime{}]() mutable {
    if (timers_->now() < next) return;
    next = timers_->now() + (retention_ ? retention_->every() : std::chrono::hours(1));
    if (retention_) (void)retention_->refresh();  // away or not allowed: the last answer stays, and its metric says whether there is one
  };
  rounds_ = std::make_unique<OperationsRounds>(*operations_, *timers_, delivery_loop_->executor(0), pool_, every_look);
  return engine::ok();
}

Result<void> Server::listen() {
  auto port = http_->listen(config_.listen.address, config_.listen.port, tls_ ? tls_->listener() : nullptr);
  if (!port) return port.take_error();
  webhook_desk_->listens_at(*port);
  log_event(Level::kInfo, "listening", {{"address", config_.listen.address}, {"port", *port}, {"tls", tls_ != nullptr}});
  if (config_.listen.port_file.empty()) return engine::ok();
  // Written beside and renamed, so that whoever waits for the file never reads half a number.
  auto beside = config_.listen.port_file;
  beside += ".new";
  std::ofstream(beside) << *port << '\n';
  std::error_code failed;
  std::filesystem::permissions(beside, std::filesystem::perms(0644), failed);  // whoever waits for it may be another user
  std::filesystem::rename(beside, config_.listen.port_file, failed);
  if (failed) return engine::fail(engine::Errc::kUnavailable, "cannot write " + config_.listen.port_file.string() + ": " + failed.message());
  return engine::ok();
}

engine::Task<void> Server::drain() {
  operator_desk_->stop();
  fleet_->stop();
  const auto deadline = timers_->now() + kDrain;
  if (handoff_) handoff_->stop();
  co_await http_->stop(deadline);
  if (admin_http_) co_await admin_http_->stop(deadline);
  stopped_.set_value();
}

// What the desk keeps goes by age. Replaced versions go by age and size, not past what a delivery still needs, unless it needs it longer than the
// operator holds it. Runs on loop 0 until the loops stop.
engine::Task<void> Server::retain() {
  const feed::RetentionPolicy policy{config_.storage.keep_replaced, config_.storage.keep_replaced_bytes};
  const feed::RetentionPolicy cap{config_.storage.hold_for_deliveries, 0};
  for (;;) {
    co_await timers_->sleep_until(timers_->now() + kRetainEvery);
    if (stopping_) co_return;
    auto floor = fleet_->oldest_needed();
    if (sink_) floor = std::min(floor, sink_->oldest_needed());
    const auto now = timers_->wall_now();
    auto work = [this, policy, cap, floor, now]() -> Result<std::uint64_t> {
      auto removed = log_->retain(policy, floor, now);
      if (!removed || cap.max_age.count() == 0) return removed;
      auto held = log_->retain(cap, log_->high_watermark(), now);
      if (!held) return held;
      return *removed + *held;
    };
    const auto sweep = [this] { return desk_retention_->sweep(); };
    const auto swept = co_await engine::on_pool(pool_, sweep);
    if (!swept) log_event(Level::kWarn, "retention_failed", {{"detail", swept.error().detail}});
    auto removed = co_await engine::on_pool(pool_, std::move(work));
    if (!removed) log_event(Level::kWarn, "retention_failed", {{"detail", removed.error().detail}});
    else if (*removed > 0) log_event(Level::kInfo, "retained", {{"removed", *removed}, {"first_offset", log_->first_offset().value}});
  }
}

// Listings sweep, too; this is for approvals that nobody looks at. Runs on loop 0 until the loops stop.
engine::Task<void> Server::sweep_approvals() {
  for (;;) {
    co_await timers_->sleep_until(timers_->now() + kSweepEvery);
    if (stopping_) co_return;
    auto work = [this] { return control_->sweep(); };
    const auto swept = co_await engine::on_pool(pool_, work);
    if (!swept) log_event(Level::kWarn, "approvals_not_swept", {{"detail", swept.error().detail}});
  }
}

// Runs on loop 0, once per signal.
void Server::shut_down() {
  if (stopping_) {
    log_event(Level::kWarn, "drain_cut_short");
    engine::telemetry::flush_log();
    _exit(1);
  }
  stopping_ = true;
  log_event(Level::kInfo, "stopping");
  pipeline_->stop();
  if (retention_) retention_->stop();
  rounds_->stop();
  asio::co_spawn(loops_->executor(0), drain(), asio::detached);
}

Result<void> Server::run() {
  if (auto listening = listen_admin(); !listening) return listening;
  if (auto listening = listen(); !listening) return listening;
  std::promise<void> delivered;
  asio::co_spawn(delivery_loop_->executor(0), fleet_->run(), [&delivered](std::exception_ptr) { delivered.set_value(); });
  std::promise<void> replayed;
  asio::co_spawn(delivery_loop_->executor(0), operator_desk_->run(), [&replayed](std::exception_ptr) { replayed.set_value(); });
  std::promise<void> handed_over;
  if (handoff_) {
    asio::co_spawn(delivery_loop_->executor(0), handoff_->run(), [&handed_over](std::exception_ptr) { handed_over.set_value(); });
  } else {
    handed_over.set_value();
  }
  engine::StopSignal signals(loops_->executor(0), [this](int) { shut_down(); });
  engine::SignalCall hang_up(loops_->executor(0), {SIGHUP}, [this](int) { reload(); });
  if (tls_) asio::co_spawn(loops_->executor(0), tls_->watch(), asio::detached);
  asio::co_spawn(loops_->executor(0), retain(), asio::detached);
  asio::co_spawn(loops_->executor(0), trust_->keep_up(pool_, [this] { return stopping_; }), asio::detached);
  std::promise<void> rounds_ended;
  rounds_->start([&rounds_ended] { rounds_ended.set_value(); });
  if (control_) asio::co_spawn(loops_->executor(0), sweep_approvals(), asio::detached);
  loops_->run();
  delivery_loop_->run();
  std::thread source([this] { pipeline_->run(); });
  if (sink_) sink_->start();
  stopped_.get_future().wait();
  source.join();
  if (sink_) sink_->stop();
  delivered.get_future().wait();
  replayed.get_future().wait();
  rounds_ended.get_future().wait();
  handed_over.get_future().wait();
  loops_->stop();
  delivery_loop_->stop();
  loops_->join();
  delivery_loop_->join();
  pool_.join();
  trust_->flush();
  std::error_code gone;
  if (admin_http_) std::filesystem::remove(admin_access_file(config_.storage.directory), gone);
  if (auto kept = operations_->keep_counters(); !kept) log_event(Level::kWarn, "counters_not_kept", {{"detail", kept.error().detail}});
  log_event(Level::kInfo, "stopped");
  return engine::ok();
}

}  // namespace

namespace {

// Connections, deliveries and the store's files all take descriptors; the usual soft limit of 1,024 is for programs of another age.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Result<void> serve(const Config& config, const ServeOptions& options) {
  raise_descriptor_limit();
  ::umask(077);  // log, mirror and keys hold what customers trusted the shop with
  engine::telemetry::set_log_level(std::string_view(config.log_level));
  for (const auto& warning : config.warnings) log_event(Level::kWarn, "environment_ignored", {{"detail", warning}});
  Server server(config, options);
  auto served = server.open();
  if (served) served = server.run();
  engine::telemetry::flush_log();
  return served;
}

}  // namespace app
