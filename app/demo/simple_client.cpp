#include "app/demo/simple_client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/demo/child_process.h"

namespace app::demo {
using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

constexpr std::size_t kMaxAnswer = 64u << 20;

/// A socket closed with the object.
struct Connection {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ~Connection() {
    if (fd >= 0) ::close(fd);
  }
};

/// True once the head and the announced body are there; an answer without a length ends with the connection.
bool is_whole(const std::string& bytes) {
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string::npos) return false;
  for (const char* spelling : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
    const auto at = bytes.find(spelling);
    if (at < head_end) return bytes.size() - head_end - 4 >= std::strtoull(bytes.c_str() + at + 18, nullptr, 10);
  }
  return false;
}

Result<SimpleAnswer> parse(std::string_view bytes) {
  const auto head_end = bytes.find("\r\n\r\n");
  if (!bytes.starts_with("HTTP/1.") || bytes.size() < 12 || head_end == std::string_view::npos)
    return fail(Errc::kMalformed, "the answer is no HTTP");
  SimpleAnswer answer;
  answer.status = std::atoi(std::string(bytes.substr(9, 3)).c_str());
  auto head = bytes.substr(0, head_end + 2);
  head.remove_prefix(head.find("\r\n") + 2);
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    const auto line = head.substr(0, end);
    head.remove_prefix(end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return fail(Errc::kMalformed, "a header line without a colon");
    std::string name(line.substr(0, colon));
    for (auto& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    auto value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    answer.headers[name] = std::string(value);
  }
  answer.body = std::string(bytes.substr(head_end + 4));
  const auto length = answer.headers.find("content-length");
  if (length != answer.headers.end() && answer.body.size() < std::strtoull(length->second.c_str(), nullptr, 10)) {
    return fail(Errc::kUnavailable, "the answer ends too early");
  }
  return answer;
}

}  // namespace

Result<SimpleAnswer> SimpleClient::get(std::string_view target) const {
  return exchange("GET " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\nConnection: close\r\n" +
                  (token.empty() ? "" : "Authorization: Bearer " + token + "\r\n") + "\r\n");
}

Result<SimpleAnswer> SimpleClient::post(std::string_view target, std::string_view json) const {
  return exchange("POST " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\nConnection: close\r\n" +
                  (token.empty() ? "" : "Authorization: Bearer " + token + "\r\n") +
                  "Content-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) + "\r\n\r\n" + std::string(json));
}

Result<SimpleAnswer> SimpleClient::exchange(std::string request) const {
  Connection connection;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  if (connection.fd < 0 || ::connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return fail(Errc::kUnavailable, std::string("connect: ") + std::strerror(errno));
  }
  for (std::string_view rest = request; !rest.empty();) {
    const auto sent = ::send(connection.fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent <= 0) return fail(Errc::kUnavailable, std::string("send: ") + std::strerror(errno));
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  const auto deadline = machine_now() + patience;
  std::string answer;
  char buffer[16384];
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - machine_now()).count();
    pollfd waiting{connection.fd, POLLIN, 0};
    if (left <= 0) return fail(Errc::kTimedOut, "no whole answer in time");
    if (::poll(&waiting, 1, static_cast<int>(left)) <= 0) continue;
    const auto got = ::recv(connection.fd, buffer, sizeof buffer, 0);
    if (got < 0) return fail(Errc::kUnavailable, std::string("receive: ") + std::strerror(errno));
    if (got == 0) return parse(answer);
    answer.append(buffer, static_cast<std::size_t>(got));
    if (is_whole(answer)) return parse(answer);
    if (answer.size() > kMaxAnswer) return fail(Errc::kMalformed, "the answer is larger than 64 MB");
  }
}

}  // namespace app::demo
