#include "app/demo/sample_site.h"

#include <array>

#include "app/demo/sample_actors.h"
#include "app/demo/sample_content.h"
#include "app/demo/sample_schema.h"

namespace app::demo {
using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

constexpr std::array kAdjectives{"Quiet",  "Early", "Northern", "Paper", "Copper", "Open",
                                 "Second", "Slow",  "Bright",   "Plain", "Wide",   "Late"};
constexpr std::array kNouns{"harbour", "market",  "orchard", "workshop", "letter", "bridge",
                            "garden",  "kitchen", "map",     "mill",     "café",   "Straße"};

std::uint64_t mixed(std::uint64_t seed, std::string_view name, std::uint64_t n) {
  std::uint64_t hash = 14695981039346656037u ^ seed;
  for (const unsigned char c : name) hash = (hash ^ c) * 1099511628211u;
  for (int shift = 0; shift < 64; shift += 8) hash = (hash ^ ((n >> shift) & 0xff)) * 1099511628211u;
  return hash;
}

}  // namespace

engine::WallTime installed_at() { return engine::WallTime(std::chrono::sys_days(std::chrono::year(2026) / 1 / 5)) + std::chrono::hours(8); }

SampleSite::SampleSite(std::unique_ptr<SqlSession> sql, SqlAddress address, SampleOptions options)
    : sql_(std::move(sql)), address_(std::move(address)), options_(options), random_(options.seed) {}

Result<std::unique_ptr<SampleSite>> SampleSite::connect(const SqlAddress& address, SampleOptions options) {
  auto server = address;
  server.database.clear();
  auto sql = SqlSession::connect(server);
  if (!sql) return sql.take_error();
  auto site = std::unique_ptr<SampleSite>(new SampleSite(std::move(*sql), address, options));
  if (auto entered = site->sql().enter(address.database); !entered) return entered.take_error();
  return site;
}

Result<void> SampleSite::install() {
  auto tables = sql_->number("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()");
  if (!tables) return tables.take_error();
  if (*tables > 0) return fail(Errc::kConflict, "the sample's database is not empty");
  if (auto made = sql_->make_tables(sample_schema()); !made) return made;
  random_.seed(mixed(options_.seed, "install", 0));
  if (auto begun = sql_->run("START TRANSACTION"); !begun) return begun;
  if (auto filled = fill_sample_content(*this); !filled) {
    (void)sql_->run("ROLLBACK");
    return filled;
  }
  if (auto known = sql_->ids_were_given(); !known) return known;
  return sql_->run("COMMIT");
}

std::span<const SampleSite::ActionInfo> SampleSite::actions() { return sample_actions(); }

Result<StepReport> SampleSite::step(std::uint64_t n) {
  random_.seed(mixed(options_.seed, "step", n));
  std::uint64_t total = 0;
  for (const auto& action : actions()) total += action.weight;
  auto chosen = draw(total);
  for (const auto& action : actions()) {
    if (chosen >= action.weight) {
      chosen -= action.weight;
      continue;
    }
    auto subject = action.act(*this);
    if (!subject) return fail(subject.error().code, std::string(action.name) + ": " + subject.error().detail);
    return StepReport{std::string(action.name), std::string(action.actor), std::move(*subject)};
  }
  return fail(Errc::kNotFound, "no action has a weight");
}

Result<StepReport> SampleSite::play(std::string_view wanted) {
  for (const auto& action : actions()) {
    if (action.name != wanted) continue;
    random_.seed(mixed(options_.seed, wanted, ++played_));
    auto subject = action.act(*this);
    if (!subject) return fail(subject.error().code, std::string(wanted) + ": " + subject.error().detail);
    return StepReport{std::string(action.name), std::string(action.actor), std::move(*subject)};
  }
  return fail(Errc::kNotFound, "no action named " + std::string(wanted));
}

Result<void> SampleSite::set_now(std::optional<engine::WallTime> instant) {
  return sql_->set_now(instant ? std::optional(engine::unix_seconds(*instant)) : std::nullopt);
}

// Plain remainders: the standard's distributions differ between libraries, and the sample must not.
std::uint64_t SampleSite::draw(std::uint64_t below) { return random_() % below; }

std::string SampleSite::words() {
  std::string text = kAdjectives[draw(kAdjectives.size())];
  text.append(" ").append(kNouns[draw(kNouns.size())]);
  return text + " " + std::to_string(draw(100000));
}

Result<std::optional<std::int64_t>> SampleSite::pick(std::string_view query) {
  auto found = sql_->rows(query);
  if (!found) return found.take_error();
  if (found->empty()) return std::optional<std::int64_t>{};
  const auto& row = (*found)[draw(found->size())];
  return std::optional<std::int64_t>(std::strtoll(row.front().value_or("0").c_str(), nullptr, 10));
}

Result<void> SampleSite::transaction(std::span<const std::string> statements) {
  if (auto begun = sql_->run("START TRANSACTION"); !begun) return begun;
  for (const auto& statement : statements) {
    auto done = sql_->run(statement);
    if (done) continue;
    (void)sql_->run("ROLLBACK");
    return fail(done.error().code, done.error().detail + " in: " + statement);
  }
  return sql_->run("COMMIT");
}

}  // namespace app::demo
