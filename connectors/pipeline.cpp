#include "connectors/pipeline.h"

#include <algorithm>

#include "engine/telemetry/log.h"

namespace connectors {

using engine::Errc;
using engine::Result;
using engine::telemetry::Level;
using engine::telemetry::log_event;
using engine::telemetry::Severity;
using Phase = PipelineStatus::Phase;

namespace {

constexpr std::string_view kTrouble = "source_trouble";
constexpr std::string_view kSnapshotAgain = "source_snapshot_again";

// Everything that decides what documents look like, apart from the rows: another text means that all must be rendered again.
std::string mapping_state(const Mapping& mapping, const MappingSettings& settings) {
  std::string state;
  for (const auto& [name, value] : settings) state += name + "=" + value + "\n";
  for (const MappingResource& resource : mapping.resources()) {
    state += resource.type + ":" + resource.document.sql + "\n";
    for (const auto& [part, items] : resource.parts) {
      state += part;
      for (const PartItem& item : items) state += "," + item.object + "." + item.key + "=" + item.literal + std::to_string(item.column);
      state += "\n";
    }
  }
  return state;
}

bool acts(ForeignKey::Rule rule) { return rule == ForeignKey::Rule::kCascade || rule == ForeignKey::Rule::kSetNull; }

// Per table what the mapping reads and what cascades look at; the mirror keeps nothing else.
std::map<std::string, std::set<std::string>> needed_columns(const Mapping& mapping, const std::vector<ForeignKey>& keys,
                                                            const std::set<std::string>& captured) {
  std::map<std::string, std::set<std::string>> needed;
  for (const auto& table : mapping.tables()) needed[table.name].insert(table.columns.begin(), table.columns.end());
  for (const auto& key : keys) {
    if (!acts(key.on_delete) && !acts(key.on_update)) continue;
    if (!captured.contains(key.table) || !captured.contains(key.parent)) continue;
    needed[key.table].insert(key.columns.begin(), key.columns.end());
    needed[key.parent].insert(key.parent_columns.begin(), key.parent_columns.end());
  }
  return needed;
}

Table narrowed(const Table& full, const std::map<std::string, std::set<std::string>>& needed) {
  const auto wanted = needed.find(full.name);
  return wanted == needed.end() ? narrowed(full, std::set<std::string>{}) : narrowed(full, wanted->second);
}

}  // namespace

std::string_view name(PipelineStatus::Phase phase) {
  switch (phase) {
    case Phase::kConnecting: return "connecting";
    case Phase::kSnapshot: return "snapshot";
    case Phase::kRendering: return "rendering";
    case Phase::kStreaming: return "streaming";
    case Phase::kWaiting: return "waiting";
    case Phase::kStopped: return "stopped";
  }
  return "unknown";
}

// What lives as long as one connection.
struct Pipeline::Session {
  std::unique_ptr<Source> source;
  std::set<std::string> captured;
  std::vector<ForeignKey> keys;
  std::vector<TablePtr> tables;
  std::optional<Cascade> cascade;
  std::unique_ptr<MappingSession> mapping;
  bool look_again = false;  // shapes or keys changed while the mirror was being filled; all is committed
};

Pipeline::Pipeline(SourceFactory factory, const Mapping& mapping, feed::ChangeLog& log, const engine::Clock& clock,
                   engine::telemetry::IncidentSink& incidents, PipelineOptions options)
    : factory_(std::move(factory)), mapping_(mapping), log_(log), clock_(clock), incidents_(incidents), options_(std::move(options)) {}

Pipeline::~Pipeline() = default;

void Pipeline::publish(const std::function<void(PipelineStatus&)>& change) {
  const std::lock_guard lock(mutex_);
  change(status_);
  status_.serving = serving_.load();
}

bool Pipeline::has_type(std::string_view type) const {
  const auto types = types_.load();
  return !types || types->contains(type);
}

PipelineStatus Pipeline::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

bool Pipeline::stopped() const {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void Pipeline::stop() {
  const std::lock_guard lock(mutex_);
  stop_ = true;
  if (current_) current_->stop();
  wake_.notify_all();
}

bool Pipeline::wait(std::chrono::milliseconds duration) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, duration, [this] { return stop_; });
  return !stop_;
}

