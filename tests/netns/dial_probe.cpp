// Posts to each URL of standard input through the guarded client and says what became of it: "URL<tab>200", or an error's name. Arguments: blocks to allow.
#include <iostream>
#include <string>

#include "engine/net/http_client.h"

namespace {

using namespace engine::net;
using namespace std::chrono_literals;

engine::Task<void> post_all(HttpClient& client) {
  for (std::string line; std::getline(std::cin, line);) {
    const auto url = parse_url(line);
    if (!url) {
      std::cout << line << '\t' << engine::name(url.error().code) << '\n';
      continue;
    }
    OutboundRequest request;
    request.url = &*url;
    request.body = "{}";
    const auto answer = co_await client.post(request);
    client.close_idle();
    std::cout << line << '\t' << (answer ? std::to_string(answer->status) : engine::name(answer.error().code)) << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  DialPolicy policy;
  for (int i = 1; i < argc; ++i) {
    const auto block = parse_cidr(argv[i]);
    if (!block) return std::cerr << block.error().detail << '\n', 2;
    policy.allow.push_back(*block);
  }
  asio::io_context loop;
  engine::SystemTimers timers;
  HttpClient client(loop.get_executor(), timers, policy);
  asio::co_spawn(loop, post_all(client), asio::detached);
  loop.run();
  return std::cout.flush() ? 0 : 1;
}
