// Whose address counts behind proxies, and how little a client's own headers can do about it.
#include "access/client_address.h"

#include <gtest/gtest.h>

namespace {

using engine::net::Header;
using trust::TrustedProxies;

TrustedProxies proxies(std::vector<std::string> texts = {"10.0.0.0/8", "::1", "2001:db8:1::/48"}) { return *TrustedProxies::parse(texts); }

std::string client(std::string_view peer, std::vector<Header> headers) { return proxies().client_address(peer, headers); }
std::string behind(std::string_view list) { return client("10.0.0.1", {{"X-Forwarded-For", std::string(list)}}); }
std::string described(std::string_view text) { return client("10.0.0.1", {{"Forwarded", std::string(text)}}); }

struct Case {
  std::string_view text;
  std::string_view client;
};

TEST(ClientAddress, WithoutTrustTheHeadersAreIgnored) {
  const std::vector<Header> headers{{"X-Forwarded-For", "203.0.113.9"}, {"Forwarded", "for=203.0.113.9"}};
  EXPECT_EQ(TrustedProxies().client_address("10.0.0.1", headers), "10.0.0.1");
  EXPECT_EQ(client("192.0.2.1", headers), "192.0.2.1");
  EXPECT_EQ(client("2001:db8:2::1", headers), "2001:db8:2::1");
}

TEST(ClientAddress, TheListIsWalkedFromTheRight) {
  for (const auto& [text, wanted] : std::initializer_list<Case>{
           {"203.0.113.9", "203.0.113.9"},
           {"198.51.100.7, 203.0.113.9", "203.0.113.9"},                // the left one is the client's own claim
           {"198.51.100.7, 203.0.113.9, 10.2.3.4", "203.0.113.9"},
           {"203.0.113.9,10.2.3.4,10.2.3.5 , 10.0.0.2", "203.0.113.9"},
           {"10.2.3.4, 10.2.3.5", "10.2.3.4"},                          // all are proxies: the farthest
           {"203.0.113.9, , 10.2.3.4", "10.2.3.4"},                     // an empty entry ends the walk
           {"203.0.113.9, 10.2.3.4,", "10.0.0.1"},
           {"", "10.0.0.1"},
           {",", "10.0.0.1"},
           {"203.0.113.9, unknown", "10.0.0.1"},
           {"203.0.113.9, _hidden, 10.2.3.4", "10.2.3.4"},
           {"203.0.113.9:1234", "203.0.113.9"},
           {"203.0.113.9:", "10.0.0.1"},
           {"203.0.113.9:65536", "10.0.0.1"},
           {"203.0.113.9:80:80", "10.0.0.1"},
           {"203.0.113.9:http", "10.0.0.1"},
           {"2001:DB8:2:0:0:0:0:1", "2001:db8:2::1"},
           {"[2001:db8:2::1]", "2001:db8:2::1"},
           {"[2001:db8:2::1]:443", "2001:db8:2::1"},
           {"[2001:db8:2::1]443", "10.0.0.1"},
           {"[2001:db8:2::1", "10.0.0.1"},
           {"[203.0.113.9]", "10.0.0.1"},
           {"[]", "10.0.0.1"},
           {"203.0.113.9, [2001:db8:1::7]:9", "203.0.113.9"},           // an IPv6 proxy
           {"203.0.113.9, ::ffff:10.9.9.9", "203.0.113.9"},             // a proxy written as IPv6
           {"::ffff:203.0.113.9", "203.0.113.9"},
           {"\"203.0.113.9\"", "10.0.0.1"},
           {"0313.0.113.9", "10.0.0.1"},
           {"203.0.113", "10.0.0.1"},
           {"fe80::1%eth0", "10.0.0.1"},
           {"203.0.113.9 10.2.3.4", "10.0.0.1"},
       }) {
    EXPECT_EQ(behind(text), wanted) << "X-Forwarded-For: " << text;
  }
}

TEST(ClientAddress, ForwardedIsReadByItsGrammar) {
  for (const auto& [text, wanted] : std::initializer_list<Case>{
           {"for=203.0.113.9", "203.0.113.9"},
           {"For=\"203.0.113.9:4711\";proto=https", "203.0.113.9"},
           {"by=10.0.0.1 ; FOR=203.0.113.9 ; host=\"a,b;for=1.1.1.1\"", "203.0.113.9"},
           {"for=198.51.100.7, for=203.0.113.9;by=_x, for=10.2.3.4", "203.0.113.9"},
           {"for=\"[2001:db8:2::1]:4711\"", "2001:db8:2::1"},
           {"for=[2001:db8:2::1]", "2001:db8:2::1"},                    // without the quotes it needs
           {"for=203.0.113.9, for=unknown", "10.0.0.1"},
           {"for=203.0.113.9, for=_hidden, for=10.2.3.4", "10.2.3.4"},
           {"for=203.0.113.9, proto=https", "10.0.0.1"},                // an element that names no client
           {"for=203.0.113.9;for=198.51.100.7", "10.0.0.1"},            // and one that names two
           {"for=\"203.0.113\\.9\"", "10.0.0.1"},
           {"for=203.0.113.9, for=\"10.2.3.4", "10.0.0.1"},             // no end of the quotes: nothing of it counts
           {"for", "10.0.0.1"},
           {"for=", "10.0.0.1"},
           {"=203.0.113.9", "10.0.0.1"},
           {"for=203.0.113.9 for=198.51.100.7", "10.0.0.1"},
           {"for=203.0.113.9;;proto=http", "203.0.113.9"},
           {"", "10.0.0.1"},
       }) {
    EXPECT_EQ(described(text), wanted) << "Forwarded: " << text;
  }
}

TEST(ClientAddress, SeveralHeadersAreOneList) {
  EXPECT_EQ(client("10.0.0.1", {{"X-Forwarded-For", "198.51.100.7"}, {"x-forwarded-for", "203.0.113.9"}, {"X-FORWARDED-FOR", "10.2.3.4"}}), "203.0.113.9");
  EXPECT_EQ(client("10.0.0.1", {{"Forwarded", "for=203.0.113.9"}, {"Forwarded", "for=10.2.3.4"}}), "203.0.113.9");
}

TEST(ClientAddress, AHeaderTheProxyPassedOnCannotOverruleTheOneItWrote) {
  EXPECT_EQ(client("10.0.0.1", {{"X-Forwarded-For", "203.0.113.9"}, {"Forwarded", "for=203.0.113.9"}}), "203.0.113.9");
  const auto contradiction = client("10.0.0.1", {{"X-Forwarded-For", "203.0.113.9"}, {"Forwarded", "for=10.7.7.7"}});
  EXPECT_EQ(contradiction, "");
  EXPECT_FALSE(trust::address_allowed(std::vector{*trust::IpRange::parse("0.0.0.0/0"), *trust::IpRange::parse("10.0.0.0/8")}, contradiction));
  EXPECT_EQ(client("10.0.0.1", {{"X-Forwarded-For", "203.0.113.9"}, {"Forwarded", "for=\""}}), "");
}

TEST(ClientAddress, AMappedPeerIsTheAddressItMaps) {
  const std::vector<Header> headers{{"X-Forwarded-For", "203.0.113.9"}};
  EXPECT_EQ(client("::ffff:10.0.0.1", headers), "203.0.113.9");
  EXPECT_EQ(client("::ffff:192.0.2.1", headers), "192.0.2.1");
  EXPECT_EQ(client("not an address", headers), "not an address");
  EXPECT_EQ(client("", headers), "");
}

TEST(ClientAddress, TenThousandEntriesAreWalkedOrIgnoredToTheLast) {
  std::string all_proxies = "203.0.113.9", all_clients = "198.51.100.1", described_proxies = "for=203.0.113.9";
  for (int i = 0; i < 10'000; ++i) {
    all_proxies += ",10.1.1.1";
    all_clients += ",198.51.100.2";
    described_proxies += ",for=\"10.1.1.1:80\"";
  }
  EXPECT_EQ(behind(all_proxies), "203.0.113.9");
  EXPECT_EQ(behind(all_clients), "198.51.100.2");
  EXPECT_EQ(described(described_proxies), "203.0.113.9");
}

TEST(ClientAddress, SixtyFourKibibytesOfAnythingAreNoAddress) {
  constexpr std::size_t kSize = 64 * 1024;
  for (const char c : std::string(",;=\"\\[]: 0f.\xff")) {
    EXPECT_EQ(behind(std::string(kSize, c)), "10.0.0.1") << c;
    EXPECT_EQ(described(std::string(kSize, c)), "10.0.0.1") << c;
    EXPECT_EQ(described("for=\"" + std::string(kSize, c)), "10.0.0.1") << c;
    EXPECT_EQ(described("for=" + std::string(kSize, c)), "10.0.0.1") << c;
  }
  std::string one_each;
  for (std::size_t i = 0; i < kSize; ++i) one_each += static_cast<char>(i);
  EXPECT_EQ(behind(one_each), "10.0.0.1");
  EXPECT_EQ(described(one_each), "10.0.0.1");
  EXPECT_EQ(behind(std::string("203.0.113.9\0.", 13)), "10.0.0.1");
}

TEST(ClientAddress, ARequestKeepsTheProxysAddressBeside) {
  engine::net::Request request;
  request.peer_address = "10.0.0.1";
  request.headers = {{"X-Forwarded-For", "203.0.113.9"}};
  TrustedProxies().apply(request);
  EXPECT_EQ(request.peer_address, "10.0.0.1");
  EXPECT_EQ(request.proxy_address, "");
  proxies().apply(request);
  EXPECT_EQ(request.peer_address, "203.0.113.9");
  EXPECT_EQ(request.proxy_address, "10.0.0.1");
}

TEST(ClientAddress, AnUnreadableProxyIsNamed) {
  const std::vector<std::string> texts{"10.0.0.0/8", "the-proxy"};
  const auto parsed = TrustedProxies::parse(texts);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, engine::Errc::kMalformed);
  EXPECT_NE(parsed.error().detail.find("the-proxy"), std::string::npos);
}

}  // namespace
