// A job's bytes on disk, and its pace.
#include "replay/replay_job.h"

#include <gtest/gtest.h>

#include "replay/job_store.h"
#include "replay/pace.h"

using namespace std::chrono_literals;
using namespace std::string_literals;

namespace replay {
namespace {

ReplayJob some_job() {
  ReplayJob job;
  job.id = JobId{7};
  job.state = JobState::kPaused;
  job.selection.source = Source::kDeadLetters;
  job.selection.ids = {delivery::DeadLetterId{1}, delivery::DeadLetterId{300}};
  job.selection.filter = {.endpoint = "crm", .action = feed::Action::kDeleted, .status = delivery::DeadLetterStatus::kFailed, .since = engine::WallTime(16us)};
  job.selection.filter.replayable = true;
  job.selection.last = delivery::DeadLetterId{9};
  job.rate = 20;
  job.total = 5;
  job.creator = "cp:ada";
  job.reason = "why";
  job.created = job.updated = engine::WallTime(1us);
  return job;
}

TEST(ReplayJobBytes, ArePinned) {
  EXPECT_EQ(job_key(JobId{258}), "j\0\0\0\0\0\0\1\2"s);
  EXPECT_EQ(progress_key(JobId{1}), "p\0\0\0\0\0\0\0\1"s);
  EXPECT_EQ(encode(some_job()), "\1\2\2\2\1\xac\2\3crm\0\0\3\xff\1\1\0\0\0\0\0\0\0\x10\0\1\x9\0\0\0\x14\5\6cp:ada\3why\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1"s);
  EXPECT_EQ(encode(JobProgress{3, {4, 5}, 1, 2, 0, "no"}), "\1\3\2\4\5\1\2\0\2no"s);
}

TEST(ReplayJobBytes, ReadBackAndEveryProperPrefixIsRefused) {
  const auto bytes = encode(some_job());
  EXPECT_EQ(decode_job(JobId{7}, bytes).value(), some_job());
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(decode_job(JobId{7}, std::string_view(bytes).substr(0, n))) << n;
  EXPECT_FALSE(decode_job(JobId{7}, bytes + "x"));
  const JobProgress progress{9, {1, 2, 3}, 4, 5, 6, "last"};
  const auto progress_bytes = encode(progress);
  EXPECT_EQ(decode_job_progress(progress_bytes).value(), progress);
  for (std::size_t n = 0; n < progress_bytes.size(); ++n) EXPECT_FALSE(decode_job_progress(std::string_view(progress_bytes).substr(0, n))) << n;
}

TEST(ReplayJobBytes, ABoundThatTheStoreCannotHaveWrittenIsDamage) {
  JobProgress progress;
  progress.in_flight.assign(kJobWindow + 1, 1);
  EXPECT_FALSE(decode_job_progress(encode(progress)));
}

/// How many a job that asks every `step` gets in `time`.
std::size_t sent_in(std::uint32_t rate, std::chrono::nanoseconds time, std::chrono::nanoseconds step, std::size_t most = 1000) {
  Pace pace(rate);
  std::size_t sent = 0;
  const engine::MonoTime start{1000h};
  for (auto now = start; now < start + time; now += step) {
    const auto n = std::min(most, pace.allowance(now));
    pace.spend(now, n);
    sent += n;
  }
  return sent;
}

TEST(Pace, GivesTheRateHoweverOftenItIsAsked) {
  for (const std::uint32_t rate : {1u, 7u, 50u, 1000u}) {
    for (const auto step : {1ms, 20ms, 90ms}) {
      const auto sent = static_cast<double>(sent_in(rate, 10s, step));
      EXPECT_GE(sent, rate * 10 * 0.95) << rate << " every " << step.count();
      EXPECT_LE(sent, rate * 10 * 1.02 + 1) << rate << " every " << step.count();
    }
  }
}

TEST(Pace, TimeThatWasNotUsedIsNotSavedUp) {
  Pace pace(100);
  engine::MonoTime now{1000h};
  pace.spend(now, pace.allowance(now));
  now += 1h;
  EXPECT_EQ(pace.allowance(now), 11u);
  pace.spend(now, 11);
  EXPECT_EQ(pace.allowance(now), 0u);
  EXPECT_EQ(pace.allowance(now + 10ms), 1u);
}

}  // namespace
}  // namespace replay