std::unique_ptr<Source> Pipeline::make_source(const std::set<std::string>& tables) {
  auto source = factory_(tables);
  const std::lock_guard lock(mutex_);
  current_ = source.get();
  if (stop_) current_->stop();
  return source;
}

void Pipeline::run() {
  if (auto position = log_.position(options_.source); position && *position) serving_ = true;
  while (!stopped()) {
    auto ended = session();
    if (mirror_ && mirror_->in_transaction()) mirror_->rollback();
    if (stopped()) break;
    if (ended) {
      failures_ = 0;
      continue;
    }
    judge(ended.error());
    const auto slow = ended.error().code == Errc::kUnsupported ? options_.backoff_cap : std::chrono::milliseconds{0};
    const auto grown = options_.backoff_base * (1u << std::min(failures_, 10u));
    ++failures_;
    publish([&](PipelineStatus& s) {
      s.phase = Phase::kWaiting;
      s.last_error = ended.error().detail;
    });
    if (!wait(std::max(slow, std::min<std::chrono::milliseconds>(grown, options_.backoff_cap)))) break;
  }
  if (mirror_) (void)mirror_->checkpoint();
  publish([](PipelineStatus& s) { s.phase = Phase::kStopped; });
}

void Pipeline::judge(const engine::Error& error) {
  log_event(Level::kWarn, "source_session_ended", {{"source", options_.source}, {"code", engine::name(error.code)}, {"detail", error.detail}});
  if (error.code == Errc::kConflict) {
    start_over_ = true;
    incidents_.report(kSnapshotAgain, Severity::kWarning, error.detail + "; a new snapshot with diff is being taken");
    return;
  }
  if (error.code == Errc::kMalformed && mirror_ && !mirror_->sound()) {
    remove_mirror(error.detail);
    incidents_.report(kSnapshotAgain, Severity::kWarning, "the mirror is damaged: " + error.detail + "; a new snapshot with diff is being taken");
    return;
  }
  const bool away = error.code == Errc::kUnavailable || error.code == Errc::kTimedOut || error.code == Errc::kFull;
  incidents_.report(kTrouble, away ? Severity::kWarning : Severity::kCritical, error.detail);
}

void Pipeline::remove_mirror(const std::string& why) {
  log_event(Level::kWarn, "mirror_rebuilt", {{"detail", why}});
  mirror_.reset();
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code ignored;
    std::filesystem::remove(options_.mirror_file.string() + suffix, ignored);
  }
}

Result<void> Pipeline::open_mirror() {
  if (mirror_) return engine::ok();
  auto opened = Mirror::open(options_.mirror_file);
  if (!opened && opened.error().code == Errc::kMalformed) {
    remove_mirror(opened.error().detail);
    opened = Mirror::open(options_.mirror_file);
  }
  if (!opened) return opened.take_error();
  mirror_ = std::move(*opened);
  return engine::ok();
}

Result<void> Pipeline::session() {
  publish([](PipelineStatus& s) {
    s.phase = Phase::kConnecting;
    ++s.sessions;
  });
  if (auto opened = open_mirror(); !opened) return opened;
  Session session;
  // Runs before the session's source is destroyed: stop() must not reach one that is going.
  struct Forget {
    Pipeline& pipeline;
    ~Forget() {
      const std::lock_guard lock(pipeline.mutex_);
      pipeline.current_ = nullptr;
    }
  } const forget{*this};
  if (auto ready = choose_start(session); !ready) return ready;
  if (auto ready = prepare(session); !ready) return ready;
  if (auto filled = complete_mirror(session); !filled) {
    if (session.look_again) return engine::ok();  // a shape changed under way: the next session reads the table again
    return filled;
  }
  return stream(session);
}

