#pragma once
// A stage for replay jobs: the dispatcher's stage with an audit log, jobs and their runner on it.

#include "access/key_schema.h"
#include "access/vault.h"
#include "replay/job_runner.h"
#include "replay/replay_desk.h"
#include "tests/access/trust_stage.h"
#include "tests/delivery/stage.h"

namespace test {

class JobStage {
  static std::vector<std::string> more_families() {
    auto all = trust::families();
    for (const auto& family : replay::families()) all.push_back(family);
    return all;
  }

 public:
  explicit JobStage(ScriptedTransport::Decide decide = [](const Arrival&) { return answers(200); }) : stage(std::move(decide), {}, more_families()) { open(); }
  ~JobStage() { stop(); }

  void open() {
    vault = std::move(*trust::Vault::open(*stage.store, engine::Secret(std::string(32, 'k')), {}, random));
    audit = std::move(*trust::AuditLog::open(*stage.store, *vault, stage.timers));
    replay::History history;
    history.read = [this](const std::string&, feed::Offset from, feed::Offset end, std::size_t changes) {
      return delivery::read_history(stage.log, *stage.table, from, end, changes);
    };
    history.first_since = [this](engine::WallTime t) { return delivery::first_appended_since(stage.log, t); };
    history.high_watermark = [this] { return stage.log.high_watermark(); };
    history.knows = [this](const std::string& endpoint) { return knows_endpoint && endpoint == stage.config.name; };
    jobs = std::make_unique<replay::ReplayJobs>(replay::ReplayJobs::Rooms{*stage.store, *stage.letters, *audit, stage.timers}, std::move(history));
    replay::Senders senders;
    senders.letter = [this](const std::string& endpoint, delivery::DeadLetterId id, delivery::ReplayDone done) {
      if (!knows_endpoint || endpoint != stage.config.name) return false;
      stage.dispatcher->replay(id, std::move(done));
      return true;
    };
    senders.change = [this](const std::string& endpoint, feed::Offset offset, delivery::ReplayDone done) {
      if (!knows_endpoint || endpoint != stage.config.name) return false;
      stage.dispatcher->resend(offset, std::move(done));
      return true;
    };
    const auto here = stage.loop().get_executor();
    runner = std::make_unique<replay::JobRunner>(replay::JobRunner::Rooms{here, here, stage.timers, *jobs}, std::move(senders));
    jobs->on_change([this](replay::JobId id) { runner->wake(id); });
    asio::co_spawn(stage.loop(), runner->run(), asio::detached);
    FakeTimers::drain(stage.loop());
  }
  /// The process dies now and starts again on what the store holds.
  void crash() {
    close();
    stage.crash();
    stage.start();
    open();
  }
  void stop() {
    runner->stop();
    stage.run_for(std::chrono::seconds(1));
    close();
  }

  /// A failed dead letter about entry/<n>.
  delivery::DeadLetterId bury(std::uint64_t n, delivery::Cause cause = delivery::Cause::kStatus) {
    delivery::DeadLetter letter;
    letter.event_id = feed::EventId{1'000'000 + n};
    letter.key = {"entry", std::to_string(n)};
    letter.action = feed::Action::kUpdated;
    letter.attempts = 3;
    letter.last_error = "HTTP 500";
    letter.payload = R"({"resourceType":"entry","resourceId":")" + std::to_string(n) + R"(","n":1})";
    letter.endpoint = stage.config.name;
    letter.cause = cause;
    return stage.letters->record_failure(letter).value();
  }
  std::uint64_t counted(const replay::Selection& selection) {
    std::uint64_t count = 0;
    for (auto place = jobs->count(selection, 0, count).value(); place != 0;) place = jobs->count(selection, place, count).value();
    return count;
  }
  engine::Result<replay::JobView> create(const replay::SelectionRequest& request, std::uint32_t rate = 1000) {
    auto selection = jobs->resolve(request);
    if (!selection) return selection.take_error();
    const auto count = counted(*selection);
    return jobs->create(std::move(*selection), {.rate = rate, .reason = "the receiver is back", .expected = count, .counted = count}, me);
  }
  replay::JobView view(std::uint64_t id = 1) { return jobs->show(replay::JobId{id}).value(); }
  std::vector<std::string> audited(const std::string& category = "delivery.replay_job") {
    std::vector<std::string> actions;
    const auto rows = audit->list({.category = category}, 100).value();
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) actions.push_back(row->event.action);
    return actions;
  }
  std::size_t letters(delivery::DeadLetterStatus status) { return stage.letters->list(status, 10'000).value().size(); }

  bool knows_endpoint = true;
  trust::Actor me{"cp-user", "cp:ada", "request-1", "192.0.2.7"};
  CountingRandom random;
  Stage stage;
  std::unique_ptr<trust::Vault> vault;
  std::unique_ptr<trust::AuditLog> audit;
  std::unique_ptr<replay::ReplayJobs> jobs;
  std::unique_ptr<replay::JobRunner> runner;

 private:
  void close() {
    runner.reset();
    jobs.reset();
    audit.reset();
    vault.reset();
  }
};

}  // namespace test
