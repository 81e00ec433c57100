// Transactions sent while they run: what comes out is what protocol 1 would have sent, without what was rolled back.

#include "connectors/postgres/stream_spool.h"

#include <gtest/gtest.h>

#include "engine/base/byte_writer.h"
#include "tests/support/fixtures.h"

namespace {

using connectors::postgres::StreamSpool;
using engine::ByteWriter;

std::string with_xid(char kind, std::uint32_t xid, const std::string& rest) {
  std::string out;
  ByteWriter(out).big(static_cast<std::uint8_t>(kind)).big(xid).raw(rest);
  return out;
}
std::string start(std::uint32_t xid, bool first = true) { return with_xid('S', xid, std::string(1, static_cast<char>(first))); }
std::string places() {
  std::string out(1, '\0');
  ByteWriter(out).big(std::uint64_t{100}).big(std::uint64_t{120}).big(std::uint64_t{7});
  return out;
}
std::string abort(std::uint32_t xid, std::uint32_t subxid) {
  std::string sub;
  ByteWriter(sub).big(subxid);
  return with_xid('A', xid, sub);
}
std::string begun(std::uint32_t xid) {
  std::string out = "B";
  ByteWriter(out).big(std::uint64_t{100}).big(std::uint64_t{7}).big(xid);
  return out;
}

class Spool : public ::testing::Test {
 protected:
  void kept(const std::string& message) {
    const auto taken = spool_.take(message);
    ASSERT_TRUE(taken) << taken.error().detail;
    EXPECT_TRUE(*taken);
  }
  std::vector<std::string> committed(std::uint32_t xid) {
    kept(with_xid('c', xid, places()));
    std::vector<std::string> all;
    while (spool_.replaying()) {
      auto message = spool_.next();
      EXPECT_TRUE(message) << (message ? "" : message.error().detail);
      if (!message) break;
      all.emplace_back(*message);
    }
    return all;
  }
  test::TemporaryDirectory directory_;
  StreamSpool spool_{directory_.path() / "large"};
};

TEST_F(Spool, ChunksOfSeveralTransactionsComeApartAndWhole) {
  kept(start(1));
  kept(with_xid('R', 1, "relation"));
  kept(with_xid('I', 1, "first of 1"));
  kept("E");
  EXPECT_FALSE(*spool_.take("B of a small one")) << "between chunks protocol 1 goes on";
  kept(start(2));
  kept(with_xid('I', 2, "first of 2"));
  kept("E");
  kept(start(1, false));
  kept(with_xid('U', 1, "second of 1"));
  kept("E");
  EXPECT_EQ(committed(1), (std::vector<std::string>{begun(1), "Rrelation", "Ifirst of 1", "Usecond of 1", "C" + places()}));
  EXPECT_EQ(committed(2), (std::vector<std::string>{begun(2), "Ifirst of 2", "C" + places()}));
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path() / "large")) << "files have no names";
}

TEST_F(Spool, WhatWasRolledBackIsNotGivenOut) {
  kept(start(1));
  kept(with_xid('I', 1, "stays"));
  kept(with_xid('R', 10, "relation"));
  kept(with_xid('I', 10, "goes"));
  kept(with_xid('I', 11, "goes, too"));
  kept("E");
  kept(abort(1, 10));
  kept(start(1, false));
  kept(with_xid('I', 12, "stays in a later subtransaction"));
  kept("E");
  kept(abort(1, 99));  // nothing of it was sent
  EXPECT_EQ(committed(1), (std::vector<std::string>{begun(1), "Istays", "Rrelation", "Istays in a later subtransaction", "C" + places()}));
  kept(start(2));
  kept(with_xid('I', 2, "goes"));
  kept("E");
  kept(abort(2, 2));
  EXPECT_FALSE(spool_.take(with_xid('c', 2, places()))) << "it is gone";
}

TEST_F(Spool, MoreThanItsBuffersComesBackAsItWas) {
  std::vector<std::string> wanted{begun(1)};
  kept(start(1));
  for (int i = 0; i < 3000; ++i) {
    const std::string row(static_cast<std::size_t>(i % 700), static_cast<char>('a' + i % 26));
    kept(with_xid('I', 1, row));
    wanted.push_back("I" + row);
  }
  kept(with_xid('I', 1, std::string(600'000, 'z')));
  wanted.push_back("I" + std::string(600'000, 'z'));
  kept("E");
  wanted.push_back("C" + places());
  EXPECT_EQ(committed(1), wanted);
}

TEST_F(Spool, DamageIsRefused) {
  EXPECT_FALSE(spool_.take(""));
  EXPECT_FALSE(spool_.take("E"));
  EXPECT_FALSE(spool_.take("S\x01"));
  kept(start(1));
  EXPECT_FALSE(spool_.take(start(2)));
  EXPECT_FALSE(spool_.take("I\x01"));
  EXPECT_FALSE(spool_.take(with_xid('c', 1, "short")));
}

TEST_F(Spool, TooManyAtOnceAreRefused) {
  for (std::uint32_t xid = 1; xid <= StreamSpool::kMostTransactions; ++xid) {
    kept(start(xid));
    kept("E");
  }
  const auto refused = spool_.take(start(9999));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, engine::Errc::kFull);
}

}  // namespace
