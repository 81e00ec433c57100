// What does reading the whole feed cost, page by page through HTTP, against reading and sending the same records?
#include "bench/feed_from_zero.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "bench/bare_http.h"
#include "bench/feed_server.h"
#include "feed/change_codec.h"

namespace bench {
namespace {

using engine::Result;
using engine::store::ReadFrom;

constexpr std::size_t kItems = 200;
constexpr std::size_t kItemBytes = 1024;
constexpr std::string_view kNext = "\"nextCursor\":\"";

// The next page by a bare scan; its cursor is an offset.
class BarePages {
 public:
  explicit BarePages(SampleLog& sample) : sample_(sample) {}
  std::string_view operator()(std::string_view request) {
    const auto at = request.find("cursor=");
    const auto from = at == std::string_view::npos ? 1 : std::stoull(std::string(request.substr(at + 7, 20)));
    std::size_t items = 0;
    body_ = "{\"data\":[";
    const auto next = sample_.log().scan({feed::Offset{from}, sample_.log().high_watermark()}, ReadFrom::kAnywhere, [&](const feed::RecordRef& record) {
      if (items == kItems) return false;
      ++items;
      if (auto view = feed::view_change(record.bytes)) body_.append(view->feed).push_back(',');
      return true;
    });
    body_ += "],";
    if (next && *next < sample_.log().high_watermark()) body_.append(kNext).append(std::to_string(next->value)).append("\"");
    body_ += "}";
    answer_ = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body_.size()) + "\r\n\r\n";
    answer_ += body_;
    return answer_;
  }

 private:
  SampleLog& sample_;
  std::string body_, answer_;
};

// Sends the request and gives the whole answer; empty: the peer failed.
std::string ask(int connection, const std::string& request) {
  if (send(connection, request.data(), request.size(), 0) != static_cast<ssize_t>(request.size())) return {};
  std::string answer;
  char buffer[65536];
  for (;;) {
    const auto got = recv(connection, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got == 0) return {};
    if (got < 0) continue;  // spins, see README
    answer.append(buffer, static_cast<std::size_t>(got));
    const auto body = answer.find("\r\n\r\n");
    const auto length = answer.find("Content-Length: ");
    if (body == std::string::npos || length > body) continue;
    if (answer.size() >= body + 4 + std::stoull(answer.substr(length + 16, 20))) return answer;
  }
}

// Every page from the first on. False: it ended after another number of pages than it should.
bool follow(std::uint16_t port, std::size_t pages) {
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return false;
  std::string target = "/agents/v1/changes?limit=" + std::to_string(kItems);
  std::string cursor;
  std::size_t read = 0;
  for (;; ++read) {
    const auto answer = ask(connection, get(cursor.empty() ? target : target + "&cursor=" + cursor));
    if (!answer.starts_with("HTTP/1.1 200 ")) return false;
    const auto at = answer.rfind(kNext);
    if (at == std::string::npos) break;
    const auto begin = at + kNext.size();
    cursor = answer.substr(begin, answer.find('"', begin) - begin);
  }
  close(connection);
  return read + 1 == pages;
}

// CPU seconds of this process a thousand resources.
Result<double> measure(std::uint16_t port, std::size_t count) {
  const double before = cpu_seconds();
  Peer reader([&] {
    if (!follow(port, (count + kItems - 1) / kItems)) _exit(1);
  });
  if (!reader.join()) return engine::fail(engine::Errc::kUnavailable, "the feed was not read to its end");
  return (cpu_seconds() - before) * 1000 / double(count);
}

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> feed_from_zero(const Settings& settings) {
  pin_to_core(0);
  const auto count = static_cast<std::size_t>(100'000 * settings.scale);
  auto sample = SampleLog::create();
  if (!sample) return sample.take_error();
  if (auto filled = (*sample)->append(count, kItemBytes - 150); !filled) return filled.take_error();
  settle();
  FeedServer server(**sample);
  if (auto started = server.start(); !started) return started.take_error();
  const auto bare = listen_loopback();
  std::thread ceiling([&] { serve_bare(bare.fd, BarePages(**sample)); });
  ceiling.detach();  // ends with the process
  Report report;
  report.unit = "cpu_s/1000_resources";
  for (int i = 0; i < settings.rounds; ++i) {
    auto product = measure(server.port, count);
    if (!product) return product.take_error();
    auto bound = measure(bare.port, count);
    if (!bound) return bound.take_error();
    report.rounds.push_back({*product, *bound});
  }
  return std::vector{std::pair{std::string(), report}};
}

}  // namespace bench
