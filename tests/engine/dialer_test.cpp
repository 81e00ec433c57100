#include "engine/net/dialer.h"

#include <gtest/gtest.h>

#include "engine/net/transport.h"
#include "engine/runtime/within.h"

namespace {

using namespace engine::net;
using namespace std::chrono_literals;

bool dialable(std::string_view address, const DialPolicy& policy = {}) { return allowed(asio::ip::make_address(std::string(address)), policy); }

TEST(DialPolicy, PublicAddressesAreDialed) {
  for (const auto* address : {"93.184.216.34", "8.8.8.8", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "169.253.0.1", "198.17.0.1",
                              "223.255.255.255", "2606:2800:220:1::1", "2a00::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"}) {
    EXPECT_TRUE(dialable(address)) << address;
  }
}

TEST(DialPolicy, EverySpellingOfAnInnerAddressIsRefused) {
  for (const auto* address :
       {"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.1.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "0.0.0.0", "0.1.2.3",
        "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.2.1", "198.51.100.1", "203.0.113.9", "198.18.0.1", "198.19.255.255", "192.88.99.1",
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
        "3fff::1", "2001::1", "2001:10::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::8.8.8.8", "64:ff9b::127.0.0.1",
        "64:ff9b::10.1.2.3", "64:ff9b:1::8.8.8.8", "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::", "100::1", "5f00::1", "::ffff:0:10.0.0.1", "::ffff:0:8.8.8.8",
        "2a00::5efe:10.0.0.1", "2a00::200:5efe:169.254.169.254", "fe80::1%1", "ff02::1%1", "::ffff:100.64.0.1", "::ffff:224.0.0.1", "::ffff:255.255.255.255",
        "::ffff:198.18.0.1", "::ffff:0.0.0.0", "2002:c0a8:101::1", "2002:e000:1::", "64:ff9b::169.254.169.254", "64:ff9b::100.100.100.200"}) {
    EXPECT_FALSE(dialable(address)) << address;
  }
}

// Each block by its first and last address, and what stands right beside it.
TEST(DialPolicy, ARefusedBlockEndsWhereItsRegistryEntryEnds) {
  struct Edge {
    const char *before, *first, *last, *behind;  // "": another refused block, or nothing
  };
  for (const auto& [before, first, last, behind] :
       {Edge{"", "0.0.0.0", "0.255.255.255", "1.0.0.0"}, {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"}, {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
        {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"}, {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
        {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"}, {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
        {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"}, {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
        {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"}, {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
        {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"}, {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
        {"223.255.255.255", "224.0.0.0", "255.255.255.255", ""}, {"", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"},
        {"2001:db7:ffff::", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"}, {"3ffe:ffff::", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"},
        {"3fff:ffff::", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""}}) {
    EXPECT_FALSE(dialable(first)) << first;
    EXPECT_FALSE(dialable(last)) << last;
    EXPECT_TRUE(!*before || dialable(before)) << before;
    EXPECT_TRUE(!*behind || dialable(behind)) << behind;
  }
}

TEST(DialPolicy, AllowPrivateOpensNeitherMetadataNorMulticast) {
  const DialPolicy inner{.allow_private = true, .allow = {}};
  for (const auto* address : {"10.0.0.1", "127.0.0.1", "::1", "fd12::1", "100.64.0.1", "::ffff:127.0.0.1", "64:ff9b::10.1.2.3"}) EXPECT_TRUE(dialable(address, inner)) << address;
  for (const auto* address : {"169.254.169.254", "fe80::1", "fd00:ec2::254", "fd20:ce::254", "fd00:42::42", "100.100.100.200", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "192.0.2.1", "::127.0.0.1",
                              "::ffff:169.254.169.254"}) {
    EXPECT_FALSE(dialable(address, inner)) << address;
  }
}

TEST(DialPolicy, AListedBlockIsOpenedAndNothingBesideIt) {
  const DialPolicy listed{.allow_private = false, .allow = {*parse_cidr("10.1.2.0/23"), *parse_cidr("169.254.7.7"), *parse_cidr("fe80::/10")}};
  for (const auto* address : {"10.1.2.0", "10.1.3.255", "169.254.7.7", "fe80::1", "::ffff:10.1.2.3"}) EXPECT_TRUE(dialable(address, listed)) << address;
  for (const auto* address : {"10.1.1.255", "10.1.4.0", "169.254.7.8", "fec0::1", "127.0.0.1"}) EXPECT_FALSE(dialable(address, listed)) << address;
}

TEST(DialPolicy, MalformedBlocksAreRefused) {
  for (const auto* text : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8", "fd00::/129", "fd00::1/8", "host", "010.0.0.0/8", "10.0/8"}) {
    EXPECT_FALSE(parse_cidr(text)) << text;
  }
  EXPECT_TRUE(parse_cidr("0.0.0.0/0"));
  EXPECT_TRUE(parse_cidr("::/0"));
}

engine::Task<void> dial(std::string host, engine::Errc& code) {
  const GuardedDialer dialer{DialPolicy{}};
  const auto dialed = co_await dialer.dial(std::move(host), 9);
  code = dialed ? engine::Errc::kConflict : dialed.error().code;
}

engine::Errc dial_error(std::string host) {
  asio::io_context loop;
  auto code = engine::Errc::kConflict;
  asio::co_spawn(loop, dial(std::move(host), code), asio::detached);
  loop.run();
  return code;
}

TEST(GuardedDialer, JudgesTheAddressBehindTheName) {
  for (const auto* host : {"localhost", "127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "::1", "::ffff:127.0.0.1", "0x7f000001", "017700000001", "0", "0x0", "0x7F.0.0.0x1",
                           "10.1", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.16689662", "fe80::1%1", "fe80::1%lo", "::1%lo"}) {
    EXPECT_EQ(dial_error(host), engine::Errc::kDenied) << host;
  }
}

// Accepts on one loopback address and counts.
class Listener {
 public:
  Listener(asio::io_context& loop, const char* address, std::uint16_t port = 0) : acceptor_(loop, {asio::ip::make_address(address), port}) {
    asio::co_spawn(loop, accept(), asio::detached);
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  int connections = 0;

 private:
  engine::Task<void> accept() {
    for (;;) {
      const auto [failed, socket] = co_await acceptor_.async_accept(engine::kTuple);
      if (failed) co_return;
      ++connections;
    }
  }
  asio::ip::tcp::acceptor acceptor_;
};

// Answers each question with the next list.
Resolve answering(std::shared_ptr<std::vector<std::vector<const char*>>> answers) {
  return [answers](std::string, std::uint16_t port) -> engine::Task<engine::Result<std::vector<asio::ip::tcp::endpoint>>> {
    std::vector<asio::ip::tcp::endpoint> found;
    for (const auto* address : answers->front()) found.emplace_back(asio::ip::make_address(address), port);
    if (answers->size() > 1) answers->erase(answers->begin());
    co_return found;
  };
}

engine::Task<void> dial_often(const GuardedDialer& dialer, std::uint16_t port, int times, std::vector<engine::Errc>& refused) {
  for (int i = 0; i < times; ++i) {
    const auto dialed = co_await dialer.dial("hooks.example.test", port);
    if (!dialed) refused.push_back(dialed.error().code);
  }
}

struct Dialed {
  int at_public = 0, at_private = 0;
  std::vector<engine::Errc> refused;
};

// 127.0.0.5 plays the public address: it is listed. 127.0.0.1 is what must not be reached.
Dialed dial_with(std::vector<std::vector<const char*>> answers, int times) {
  asio::io_context loop;
  Listener public_host(loop, "127.0.0.5");
  Listener private_host(loop, "127.0.0.1", public_host.port());
  const GuardedDialer dialer({.allow_private = false, .allow = {*parse_cidr("127.0.0.5")}}, answering(std::make_shared<std::vector<std::vector<const char*>>>(std::move(answers))));
  Dialed seen;
  asio::co_spawn(loop, dial_often(dialer, public_host.port(), times, seen.refused), asio::detached);
  while (loop.poll() > 0) {
  }
  seen.at_public = public_host.connections;
  seen.at_private = private_host.connections;
  return seen;
}

TEST(GuardedDialer, ANameThatTurnsToAnInnerAddressIsRefusedFromThenOn) {
  const auto seen = dial_with({{"127.0.0.5"}, {"127.0.0.1"}, {"127.0.0.5"}, {"::ffff:127.0.0.1"}}, 5);
  EXPECT_EQ(seen.at_public, 2);
  EXPECT_EQ(seen.at_private, 0);
  EXPECT_EQ(seen.refused, (std::vector{engine::Errc::kDenied, engine::Errc::kDenied, engine::Errc::kDenied}));
}

TEST(GuardedDialer, OfAMixedAnswerOnlyAllowedAddressesAreTried) {
  const auto seen = dial_with({{"127.0.0.1", "::1", "10.0.0.1", "127.0.0.5", "169.254.169.254"}}, 3);
  EXPECT_EQ(seen.at_public, 3);
  EXPECT_EQ(seen.at_private, 0);
  EXPECT_TRUE(seen.refused.empty());
}

TEST(GuardedDialer, ARefusedAddressIsNoFallbackForOneThatDoesNotAnswer) {
  const auto seen = dial_with({{"127.0.0.6", "127.0.0.1"}}, 1);  // 127.0.0.6 is not listed either
  EXPECT_EQ(seen.at_private, 0);
  EXPECT_EQ(seen.refused, std::vector{engine::Errc::kDenied});
}

TEST(Url, IsSplitAndWrittenBack) {
  const auto url = parse_url("HTTPS://Hooks.Example.test:8443/in?x=1");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "hooks.example.test");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/in?x=1");
  EXPECT_EQ(url->text(), "https://hooks.example.test:8443/in?x=1");
  EXPECT_EQ(parse_url("http://a")->text(), "http://a/");
  EXPECT_EQ(parse_url("http://a:80/x")->authority(), "a");
  EXPECT_EQ(parse_url("https://a?q")->target, "/?q");
  EXPECT_EQ(parse_url("http://[::1]:81/")->host, "::1");
  EXPECT_EQ(parse_url("http://[::1]:81/")->authority(), "[::1]:81");
}

TEST(Url, RefusesWhatTwoReadersCouldReadDifferently) {
  for (const auto* text : {"", "example.test", "ftp://a/", "file:///etc/passwd", "http://", "http:///x", "http://user@a/", "http://user:pw@a/", "http://a:0/", "http://a:65536/",
                           "http://a:x/", "http://a b/", "http://a/\r\nX: y", "http://a/#f", "http://a\\@b/", "http://[::1/", "http://[::1]x/", "http://a/\x7f", "http://%61/", "http://[fe80::1%25lo]/",
                           "http://[fe80::1%lo]/", "http://[::1]@a/", "http://127.0.0.1%00.a/", "http://a\tb/", "http://a,b/", "http://a;b/"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, engine::Errc::kMalformed) << text;
  }
}

}  // namespace
