#include "app/demo/receiver.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <iostream>
#include <list>
#include <mutex>
#include <thread>

#include "app/demo/receiver_rule.h"
#include "engine/base/json_writer.h"
#include "engine/base/text_codec.h"
#include "engine/runtime/timers.h"

namespace app::demo {

bool signature_holds(const engine::Secret& secret, std::string_view timestamp, std::string_view body, std::string_view signature) {
  const std::string message = std::string(timestamp) + "." + std::string(body);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  const auto key = secret.reveal();
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()), message.size(),
            digest, &size)) {
    return false;
  }
  const auto expected = "sha256=" + engine::to_hex({reinterpret_cast<const char*>(digest), size});
  return signature.size() == expected.size() && CRYPTO_memcmp(signature.data(), expected.data(), expected.size()) == 0;
}

namespace {

constexpr std::size_t kMaxRequest = 8u << 20;

struct HookRequest {
  std::string method, path, body;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return {};
  }
};

/// Everything the connections share.
class Receiver {
 public:
  explicit Receiver(const ReceiverOptions& options) : options_(options), record_(options.record, std::ios::app | std::ios::binary) {}

  void serve(int fd);
  bool recording() const { return record_.good(); }

 private:
  void answer_hook(int fd, const HookRequest& request, bool& keep);
  void answer_control(int fd, const HookRequest& request);
  void write_record(const HookRequest& request, bool verified, int answered);

  const ReceiverOptions& options_;
  std::mutex mutex_;  // guards what follows
  std::ofstream record_;
  ReceiverRule rule_;
  std::int64_t received_ = 0, verified_ = 0, refused_ = 0;
  engine::SystemTimers clock_;
};

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void send_answer(int fd, int status, std::string_view body) {
  send_all(fd, "HTTP/1.1 " + std::to_string(status) + " Answer\r\nContent-Type: application/json\r\nContent-Length: " +
                   std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
}

/// Reads until `buffer` holds `bytes` or, with bytes 0, the end of a head. False: the peer went away or sends too much.
bool read_until(int fd, std::string& buffer, std::size_t bytes) {
  char chunk[16384];
  while (bytes ? buffer.size() < bytes : buffer.find("\r\n\r\n") == std::string::npos) {
    const auto got = ::recv(fd, chunk, sizeof chunk, 0);
    if (got <= 0 || buffer.size() > kMaxRequest) return false;
    buffer.append(chunk, static_cast<std::size_t>(got));
  }
  return true;
}

HookRequest parse_head(std::string_view head) {
  HookRequest request;
  auto line = head.substr(0, head.find("\r\n"));
  request.method = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(line.size(), request.method.size() + 1));
  request.path = line.substr(0, line.find(' '));
  for (auto at = head.find("\r\n"); at + 2 < head.size();) {
    const auto end = head.find("\r\n", at + 2);
    line = head.substr(at + 2, end - at - 2);
    at = end;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string name(line.substr(0, colon));
    for (auto& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    auto value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    request.headers.emplace_back(std::move(name), value);
  }
  return request;
}

void Receiver::serve(int fd) {
  std::string buffer;
  for (bool keep = true; keep && read_until(fd, buffer, 0);) {
    const auto head_size = buffer.find("\r\n\r\n") + 4;
    auto request = parse_head(std::string_view(buffer).substr(0, head_size - 2));
    bool early = false;
    {
      const std::lock_guard lock(mutex_);
      early = request.path != "/control" && rule_.misbehave == ReceiverRule::Misbehave::kEarly;
    }
    if (early) {
      send_all(fd, "HTTP/1.1 500 Early\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      break;
    }
    const auto body_size = std::strtoull(request.header("content-length").c_str(), nullptr, 10);
    if (body_size > kMaxRequest || !read_until(fd, buffer, head_size + body_size)) break;
    request.body = buffer.substr(head_size, body_size);
    buffer.erase(0, head_size + body_size);
    keep = request.header("connection") != "close";
    if (request.path == "/control") {
      answer_control(fd, request);
    } else {
      answer_hook(fd, request, keep);
    }
  }
}

void Receiver::answer_hook(int fd, const HookRequest& request, bool& keep) {
  using Misbehave = ReceiverRule::Misbehave;
  const bool verified = signature_holds(options_.secret, request.header("x-agents-webhook-timestamp"), request.body,
                                        request.header("x-agents-webhook-signature"));
  ReceiverRule::Order order;
  {
    const std::lock_guard lock(mutex_);
    order = rule_.order_for(request.body);
    if (!verified) order = ReceiverRule::Order{401, {}, Misbehave::kNot};
  }
  if (order.delay.count() > 0) std::this_thread::sleep_for(order.delay);
  const bool answers = order.misbehave == Misbehave::kNot || order.misbehave == Misbehave::kHuge;
  write_record(request, verified, answers ? order.status : 0);
  switch (order.misbehave) {
    case Misbehave::kNot:
      return send_answer(fd, order.status, R"({"ok":true})");
    case Misbehave::kHang: {  // until the peer gives up
      char byte = 0;
      while (::recv(fd, &byte, 1, 0) > 0) {
      }
      break;
    }
    case Misbehave::kGarbage:
      send_all(fd, "\x16\x03\x01 this is no HTTP \r\n\r\n\xff\xfe");
      break;
    case Misbehave::kHuge: {
      constexpr std::size_t kHuge = 100u << 20;
      send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kHuge) + "\r\n\r\n");
      const std::string block(1u << 20, 'x');
      for (std::size_t sent = 0; sent < kHuge; sent += block.size()) send_all(fd, block);
      break;
    }
    case Misbehave::kClose:
    case Misbehave::kEarly:
      break;
  }
  keep = false;
}