// Decides between resuming and a new snapshot, and connects.
Result<void> Pipeline::choose_start(Session& session) {
  const auto names = mapping_.table_names();
  const std::set<std::string> wanted(names.begin(), names.end());
  session.source = make_source(wanted);
  auto keys = session.source->foreign_keys();
  if (!keys) return keys.take_error();
  session.keys = std::move(*keys);
  session.captured = wanted;
  for (const auto& table : Cascade::closure(names, session.keys)) session.captured.insert(table);
  session.source = make_source(session.captured);

  auto position = mirror_->position();
  auto complete = mirror_->complete();
  auto log_id = mirror_->log_id();
  auto logged = log_.position(options_.source);
  if (!position) return position.take_error();
  if (!complete) return complete.take_error();
  if (!log_id) return log_id.take_error();
  if (!logged) return logged.take_error();
  const bool ahead = *complete && *position && (!*logged || (*position)->sequence > (*logged)->sequence);
  const bool foreign = *log_id && **log_id != log_.log_id();
  if (start_over_ || ahead || foreign || !*position) {
    if (*position) log_event(Level::kWarn, "mirror_discarded", {{"ahead", ahead}, {"of_another_log", foreign}, {"told_to", start_over_}});
    if (auto cleared = mirror_->clear(); !cleared) return cleared;
    if (auto connected = session.source->connect(std::nullopt); !connected) return connected;
    auto start = session.source->position();
    start.source = options_.source;
    start.sequence = *logged ? (*logged)->sequence : 0;  // numbers go on where the log's ended
    if (auto begun = mirror_->begin(); !begun) return begun;
    if (auto set = mirror_->set_position(start); !set) return set;
    if (auto set = mirror_->set_log_id(log_.log_id()); !set) return set;
    if (auto committed = mirror_->commit(); !committed) return committed;
    start_over_ = false;
    position = start;
  }
  if (*logged) session.source->already_logged(**logged);
  return session.source->connect(*position);
}

// Shapes of the captured tables, the cascades between them, the mapping over them.
Result<void> Pipeline::prepare(Session& session) {
  auto shapes = session.source->describe({session.captured.begin(), session.captured.end()});
  if (!shapes) return shapes.take_error();
  if (auto begun = mirror_->begin(); !begun) return begun;
  bool refill = false;
  std::set<std::string> present;
  const auto needed = needed_columns(mapping_, session.keys, session.captured);
  for (const Table& full : *shapes) {
    const Table table = narrowed(full, needed);
    if (auto missing = mapping_.missing_columns(table); !missing.empty()) {
      std::string list;
      for (const auto& column : missing) list += (list.empty() ? "" : ", ") + column;
      return engine::fail(Errc::kUnsupported, "table " + table.name + " lacks what the mapping needs: " + list +
                                                  "; bring the column back, or use a mapping without it");
    }
    auto defined = mirror_->define(table);
    if (!defined) return defined.take_error();
    refill = refill || *defined != Mirror::Defined::kUnchanged;
    present.insert(table.name);
    session.tables.push_back(mirror_->table(table.name));
  }
  for (const std::string& known : mirror_->tables()) {
    if (present.contains(known)) continue;
    if (auto dropped = mirror_->drop(known); !dropped) return dropped;
    refill = true;
  }
  const auto state = mapping_state(mapping_, options_.settings);
  auto former = mirror_->state("mapping");
  if (!former) return former.take_error();
  if (refill || *former != state) {
    if (auto set = mirror_->set_complete(false); !set) return set;
    if (auto set = mirror_->set_state("mapping", state); !set) return set;
  }
  if (auto committed = mirror_->commit(); !committed) return committed;
  auto cascade = Cascade::create(*mirror_, session.keys);
  if (!cascade) return cascade.take_error();
  session.cascade.emplace(std::move(*cascade));
  auto mapped = MappingSession::open(mapping_, *mirror_, options_.settings);
  if (!mapped) return mapped.take_error();
  session.mapping = std::move(*mapped);
  const auto types = session.mapping->types();
  types_ = std::make_shared<const std::set<std::string, std::less<>>>(types.begin(), types.end());
  return engine::ok();
}

