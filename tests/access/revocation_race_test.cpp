// Readers against a thousand rotations and revocations: once a revocation is answered, its token opens nothing any more.
#include <atomic>
#include <thread>

#include "access/credential_directory.h"
#include "access/gate/gate.h"
#include "engine/runtime/asio.h"
#include "tests/access/trust_stage.h"

namespace {

using engine::net::Method;
using engine::net::Request;
using engine::net::Response;

class StatusSurface final : public trust::Surface {
 public:
  Response refuse(const trust::Refusal& refusal, std::string_view) const override {
    Response response;
    response.status = refusal.reason == trust::Reason::kUnauthorized ? 401 : 500;
    return response;
  }
  void add_headers(Response&, std::string_view, const trust::RateDecision*) const override {}
  std::string request_id(const Request&) const override { return "id"; }
};

engine::Task<trust::Reply> answer(trust::CallContext&) {
  co_await asio::post(asio::use_awaitable);  // a change may come between admission and answer
  co_return trust::Answer{"ok"};
}

/// A token and whether its end was answered.
struct Issued {
  std::string token;
  std::atomic<bool> ended{false};
};

struct RevocationRaceTest : test::TrustStage {
  static constexpr int kChanges = 1000, kReaders = 2;
  StatusSurface surface;
  std::vector<std::unique_ptr<Issued>> issued = std::vector<std::unique_ptr<Issued>>(kChanges + 1);
  std::atomic<int> newest{-1};
  std::atomic<bool> over{false};
  std::atomic<std::uint64_t> welcomed{0}, refused{0}, wrong{0};

  void issue(std::string token) {
    const auto next = static_cast<std::size_t>(newest.load() + 1);
    issued[next] = std::make_unique<Issued>();
    issued[next]->token = std::move(token);
    newest.store(static_cast<int>(next));
  }
  void read(trust::Gate& gate, unsigned seed) {
    asio::io_context loop;
    while (!over.load()) {
      const int last = newest.load();
      if (last < 0) continue;
      seed = seed * 1664525u + 1013904223u;
      auto& one = *issued[static_cast<std::size_t>(std::max(0, last - static_cast<int>(seed >> 16) % 3))];
      Request request;
      request.method = Method::kGet;
      request.path = "/api/read";
      request.headers.push_back({"X-Agents-Token", one.token});
      const bool ended_before = one.ended.load();
      auto future = asio::co_spawn(loop, gate.handle(request), asio::use_future);
      loop.restart();
      loop.run();
      const bool in = future.get().status == 200;
      ++(in ? welcomed : refused);
      if (in && ended_before) ++wrong;
    }
  }
};

TEST_F(RevocationRaceTest, NoRequestSucceedsAfterTheAnswer) {
  auto directory_of_all = std::move(*trust::CredentialDirectory::open({.key = key}, *credentials, clock));
  trust::Route route;
  route.path = "/read";
  route.scopes.required = {"health:read"};
  route.handler = answer;
  trust::GateSettings settings = trust::resolve({.environment = "test", .rate_limit = 1'000'000'000});
  trust::RateLimiter limiter(clock, settings.rate);
  trust::Gate gate("/api", {route}, settings, directory_of_all->current(), limiter, surface, clock);
  directory_of_all->subscribe([&](const std::shared_ptr<const trust::CredentialSet>& set) { gate.replace_credentials(set); });

  const auto made = make("contested");
  issue(std::string(made.token.reveal()));
  std::vector<std::thread> readers;
  for (unsigned r = 0; r < kReaders; ++r) readers.emplace_back([this, &gate, r] { read(gate, r + 1); });
  for (int i = 0; i < kChanges; ++i) {
    auto& present = *issued[static_cast<std::size_t>(newest.load())];
    if (i % 2 == 0) {
      ASSERT_TRUE(credentials->revoke(made.credential.id, me));
      present.ended = true;
    }
    auto next = credentials->rotate(made.credential.id, {}, me);
    ASSERT_TRUE(next);
    present.ended = true;
    issue(std::string(next->token.reveal()));
  }
  while (welcomed.load() == 0) std::this_thread::yield();
  over = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(wrong.load(), 0u) << welcomed << " welcomed, " << refused << " refused";
  EXPECT_GT(refused.load(), 0u);
  EXPECT_TRUE(audit->verify()->holds());
}

}  // namespace
