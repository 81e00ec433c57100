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
        "64:ff9b::10.1.2.3", "64:ff9b:1::8.8.8.8", "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::", "100::1", "5f00::1"}) {
    EXPECT_FALSE(dialable(address)) << address;
  }
}

TEST(DialPolicy, AllowPrivateOpensNeitherMetadataNorMulticast) {
  const DialPolicy inner{.allow_private = true, .allow = {}};
  for (const auto* address : {"10.0.0.1", "127.0.0.1", "::1", "fd12::1", "100.64.0.1", "::ffff:127.0.0.1", "64:ff9b::10.1.2.3"}) EXPECT_TRUE(dialable(address, inner)) << address;
  for (const auto* address : {"169.254.169.254", "fe80::1", "fd00:ec2::254", "100.100.100.200", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "192.0.2.1", "::127.0.0.1",
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
  for (const auto* host : {"localhost", "127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_EQ(dial_error(host), engine::Errc::kDenied) << host;
  }
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
                           "http://a:x/", "http://a b/", "http://a/\r\nX: y", "http://a/#f", "http://a\\@b/", "http://[::1/", "http://[::1]x/", "http://a/\x7f", "http://%61/"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, engine::Errc::kMalformed) << text;
  }
}

}  // namespace
