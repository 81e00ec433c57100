#pragma once
// Everything the demo starts: database, receiver, Millrace. Ended with the object, in the right order.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/demo/child_process.h"
#include "app/demo/demo.h"
#include "app/demo/local_mariadb.h"
#include "app/demo/local_postgres.h"
#include "app/demo/sample_site.h"
#include "app/demo/simple_client.h"
#include "engine/base/result.h"

namespace app::demo {

/// The feed as a client sees it: per resource the newest item.
struct FeedItem {
  std::string type;
  std::int64_t id = 0;
  std::string action;
  std::string title;  ///< title, sku or number
  std::string status;
};

struct DeadLetters {
  std::size_t failed = 0;
  std::size_t queued = 0;
  std::size_t delivered = 0;
};

class DemoStage {
 public:
  /// Starts all of it and waits until the first snapshot is served. The error names the part and its log.
  static engine::Result<std::unique_ptr<DemoStage>> start(const DemoOptions& options);
  ~DemoStage();

  SampleSite& site() { return *site_; }
  std::filesystem::path record() const { return directory_ / "received.jsonl"; }
  const std::filesystem::path& directory() const { return directory_; }
  /// The directory stays behind: somebody will want to look.
  void keep() { keep_ = true; }
  /// Tells the receiver how to behave (receiver.h).
  engine::Result<void> tell_receiver(std::string_view rule);
  /// Reads `/changes` from `cursor` (empty: from the beginning) to its end and moves the cursor behind it.
  engine::Result<std::vector<FeedItem>> drain(std::string& cursor);
  engine::Result<DeadLetters> dead_letters();
  engine::Result<void> replay_all();
  /// Fails where Millrace or the receiver has ended; the detail has the end of its log.
  engine::Result<void> alive();
  std::uint16_t port() const { return millrace_client_.port; }

 private:
  explicit DemoStage(const DemoOptions& options) : options_(options) {}
  engine::Result<void> start_database();
  engine::Result<SqlAddress> start_mariadb();
  engine::Result<SqlAddress> start_postgres();
  std::vector<std::string> grants() const;
  std::string source_settings() const;
  bool on_postgres() const { return options_.source == "postgres"; }
  engine::Result<void> start_receiver();
  engine::Result<void> start_millrace();
  void write_configuration() const;
  std::filesystem::path program() const;

  DemoOptions options_;
  std::filesystem::path directory_;
  bool keep_ = false;
  bool own_directory_ = false;
  std::unique_ptr<LocalMariaDb> mariadb_;
  std::unique_ptr<LocalPostgres> postgres_;
  std::unique_ptr<SampleSite> site_;
  std::unique_ptr<ChildProcess> receiver_;
  std::unique_ptr<ChildProcess> millrace_;
  SimpleClient receiver_client_;
  SimpleClient millrace_client_;
};

/// True once SIGINT or SIGTERM has come (after catch_signals()).
void catch_signals();
bool asked_to_stop();

}  // namespace app::demo
