#pragma once
// What tests with a real Kafka broker share: one broker for a suite, or the reason why there is none.

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/support/kafka_broker.h"

namespace test {

/// A suite makes broker_ in its SetUpTestSuite, where there is a broker to be had.
class KafkaSite : public ::testing::Test {
 protected:
  static void TearDownTestSuite() {
    delete broker_;
    broker_ = nullptr;
  }
  static const std::optional<std::string>& absent() {
    static const auto kAbsent = KafkaBroker::absent();
    return kAbsent;
  }
  inline static KafkaBroker* broker_ = nullptr;
};

}  // namespace test
