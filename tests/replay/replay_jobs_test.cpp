// Replay jobs from their count to their end.
#include <gtest/gtest.h>

#include "tests/replay/job_stage.h"

using namespace std::chrono_literals;

namespace replay {
namespace {

using delivery::Cause;
using delivery::DeadLetterId;
using delivery::DeadLetterStatus;
using engine::Errc;
using test::answers;
using test::Arrival;
using test::JobStage;
using Words = std::vector<std::string>;

SelectionRequest all_failed() { return {.source = Source::kDeadLetters}; }

TEST(ReplayJobsTest, WhatMatchesArrivesOnceAndTheJobFinishes) {
  JobStage s;
  for (std::uint64_t n = 1; n <= 150; ++n) s.bury(n, n % 3 ? Cause::kStatus : Cause::kTimedOut);
  auto request = all_failed();
  request.filter.cause = Cause::kTimedOut;
  const auto made = s.create(request);
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(made->job.total, 50u);
  s.stage.run_for(10s);
  const auto view = s.view();
  EXPECT_EQ(view.job.state, JobState::kFinished);
  EXPECT_EQ(view.progress.delivered, 50u);
  EXPECT_TRUE(view.progress.in_flight.empty());
  EXPECT_EQ(s.stage.transport.accepted().size(), 50u);
  EXPECT_EQ(s.letters(DeadLetterStatus::kDelivered), 50u);
  EXPECT_EQ(s.letters(DeadLetterStatus::kFailed), 100u);
  EXPECT_EQ(s.audited(), (Words{"create", "finish"}));
  EXPECT_TRUE(s.audit->verify().value().holds());
  const auto tally = s.jobs->tally().value();
  EXPECT_EQ(tally.jobs.at(JobState::kFinished), 1u);
  EXPECT_EQ(tally.jobs.at(JobState::kRunning), 0u);
  EXPECT_EQ(tally.delivered, 50u);
  EXPECT_EQ(tally.failed + tally.skipped, 0u);
}

TEST(ReplayJobsTest, TheRateIsKept) {
  JobStage s;
  for (std::uint64_t n = 1; n <= 30; ++n) s.bury(n);
  ASSERT_TRUE(s.create(all_failed(), 2));
  s.stage.run_for(5s);
  EXPECT_GE(s.stage.transport.accepted().size(), 9u);
  EXPECT_LE(s.stage.transport.accepted().size(), 11u);
  s.stage.run_for(11s);
  EXPECT_EQ(s.view().progress.delivered, 30u);
  EXPECT_EQ(s.view().job.state, JobState::kFinished);
}

TEST(ReplayJobsTest, APausedJobTakesNothingAndGoesOnWhereItStopped) {
  JobStage s;
  for (std::uint64_t n = 1; n <= 40; ++n) s.bury(n);
  ASSERT_TRUE(s.create(all_failed(), 10));
  s.stage.run_for(2s);
  ASSERT_TRUE(s.jobs->pause(JobId{1}, s.me));
  s.stage.run_for(100ms);
  const auto arrived = s.stage.transport.accepted().size();
  EXPECT_GT(arrived, 10u);
  s.stage.run_for(1h);
  EXPECT_EQ(s.stage.transport.accepted().size(), arrived);
  EXPECT_EQ(s.view().progress.delivered, arrived);
  ASSERT_TRUE(s.jobs->pause(JobId{1}, s.me)) << "twice is once";
  ASSERT_TRUE(s.jobs->resume(JobId{1}, s.me));
  s.stage.run_for(1min);
  EXPECT_EQ(s.view().progress.delivered, 40u);
  EXPECT_EQ(s.stage.transport.accepted().size(), 40u);
  EXPECT_EQ(s.audited(), (Words{"create", "pause", "resume", "finish"}));
}

TEST(ReplayJobsTest, ACancelledJobIsOver) {
  JobStage s;
  for (std::uint64_t n = 1; n <= 40; ++n) s.bury(n);
  ASSERT_TRUE(s.create(all_failed(), 10));
  s.stage.run_for(1s);
  ASSERT_TRUE(s.jobs->cancel(JobId{1}, s.me));
  s.stage.run_for(1h);
  EXPECT_LT(s.stage.transport.accepted().size(), 20u);
  EXPECT_EQ(s.view().job.state, JobState::kCancelled);
  EXPECT_EQ(s.view().progress.delivered, s.stage.transport.accepted().size());
  EXPECT_EQ(s.jobs->resume(JobId{1}, s.me).error().code, Errc::kConflict);
  EXPECT_EQ(s.jobs->pause(JobId{1}, s.me).error().code, Errc::kConflict);
  EXPECT_EQ(s.jobs->cancel(JobId{9}, s.me).error().code, Errc::kNotFound);
  EXPECT_EQ(s.audited(), (Words{"create", "cancel"}));
}

TEST(ReplayJobsTest, AnotherNumberThanExpectedStartsNothing) {
  JobStage s;
  for (std::uint64_t n = 1; n <= 3; ++n) s.bury(n);
  auto selection = s.jobs->resolve(all_failed()).value();
  const auto refused = s.jobs->create(selection, {.expected = 2, .counted = s.counted(selection)}, s.me);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kConflict);
  EXPECT_NE(refused.error().detail.find("`expect`"), std::string::npos);
  EXPECT_NE(refused.error().detail.find("3 match"), std::string::npos);
  s.stage.run_for(1h);
  EXPECT_TRUE(s.stage.transport.arrivals.empty());
  EXPECT_TRUE(s.audited().empty());
  EXPECT_EQ(s.jobs->create(selection, {.rate = 0, .expected = 3, .counted = 3}, s.me).error().code, Errc::kMalformed);
}

TEST(ReplayJobsTest, LettersThatComeLaterBelongToNoJobThatIsThereAlready) {
  JobStage s;
  for (std::uint64_t n = 1; n <= 10; ++n) s.bury(n);
  ASSERT_TRUE(s.create(all_failed(), 5));
  s.bury(11);
  s.stage.run_for(1min);
  EXPECT_EQ(s.view().progress.delivered, 10u);
  EXPECT_EQ(s.letters(DeadLetterStatus::kFailed), 1u);
}

TEST(ReplayJobsTest, WhatFailsAgainIsCountedAndStaysAFailedLetter) {
  JobStage s([](const Arrival& a) { return a.resource() == "entry/2" ? answers(400) : answers(200); });
  for (std::uint64_t n = 1; n <= 5; ++n) s.bury(n);
  ASSERT_TRUE(s.create(all_failed()));
  s.stage.run_for(1h);
  const auto view = s.view();
  EXPECT_EQ(view.job.state, JobState::kFinished);
  EXPECT_EQ(view.progress.delivered, 4u);
  EXPECT_EQ(view.progress.failed, 1u);
  EXPECT_NE(view.progress.last_error.find("HTTP 400"), std::string::npos);
  EXPECT_EQ(s.stage.letters->get(DeadLetterId{2}).value().status, DeadLetterStatus::kFailed);
}

TEST(ReplayJobsTest, ADeadEndpointHoldsTheJobUpAndFailsNothing) {
  JobStage s([](const Arrival&) { return test::fails(Errc::kUnavailable); });
  for (std::uint64_t n = 1; n <= 200; ++n) s.bury(n);
  for (int i = 1; i <= 10; ++i) s.stage.append({"order/" + std::to_string(i)});
  s.stage.run_for(5min);
  ASSERT_EQ(s.stage.dispatcher->stats().breaker, delivery::Breaker::State::kOpen);
  ASSERT_TRUE(s.create(all_failed()));
  s.stage.run_for(5h);
  EXPECT_EQ(s.view().progress.done(), 0u);
  EXPECT_EQ(s.view().progress.in_flight.size(), kJobWindow);
  s.stage.transport.decide([](const Arrival&) { return answers(200); });
  s.stage.run_for(10min);
  EXPECT_EQ(s.view().progress.delivered, 200u);
}

TEST(ReplayJobsTest, HistoryIsSentAgainWithTheSameEventsAndBodiesAndANewSignature) {
  JobStage s;
  for (int i = 1; i <= 100; ++i) s.stage.append({"entry/" + std::to_string(i % 7)});
  s.stage.run_for(1s);
  const auto first = s.stage.transport.arrivals;
  ASSERT_EQ(first.size(), 100u);
  s.stage.run_for(1h);
  const auto made = s.create({.source = Source::kHistory, .endpoint = "default", .from_offset = feed::Offset{11}, .end_offset = feed::Offset{61}});
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(made->job.total, 50u);
  s.stage.run_for(10s);
  EXPECT_EQ(s.view().job.state, JobState::kFinished);
  EXPECT_EQ(s.view().progress.delivered, 50u);
  std::map<std::string, Arrival> again;
  for (auto arrival = s.stage.transport.arrivals.begin() + 100; arrival != s.stage.transport.arrivals.end(); ++arrival) again[arrival->event] = *arrival;
  ASSERT_EQ(again.size(), 50u);
  for (const auto& before : first) {
    const auto found = again.find(before.event);
    if (found == again.end()) continue;
    EXPECT_EQ(found->second.body, before.body);
    EXPECT_NE(found->second.signature, before.signature);
  }
  EXPECT_EQ(s.stage.dispatcher->stats().cursor, feed::Offset{101}) << "the endpoint's own place does not move";
}

TEST(ReplayJobsTest, HistoryByTimeTakesWhatWasAppendedThen) {
  JobStage s;
  s.stage.append({"entry/1", "entry/2"});
  s.stage.run_for(1h);
  const auto from = s.stage.timers.wall_now();
  s.stage.append({"entry/3"});
  s.stage.run_for(1h);
  const auto before = s.stage.timers.wall_now();
  s.stage.append({"entry/4"});
  const auto selection = s.jobs->resolve({.source = Source::kHistory, .endpoint = "default", .since = from, .before = before}).value();
  EXPECT_EQ(selection.from, feed::Offset{3});
  EXPECT_EQ(selection.end, feed::Offset{4});
  EXPECT_EQ(s.counted(selection), 1u);
}

TEST(ReplayJobsTest, WhatNobodyIsToldOfIsNoPartOfHistory) {
  JobStage s;
  s.stage.append({"entry/1"});
  s.stage.append({"entry/2"}, feed::Action::kNone);
  s.stage.append({"entry/3"});
  s.stage.run_for(1s);
  ASSERT_EQ(s.create({.source = Source::kHistory, .endpoint = "default", .from_offset = feed::Offset{1}}).value().job.total, 2u);
  s.stage.run_for(1s);
  EXPECT_EQ(s.stage.transport.arrivals.size(), 4u);
  EXPECT_EQ(s.view().progress.done(), 2u);
}

TEST(ReplayJobsTest, AChangeOfHistoryThatIsRefusedBecomesADeadLetterOfItsResource) {
  JobStage s;
  s.stage.append({"entry/7", "entry/8"});
  s.stage.run_for(1s);
  s.stage.transport.decide([](const Arrival& a) { return a.resource() == "entry/7" ? answers(400) : answers(200); });
  ASSERT_TRUE(s.create({.source = Source::kHistory, .endpoint = "default", .from_offset = feed::Offset{1}}));
  s.stage.run_for(1h);
  EXPECT_EQ(s.view().progress.delivered, 1u);
  EXPECT_EQ(s.view().progress.failed, 1u);
  const auto letter = s.stage.letters->get(DeadLetterId{1}).value();
  EXPECT_EQ(letter.key, (feed::ResourceKey{"entry", "7"}));
  EXPECT_EQ(letter.offset, feed::Offset{1});
  EXPECT_EQ(letter.event_id, feed::EventId{1});
}

TEST(ReplayJobsTest, SelectionsThatCannotBeAreRefusedByTheNameOfTheField) {
  JobStage s;
  s.bury(1, Cause::kLost);
  s.stage.append({"entry/1"});
  const auto problem = [&](const SelectionRequest& request) {
    const auto selection = s.jobs->resolve(request);
    return selection ? std::string("none") : selection.error().detail;
  };
  const auto names = [&](const SelectionRequest& request, std::string_view field) { return problem(request).starts_with("`" + std::string(field)); };
  EXPECT_TRUE(names({.source = Source::kIds}, "ids")) << problem({.source = Source::kIds});
  EXPECT_TRUE(names({.source = Source::kIds, .ids = {DeadLetterId{9}}}, "ids"));
  EXPECT_TRUE(names({.source = Source::kIds, .ids = {DeadLetterId{1}}}, "ids"));
  EXPECT_TRUE(names({.source = Source::kDeadLetters, .filter = {.status = DeadLetterStatus::kQueued}}, "status"));
  EXPECT_TRUE(names({.source = Source::kDeadLetters, .filter = {.cause = Cause::kLost}}, "cause"));
  EXPECT_TRUE(names({.source = Source::kHistory}, "endpoint"));
  EXPECT_TRUE(names({.source = Source::kHistory, .endpoint = "nobody", .from_offset = feed::Offset{1}}, "endpoint"));
  EXPECT_TRUE(names({.source = Source::kHistory, .endpoint = "default"}, "fromOffset"));
  EXPECT_NE(problem({.source = Source::kHistory, .endpoint = "default", .from_offset = feed::Offset{2}}).find("empty"), std::string::npos);
  EXPECT_EQ(s.counted(s.jobs->resolve(all_failed()).value()), 0u) << "what was lost cannot be sent";
  EXPECT_EQ(s.create(all_failed()).error().code, Errc::kConflict);
}

TEST(ReplayJobsTest, WithoutItsEndpointAJobOfHistoryFailsAndOneOfLettersSaysSo) {
  JobStage s;
  s.stage.append({"entry/1", "entry/2"});
  s.stage.run_for(1s);
  auto history = s.jobs->resolve({.source = Source::kHistory, .endpoint = "default", .from_offset = feed::Offset{1}}).value();
  s.bury(5);
  s.knows_endpoint = false;
  ASSERT_TRUE(s.jobs->create(history, {.expected = 2, .counted = 2}, s.me));
  ASSERT_TRUE(s.create(all_failed()));
  s.stage.run_for(10s);
  EXPECT_EQ(s.view(1).job.state, JobState::kFailed);
  EXPECT_NE(s.view(1).job.problem.find("no endpoint default"), std::string::npos) << s.view(1).job.problem;
  EXPECT_EQ(s.view(2).progress.failed, 1u);
  EXPECT_EQ(s.letters(DeadLetterStatus::kFailed), 1u) << "nobody could send it: it was not queued";
  s.knows_endpoint = true;
  ASSERT_TRUE(s.jobs->resume(JobId{1}, s.me));
  s.stage.run_for(10s);
  EXPECT_EQ(s.view(1).job.state, JobState::kFinished);
  EXPECT_EQ(s.view(1).progress.delivered, 2u);
}

TEST(ReplayJobsTest, SoManyAtOnceAndSoManyAreKept) {
  JobStage s([](const Arrival&) { return test::fails(Errc::kTimedOut); });
  s.bury(1);
  const auto one = s.jobs->resolve({.source = Source::kIds, .ids = {DeadLetterId{1}}}).value();
  for (std::size_t i = 0; i < kMaxUnfinishedJobs; ++i) ASSERT_TRUE(s.jobs->create(one, {.expected = 1, .counted = 1}, s.me));
  EXPECT_EQ(s.jobs->create(one, {.expected = 1, .counted = 1}, s.me).error().code, Errc::kFull);
  for (std::uint64_t id = 1; id <= kMaxUnfinishedJobs; ++id) ASSERT_TRUE(s.jobs->cancel(JobId{id}, s.me));
  for (std::size_t i = kMaxUnfinishedJobs; i < kMaxKeptJobs + 5; ++i) {
    const auto made = s.jobs->create(one, {.expected = 1, .counted = 1}, s.me);
    ASSERT_TRUE(made);
    ASSERT_TRUE(s.jobs->cancel(made->job.id, s.me));
  }
  EXPECT_EQ(s.jobs->list({}, 1000).value().size(), kMaxKeptJobs);
  EXPECT_EQ(s.jobs->list({}, 1000).value().front().job.id, JobId{kMaxKeptJobs + 5});
  EXPECT_EQ(s.jobs->show(JobId{1}).error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace replay