Result<void> Pipeline::complete_mirror(Session& session) {
  auto complete = mirror_->complete();
  if (!complete) return complete.take_error();
  if (*complete) return engine::ok();
  publish([](PipelineStatus& s) { s.phase = Phase::kSnapshot; });
  log_event(Level::kInfo, "snapshot_started", {{"source", options_.source}, {"tables", session.tables.size()}});
  Snapshot snapshot(*session.source, *mirror_, *session.cascade, options_.source, options_.chunk_rows);
  const auto told = [this, &session](const SnapshotProgress& progress) {
    publish([&](PipelineStatus& s) { s.snapshot = progress; });
    (void)acknowledge(*session.source);  // a source that is away says so when it is asked for more
    return !stopped();
  };
  auto logged = log_.position(options_.source);
  auto stored = mirror_->position();
  if (!logged) return logged.take_error();
  if (!stored) return stored.take_error();
  // A crash may have left the mirror behind the log; what it shows then is history, not a difference, and what came since is told change by change.
  const bool rendered_before = *logged && *stored && ((*stored)->sequence < (*logged)->sequence || (*stored)->token == (*logged)->token);
  auto filled = snapshot.fill(session.cascade->parents_first(session.tables), told);
  if (filled && session.source->rows_come_in_stream() && !rendered_before) filled = snapshot.follow_to_end(told);
  if (filled && *logged) filled = snapshot.catch_up((*logged)->sequence);
  session.look_again = snapshot.look_again();
  if (!filled) return filled;
  publish([](PipelineStatus& s) { s.phase = Phase::kRendering; });
  auto position = mirror_->position();
  if (!position) return position.take_error();
  auto ingest = Ingest::create({*mirror_, *session.mapping, *session.cascade, log_, clock_, options_.source}, options_.limits);
  if (!ingest) return ingest.take_error();
  auto rendered = ingest->open_group();
  if (rendered) rendered = ingest->render_everything(**position);
  if (rendered) rendered = ingest->close_group();
  if (!rendered) {
    ingest->abandon();
    return rendered;
  }
  serving_ = true;
  publish([&](PipelineStatus& s) { s.changes += ingest->changes_appended(); });
  log_event(Level::kInfo, "snapshot_finished",
            {{"source", options_.source}, {"rows", status().snapshot.rows}, {"changes", ingest->changes_appended()}});
  incidents_.resolve(kSnapshotAgain);
  return engine::ok();
}

Result<void> Pipeline::close_group(Ingest& ingest) {
  const auto before = ingest.changes_appended();
  const auto begun = clock_.now();
  if (auto closed = ingest.close_group(); !closed) return closed;
  if (ingest.changes_appended() > before) stored_in_ = clock_.now() - begun;
  auto position = mirror_->position();
  if (!position) return position.take_error();
  publish([&](PipelineStatus& s) {
    s.changes += ingest.changes_appended() - before;
    s.stages = ingest.stages();
    s.stages.read = read_time_;
    s.last_commit = std::max(s.last_commit, ingest.last_commit_time());
    if (*position && ingest.reshaped().empty()) s.position = **position;  // what a changed table brings is not stored yet
  });
  return engine::ok();
}

// The server may let go of its log up to where the mirror stands durably: the log is synced and not behind it. Nothing here waits for deliveries.
Result<void> Pipeline::acknowledge(Source& source) {
  if (!source.waits_for_acknowledgement() || clock_.now() - acknowledged_at_ < options_.acknowledge_every) return engine::ok();
  acknowledged_at_ = clock_.now();
  auto position = mirror_->position();
  if (!position) return position.take_error();
  if (!*position || (*position)->token == acknowledged_) return engine::ok();
  if (auto synced = mirror_->checkpoint(); !synced) return engine::ok();  // somebody reads the file: another time
  if (auto done = source.acknowledge(**position); !done) return done;
  acknowledged_ = (*position)->token;
  return engine::ok();
}