void Receiver::answer_control(int fd, const HookRequest& request) {
  const std::lock_guard lock(mutex_);
  std::string body;
  if (request.method == "POST") {
    auto rule = parse_rule(request.body);
    if (!rule) {
      engine::JsonWriter json(body);
      json.begin_object().key("error").string(rule.error().detail).end_object();
      return send_answer(fd, 400, body);
    }
    rule_ = std::move(*rule);
  }
  engine::JsonWriter json(body);
  json.begin_object().key("received").number(received_).key("verified").number(verified_).key("refused").number(refused_);
  json.key("answer").number(rule_.status).end_object();
  send_answer(fd, 200, body);
}

void Receiver::write_record(const HookRequest& request, bool verified, int answered) {
  std::string line;
  engine::JsonWriter json(line);
  const std::lock_guard lock(mutex_);
  const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall_now().time_since_epoch()).count();
  json.begin_object()
      .key("at_ms")
      .number(at)
      .key("method")
      .string(request.method)
      .key("path")
      .string(request.path)
      .key("headers")
      .begin_object();
  for (const auto& [name, value] : request.headers) json.key(name).string(value);
  json.end_object().key("body").string(request.body).key("verified").boolean(verified).key("answered").number(answered).end_object();
  record_ << line << '\n' << std::flush;
  ++received_;
  verified_ += verified ? 1 : 0;
  refused_ += answered >= 200 && answered < 300 ? 0 : 1;
}

int listen_on(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  socklen_t size = sizeof address;
  if (fd < 0 || ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd, 128) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return -1;
  }
  port = ntohs(address.sin_port);
  return fd;
}

int stop_pipe[2] = {-1, -1};
void on_stop(int) {
  const char byte = 0;
  (void)!::write(stop_pipe[1], &byte, 1);
}

struct Session {
  std::thread thread;
  int fd;
  std::atomic<bool> done{false};
};

/// Accepts until the stop pipe speaks; joins every connection's thread before it returns.
void accept_all(int listener, Receiver& receiver, unsigned max_connections) {
  std::list<Session> sessions;
  for (;;) {
    pollfd waiting[2] = {{stop_pipe[0], POLLIN, 0}, {listener, POLLIN, 0}};
    ::poll(waiting, sessions.size() >= max_connections ? 1 : 2, 200);
    if (waiting[0].revents) break;
    for (auto session = sessions.begin(); session != sessions.end();) {
      if (!session->done) {
        ++session;
        continue;
      }
      session->thread.join();
      ::close(session->fd);
      session = sessions.erase(session);
    }
    if (sessions.size() >= max_connections || !(waiting[1].revents & POLLIN)) continue;
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    auto& session = sessions.emplace_back();
    session.fd = fd;
    session.thread = std::thread([&receiver, &session] {
      receiver.serve(session.fd);
      ::shutdown(session.fd, SHUT_RDWR);
      session.done = true;
    });
  }
  for (auto& session : sessions) ::shutdown(session.fd, SHUT_RDWR);
  for (auto& session : sessions) {
    session.thread.join();
    ::close(session.fd);
  }
}

}  // namespace

int run_receiver(const ReceiverOptions& options) {
  if (::pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return 1;
  struct sigaction action {};
  action.sa_handler = on_stop;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  auto port = options.port;
  const int listener = listen_on(port);
  Receiver receiver(options);
  if (listener < 0 || !receiver.recording()) {
    std::cerr << (listener < 0 ? "receiver: cannot listen on port " + std::to_string(port)
                               : "receiver: cannot write " + options.record.string())
              << "\n";
    return 1;
  }
  if (!options.port_file.empty()) std::ofstream(options.port_file) << port << "\n";
  std::cout << "receiver listening on 127.0.0.1:" << port << std::endl;
  accept_all(listener, receiver, options.max_connections);
  ::close(listener);
  return 0;
}

}  // namespace app::demo
