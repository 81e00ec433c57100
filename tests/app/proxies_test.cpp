// Behind a proxy the forwarded address decides at the gate; without trust it decides nothing.
#include "access/client_address.h"
#include "tests/app/surface_stage.h"

namespace {

using engine::net::Method;

struct BehindProxies : test::SurfaceStage {
  trust::TrustedProxies proxies = *trust::TrustedProxies::parse(std::vector<std::string>{"10.0.0.0/8"});

  BehindProxies() {
    who.push_back(test::credential("walled", {"*"}));
    who.back().ip_allowlist = {"203.0.113.0/24"};
  }
  engine::net::Response ask(const std::string& peer, const std::string& forwarded, std::string_view token = "token-walled") {
    auto r = request(Method::kGet, "/auth/whoami", token);
    r.peer_address = peer;
    if (!forwarded.empty()) r.headers.push_back({"X-Forwarded-For", forwarded});
    proxies.apply(r);
    auto future = asio::co_spawn(loop, surface().handle(r), asio::use_future);
    settle([&] { return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    return future.get();
  }
};

TEST_F(BehindProxies, TheAllowlistDecidesByTheForwardedAddress) {
  EXPECT_EQ(ask("10.0.0.1", "203.0.113.9").status, 200);
  EXPECT_EQ(ask("::ffff:10.0.0.1", "203.0.113.9").status, 200);
  EXPECT_EQ(ask("10.0.0.1", "203.0.113.9, 10.0.0.2").status, 200);
  EXPECT_EQ(ask("10.0.0.1", "203.0.113.9, 198.51.100.1").status, 401) << "the left one is the client's own claim";
  EXPECT_EQ(ask("10.0.0.1", "").status, 401) << "the proxy itself is not on the list";
  EXPECT_EQ(ask("198.51.100.1", "203.0.113.9").status, 401) << "who is no trusted proxy speaks for nobody";
  EXPECT_EQ(ask("203.0.113.9", "198.51.100.1").status, 200) << "nor against itself";
}

TEST_F(BehindProxies, EachClientHasARateLimitOfItsOwn) {
  gate_config.rate_limit = 4;  // the gate counts a request before and after its token is known
  std::size_t one = 0;
  while (ask("10.0.0.1", "203.0.113.1").status == 200) ++one;
  EXPECT_GT(one, 0u);
  EXPECT_EQ(ask("10.0.0.1", "203.0.113.1").status, 429);
  EXPECT_EQ(ask("10.0.0.1", "203.0.113.2").status, 200);
  EXPECT_EQ(ask("10.0.0.2", "203.0.113.1").status, 429) << "by whichever proxy it comes";
}

}  // namespace
