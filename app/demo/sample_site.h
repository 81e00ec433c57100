#pragma once
// The project's own sample site: a small content site with a shop in a Craft-shaped schema on MariaDB or PostgreSQL, and the people who keep changing it.
// Everything is drawn from a seed: the same options and the same calls give the same rows, on any machine.

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/demo/sql_session.h"
#include "engine/base/result.h"
#include "engine/base/utc.h"

namespace app::demo {

struct SampleOptions {
  std::uint64_t seed = 1;
  unsigned entries = 45;   ///< top-level ones; every third has a nested one
  unsigned products = 20;  ///< each with one to three variants
  unsigned orders = 30;    ///< every fifth is a cart
  unsigned users = 12;
};

/// What one step did. Most steps are one transaction.
struct StepReport {
  std::string action;   ///< a name of SampleSite::actions()
  std::string actor;    ///< "editor", "shop" or "import"
  std::string subject;  ///< "entry 17"; empty where many rows or none are concerned
};

/// Threads: one at a time. Blocking: everything.
///
/// Time: rows are written at the server's UTC_TIMESTAMP(), or at the instant given to set_now(). Installed rows are dated in the
/// three weeks before installed_at(), so that they do not depend on when the site was made.
class SampleSite {
 public:
  struct ActionInfo {
    std::string_view name;
    std::string_view actor;
    unsigned weight;  ///< share of the steps that step() draws; 0: only by play()
    engine::Result<std::string> (*act)(SampleSite&);
  };

  static engine::Result<std::unique_ptr<SampleSite>> connect(const SqlAddress& address, SampleOptions options = {});

  /// Creates the database of the address where it is absent, the tables, and the first content, in one transaction.
  /// kConflict: there are tables already.
  engine::Result<void> install();

  /// Step number `n`: what happens depends on the seed, n and the database's content, on nothing else.
  engine::Result<StepReport> step(std::uint64_t n);
  /// One named action now. kNotFound: no such action. Where the action finds nothing to act on it does nothing and says so
  /// with an empty subject.
  engine::Result<StepReport> play(std::string_view action);
  /// All that can happen, in the order of their documentation in app/demo/README.md.
  static std::span<const ActionInfo> actions();

  /// Dates of this connection's rows, and on MariaDB the commit times in the binary log, from now on. nullopt: the server's clock again.
  engine::Result<void> set_now(std::optional<engine::WallTime> instant);
  /// How far ahead schedule_entry puts its date.
  void set_schedule_ahead(std::chrono::seconds ahead) { schedule_ahead_ = ahead; }
  std::chrono::seconds schedule_ahead() const { return schedule_ahead_; }

  SqlSession& sql() { return *sql_; }
  const SampleOptions& options() const { return options_; }

  /// For actors: a number in [0, below) drawn from this step's randomness. below > 0.
  std::uint64_t draw(std::uint64_t below);
  /// For actors: two or three words, for titles.
  std::string words();
  /// For actors: one id out of those that `query` yields (it must order them); nullopt: there is none.
  engine::Result<std::optional<std::int64_t>> pick(std::string_view query);
  /// For actors: runs `statements` in one transaction, rolled back at the first that fails.
  engine::Result<void> transaction(std::span<const std::string> statements);

 private:
  SampleSite(std::unique_ptr<SqlSession> sql, SqlAddress address, SampleOptions options);
  std::unique_ptr<SqlSession> sql_;
  SqlAddress address_;
  SampleOptions options_;
  std::mt19937_64 random_;
  std::uint64_t played_ = 0;
  std::chrono::seconds schedule_ahead_{3600};
};

/// No installed row is dated later: 2026-01-05T08:00:00Z.
engine::WallTime installed_at();

/// A document as the sample's own database shows it, told by MariaDB, not by Millrace: the other side of every comparison.
struct SampleDocument {
  std::string type;  ///< "entry", "product", "variant", "order"
  std::int64_t id = 0;
  std::string body;   ///< every value that counts, one text; equal texts are equal documents
  std::string title;  ///< title, sku or number, for comparing with what arrives
  std::string status;
  bool in_feed = true;       ///< false: a cart
  std::int64_t told_as = 0;  ///< a variant's product; else 0
};

/// All documents of the primary site now, ordered by type and id.
engine::Result<std::vector<SampleDocument>> sample_documents(SqlSession& sql);

}  // namespace app::demo