// The tables are copied anew by the next session, which finds the mirror incomplete.
Result<void> Pipeline::mark_for_reading(const std::set<std::string>& tables) {
  if (auto begun = mirror_->begin(); !begun) return begun;
  for (const auto& table : tables) {
    if (auto reset = mirror_->set_progress(table, {}); !reset) return reset;
    log_event(Level::kInfo, "table_shape_changed", {{"table", table}});
  }
  if (auto set = mirror_->set_complete(false); !set) return set;
  return mirror_->commit();
}

Result<void> Pipeline::stream(Session& session) {
  auto created = Ingest::create({*mirror_, *session.mapping, *session.cascade, log_, clock_, options_.source}, options_.limits);
  if (!created) return created.take_error();
  Ingest ingest = std::move(*created);
  read_time_ = {};
  publish([](PipelineStatus& s) {
    s.phase = Phase::kStreaming;
    s.last_error.clear();
  });
  incidents_.resolve(kTrouble);
  log_event(Level::kInfo, "streaming", {{"source", options_.source}});
  while (!stopped() && !ingest.wants_new_session()) {
    auto streamed = stream_once(session, ingest);
    if (streamed && ingest.reshaped().empty()) streamed = acknowledge(*session.source);
    if (streamed && ingest.reshaped().empty()) {
      failures_ = 0;
      continue;
    }
    if (streamed) return engine::ok();  // marked with its group; the next session reads again
    const auto reshaped = ingest.reshaped();
    ingest.abandon();
    if (reshaped.empty()) return streamed;
    return mark_for_reading(reshaped);
  }
  return engine::ok();
}

// Under load a commit waits for its group. One that stays open for twice what storing takes spends a third of its time on that; staying open for longer saves
// little more.
std::chrono::milliseconds Pipeline::group_age(const Ingest& ingest) const {
  if (clock_.wall_now() - ingest.last_commit_time() > options_.behind) return options_.catch_up_age;
  const auto least = std::min(options_.group_age, std::chrono::milliseconds{1});
  return std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(2 * stored_in_), least, options_.group_age);
}

// One group: waits for something, takes what is there, stores it.
Result<void> Pipeline::stream_once(Session& session, Ingest& ingest) {
  if (auto opened = ingest.open_group(); !opened) return opened;
  const auto opened_at = clock_.now();
  const auto full = [&] { return ingest.group_full() || (ingest.group_dirty() && clock_.now() - opened_at >= group_age(ingest)); };
  bool caught_up = false, idle = false;
  while (ingest.in_transaction() || (!full() && !caught_up && ingest.reshaped().empty() && !ingest.wants_new_session())) {
    const bool waits = !ingest.group_dirty() || ingest.in_transaction();
    const auto asked = clock_.now();
    auto slice = session.source->next(waits ? options_.patience : std::chrono::milliseconds{0});
    if (!waits) read_time_ += clock_.now() - asked;
    if (!slice && slice.error().code == Errc::kCancelled && !ingest.in_transaction()) break;
    if (!slice) return slice.take_error();
    if (*slice) {
      if (auto taken = ingest.take(**slice); !taken) return taken;
    } else {
      caught_up = !ingest.in_transaction();
      idle = caught_up && waits;
    }
    if (stopped() && !ingest.in_transaction()) break;
  }
  // The clock drives the schedule only where nothing older can still come; else commit times do.
  if (idle && session.source->at_end()) {
    if (auto passed = ingest.pass_time(clock_.wall_now()); !passed) return passed;
  }
  auto position = session.source->position();
  position.source = options_.source;
  const bool worth_storing = ingest.group_dirty() || clock_.now() - stored_at_ >= options_.idle_position;
  if (worth_storing && !ingest.in_transaction()) {
    ingest.skip_to(position);
    stored_at_ = clock_.now();
  }
  return close_group(ingest);
}

}  // namespace connectors
