// What cannot be recorded is not sent.
#include <gtest/gtest.h>

#include "tests/delivery/fleet_stage.h"
#include "tests/support/small_disk.h"

using namespace std::chrono_literals;

namespace delivery {
namespace {

using test::answers;
using test::Arrival;
using test::FleetStage;
using Texts = std::vector<std::string>;

constexpr int kEndpoints = 20;

std::string name_of(int endpoint) { return "endpoint-" + std::to_string(endpoint); }

// 64 MB, of which the store leaves 32 alone.
class FullDiskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a file system";
    stage.emplace([](const std::string&, const Arrival&) { return test::Act{200, {}, 20ms, {}}; }, disk.path());
    EndpointEdit edit;
    edit.concurrency = 4;
    for (int i = 0; i < kEndpoints; ++i) stage->make(name_of(i), edit);
    append(10);
    stage->run_for(1s);
    EXPECT_EQ(stage->transport.got.size(), 10u * kEndpoints);
  }
  void append(int changes) {
    std::vector<feed::Change> batch;
    for (int i = 0; i < changes; ++i) {
      batch.push_back(stage->change("entry/" + std::to_string(wanted.size())));
      wanted.push_back("entry/" + std::to_string(wanted.size()) + "#1");
    }
    stage->append(std::move(batch));
  }
  std::size_t told() const { return stage->transport.got.size(); }
  void expect_everything() {
    for (int i = 0; i < kEndpoints; ++i) {
      auto accepted = stage->accepted(name_of(i));
      std::sort(accepted.begin(), accepted.end());
      EXPECT_EQ(accepted, sorted(wanted)) << name_of(i);
      EXPECT_EQ(stage->stats(name_of(i)).lag, 0u);
    }
  }
  static Texts sorted(Texts texts) {
    std::sort(texts.begin(), texts.end());
    return texts;
  }
  test::SmallDisk disk{64};
  std::optional<FleetStage> stage;
  Texts wanted;
};

TEST_F(FullDiskTest, EveryEndpointWaitsUntilWhatItIsSentCanBeRecorded) {
  disk.fill();
  append(2'000);
  stage->run_for(1s);  // the first writes fail after 200 ms
  const auto when_full = told();
  EXPECT_LT(when_full, 10u * kEndpoints + kEndpoints * 4u * 20u) << "400 ms of four at a time";
  stage->run_for(60s);
  EXPECT_EQ(told(), when_full) << "nothing is sent that would be sent again after a crash";
  EXPECT_GT(stage->fleet->total().storage_errors, 0u);
  EXPECT_GT(stage->fleet->total().lag, 1'000u);
  disk.make_room();
  stage->run_for(60s);
  expect_everything();
  EXPECT_EQ(told(), wanted.size() * kEndpoints) << "without a crash nothing is repeated";
}

TEST_F(FullDiskTest, ACrashThereRepeatsWhatWasSentBeforeTheDiskWasKnownToBeFullAndNothingElse) {
  disk.fill();
  append(2'000);
  stage->run_for(60s);
  const auto when_full = told();
  disk.make_room();
  stage->crash();
  stage->start();
  stage->run_for(60s);
  expect_everything();
  EXPECT_EQ(told() - wanted.size() * kEndpoints, when_full - 10u * kEndpoints);
}

}  // namespace
}  // namespace delivery
