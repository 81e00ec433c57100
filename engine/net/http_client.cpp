#include "engine/net/http_client.h"

#include <algorithm>
#include <list>
#include <map>
#include <optional>
#include <tuple>

#include <asio/ssl/context.hpp>

#include "engine/base/append_number.h"
#include "engine/net/response_parser.h"
#include "engine/net/wire.h"
#include "engine/runtime/within.h"

namespace engine::net {
namespace {

using namespace std::chrono_literals;

constexpr auto kTrustedIdle = 1s;  // a connection unused for longer is looked at before it is used again
constexpr auto kAwake = 1s;            // what an exchange needed stays with its connection for the next one this long,
constexpr std::size_t kMostAwake = 32;  // and with so many: OpenSSL's buffers are 34 KB
constexpr std::size_t kJoinedBytes = 4096;  // a body up to this is copied behind its head: the kernel takes one buffer faster than two

struct KeyLess {
  using is_transparent = void;
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return std::tie(a.port, a.host, a.scheme) < std::tie(b.port, b.host, b.scheme);
  }
};

// Mostly a connection carries requests to one place: how they begin is written once.
void open_head(Wire& wire, Method method, const Url& url) {
  if (wire.opening > 0 && wire.method == method && wire.target == url.target) return wire.head.resize(wire.opening);
  wire.head.assign(name(method)).append(1, ' ').append(url.target).append(" HTTP/1.1\r\nHost: ");
  url.append_authority(wire.head);
  wire.head.append("\r\n");
  if (method != Method::kGet) wire.head.append("Content-Length: ");
  wire.opening = wire.head.size();
  wire.method = method;
  wire.target = url.target;
}

Result<void> write_head(Wire& wire, Method method, const OutboundRequest& request, const std::string& user_agent) {
  std::string& out = wire.head;
  open_head(wire, method, *request.url);
  if (method != Method::kGet) {
    append_number(out, request.body.size());
    out.append("\r\n", 2);
  }
  bool names_agent = user_agent.empty() || !request.lines.empty();
  for (const auto& header : request.headers) {
    if (!is_header_line(header.name, header.value)) {
      return fail(Errc::kMalformed, "a request header has a character that is not allowed");
    }
    names_agent = names_agent || equal_ignoring_case(header.name, "user-agent");
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  if (!names_agent) out.append("User-Agent: ").append(user_agent).append("\r\n");
  out.append(request.lines).append("\r\n", 2);
  return ok();
}

Error blame(const Wire& wire, const asio::error_code& failed) {
  if (wire.expired()) return {Errc::kTimedOut, wire.deadline < wire.last_deadline ? "not a byte of an answer in time" : "no whole answer in time"};
  if (failed == asio::error::operation_aborted) return {Errc::kCancelled, "cancelled"};
  return {Errc::kUnavailable, "connection: " + failed.message()};
}

Error blame(const ResponseParser& parser) {
  return {parser.ended_early() ? Errc::kUnavailable : Errc::kMalformed, std::string(parser.error())};
}

Result<std::unique_ptr<asio::ssl::context>> make_context(const ClientTls& settings) {
  static constexpr unsigned char kHttp[] = "\x08http/1.1";
  try {
    auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
    auto* native = context->native_handle();
    asio::error_code failed;
    // Renegotiation stays: it is how some servers ask for a certificate in TLS 1.2. An end without a goodbye is one: where an answer was cut is told by its length.
    SSL_CTX_set_options(native, SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(native, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(native, 1);  // a record's head and body in one call of the kernel
    if (SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION) != 1 || SSL_CTX_set_alpn_protos(native, kHttp, sizeof kHttp - 1) != 0) {
      failed = asio::error::operation_not_supported;
    }
    if (!failed && settings.ca_file.empty()) context->set_default_verify_paths(failed);
    if (!failed && !settings.ca_file.empty()) context->load_verify_file(settings.ca_file, failed);
    if (failed) return fail(Errc::kUnavailable, "tls: certificate store " + settings.ca_file + ": " + failed.message());
    if (settings.client.chain.empty()) return context;
    if (auto shown = present_identity(native, settings.client); !shown) return shown.take_error();
    return context;
  } catch (const std::exception& error) {
    return fail(Errc::kUnavailable, std::string("tls: ") + error.what());
  }
}

// One answer in the making: the wire's bytes through the parser.
class Answer {
 public:
  Answer(Wire& wire, const OutboundRequest& request) : wire_(wire), parser_(request.max_response_bytes, request.max_head_bytes) {}

  // Takes what the wire has read. True: outcome() is final.
  bool ended() {
    if (error_) return true;
    if (const auto bytes = wire_.in.unread(); !bytes.empty()) {
      received_ = true;
      wire_.deadline = wire_.last_deadline;
      wire_.in.consume(parser_.consume(bytes));
    }
    return parser_.state() == ResponseParser::State::kDone || parser_.state() == ResponseParser::State::kFailed;
  }
  // How the wire's last read ended.
  void read(const asio::error_code& failed) {
    if (failed == asio::error::eof) {
      parser_.end_of_stream();
    } else if (failed) {
      error_ = blame(wire_, failed);
      broken_off_ = wire_.expired() || failed == asio::error::operation_aborted;
    }
  }
  bool good() const { return !error_ && parser_.state() == ResponseParser::State::kDone; }
  bool reusable() const { return good() && parser_.reusable() && !wire_.has_unread(); }
  // The peer closed before the first byte of an answer.
  bool refused_unread() const { return !good() && !received_ && !broken_off_; }
  Result<OutboundResponse> outcome() {
    if (error_) return tl::unexpected(std::move(*error_));
    if (!good()) return tl::unexpected(blame(parser_));
    return std::move(parser_.response());
  }

 private:
  Wire& wire_;
  ResponseParser parser_;
  std::optional<Error> error_;
  bool received_ = false;
  bool broken_off_ = false;  // by us
};

}  // namespace

struct HttpClient::Impl : std::enable_shared_from_this<HttpClient::Impl> {
  Impl(asio::any_io_executor e, Timers& t, GuardedDialer d, ClientLimits l, ClientTls s, std::string agent)
      : executor(std::move(e)), timers(t), dialer(std::move(d)), limits(l), tls_settings(std::move(s)), user_agent(std::move(agent)) {}

  using Wires = std::list<std::unique_ptr<Wire>>;
  struct Pool {
    Wires idle;            // newest last
    std::size_t used = 0;  // of its wires, those in use: it stays for them
  };

  static Task<Result<OutboundResponse>> exchange(std::shared_ptr<Impl> impl, Method method, OutboundRequest request);
  Task<Result<std::unique_ptr<Wire>>> open(const Url& url);
  Result<asio::ssl::context*> tls_context();
  using Pools = std::map<PoolKey, Pool, KeyLess>;
  Pools::iterator find_pool(const Url& url);
  void keep_sweeping();
  static Task<void> sweep(std::shared_ptr<Impl> self);
  void close_overdue(MonoTime now);
  void put_to_rest(MonoTime now);

  // A wire in use: the sweep sees it. Closed with this object unless it was given back.
  class Lease {
   public:
    explicit Lease(Impl& impl) : impl_(impl), at_(impl.busy.end()) {}
    ~Lease() { drop(); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    bool take_idle(const Url& url, MonoTime now);
    void take(std::unique_ptr<Wire> wire);
    void give_back();
    void drop() {
      if (at_ != impl_.busy.end()) impl_.busy.erase(at_);
      over();
    }
    Wire& wire() { return **at_; }

   private:
    void over() {
      at_ = impl_.busy.end();
      if (pool_) --std::exchange(pool_, nullptr)->used;
    }

    Impl& impl_;
    Wires::iterator at_;
    Pool* pool_ = nullptr;  // the wire's
  };

  asio::any_io_executor executor;
  const std::shared_ptr<Readiness> readiness = std::make_shared<Readiness>(executor);
  Timers& timers;
  GuardedDialer dialer;
  ClientLimits limits;
  ClientTls tls_settings;
  std::string user_agent;
  std::unique_ptr<asio::ssl::context> tls;
  std::size_t awake = 0;
  Pools pools;
  Pools::iterator recent = pools.end();  // the one asked for last
  Wires busy;  // a wire moves between the lists without memory being asked for
  std::size_t exchanges = 0;
  std::size_t opened = 0;
  bool sweeping = false;
  bool closed = false;
};

Result<asio::ssl::context*> HttpClient::Impl::tls_context() {
  if (tls) return tls.get();
  auto made = make_context(tls_settings);
  if (!made) return made.take_error();
  tls = std::move(*made);
  return tls.get();
}

Task<Result<std::unique_ptr<Wire>>> HttpClient::Impl::open(const Url& url) {
  auto socket = co_await dialer.dial(url.host, url.port);
  if (!socket) co_return socket.take_error();
  ++opened;
  asio::error_code failed;
  const int descriptor = socket->release(failed);
  if (failed) co_return fail(Errc::kUnavailable, "socket: " + failed.message());
  auto wire = std::make_unique<Wire>(PoolKey{url.scheme, url.host, url.port}, readiness, descriptor);
  if (!wire->open()) co_return fail(Errc::kUnavailable, "the system has no room for one more socket");
  if (url.scheme == "https") {
    auto context = tls_context();
    if (!context) co_return context.take_error();
    auto secured = co_await wire->secure((*context)->native_handle());
    if (!secured) co_return secured.take_error();
  }
  co_return std::move(wire);
}

HttpClient::Impl::Pools::iterator HttpClient::Impl::find_pool(const Url& url) {
  const auto is_of = [&url](const PoolKey& key) { return key.port == url.port && key.host == url.host && key.scheme == url.scheme; };
  if (recent == pools.end() || !is_of(recent->first)) recent = pools.find(url);
  return recent;
}

bool HttpClient::Impl::Lease::take_idle(const Url& url, MonoTime now) {
  const auto pool = impl_.find_pool(url);
  if (pool == impl_.pools.end()) return false;
  auto& wires = pool->second.idle;
  while (!wires.empty()) {
    Wire& newest = *wires.back();
    if (now - newest.used_since <= kTrustedIdle || !newest.disturbed()) {
      at_ = std::prev(wires.end());
      impl_.busy.splice(impl_.busy.end(), wires, at_);
      pool_ = &pool->second;
      ++pool_->used;
      return true;
    }
    wires.pop_back();
  }
  return false;
}

void HttpClient::Impl::Lease::take(std::unique_ptr<Wire> wire) {
  pool_ = &impl_.pools[wire->key];
  ++pool_->used;
  at_ = impl_.busy.insert(impl_.busy.end(), std::move(wire));
}

void HttpClient::Impl::Lease::give_back() {
  if (impl_.closed || wire().expired()) return drop();
  wire().pause();
  auto& wires = pool_->idle;
  wires.splice(wires.end(), impl_.busy, at_);
  over();
  if (wires.size() > impl_.limits.max_idle_per_host) wires.pop_front();
}

// One coroutine from the pool to the answer: each frame more costs every delivery. A peer that refuses the body may have answered already, so
// the answer is looked for after a failed write too.
Task<Result<OutboundResponse>> HttpClient::Impl::exchange(std::shared_ptr<Impl> impl, Method method, OutboundRequest request) {
  if (impl->exchanges >= impl->limits.max_open) co_return fail(Errc::kUnavailable, "too many exchanges at once");
  const Counted counted(impl->exchanges);
  const auto start = request.now != MonoTime{} ? request.now : impl->timers.now();
  const auto deadline = start + request.total_timeout;
  impl->keep_sweeping();
  try {
    for (bool retrying = false;; retrying = true) {
      Lease lease(*impl);
      const bool pooled = !retrying && lease.take_idle(*request.url, start);
      if (!pooled) {
        auto opening = impl->open(*request.url);
        auto fresh = co_await within(impl->timers, std::min(deadline, impl->timers.now() + request.connect_timeout), std::move(opening));
        if (!fresh) co_return fail(fresh.error().code, "connect: " + fresh.error().detail);
        lease.take(std::move(*fresh));
      }
      Wire& wire = lease.wire();
      if (auto written = write_head(wire, method, request, impl->user_agent); !written) co_return written.take_error();
      wire.deadline = wire.last_deadline = deadline;
      wire.used_since = start;
      if (impl->awake < kMostAwake) wire.stay_awake(impl->awake);
      auto body = request.body;
      if (body.size() <= kJoinedBytes) wire.head.append(std::exchange(body, {}));
      auto unsent = wire.write_now(wire.head, body);
      const bool at_once = pooled && unsent;
      if (!unsent) unsent = co_await wire.write_rest(wire.head, body);
      if (request.first_byte_timeout.count() > 0) wire.deadline = std::min(deadline, (at_once ? start : impl->timers.now()) + request.first_byte_timeout);
      Answer answer(wire, request);
      while (!answer.ended()) {
        const auto failed = wire.read_now();
        if (failed != asio::error::would_block) {
          answer.read(failed);
          continue;
        }
        const auto woken = co_await wire.until_more();
        if (woken == Readiness::Woken::kCancelled) answer.read(asio::error::operation_aborted);
      }
      if (pooled && answer.refused_unread()) continue;
      if (answer.reusable() && !*unsent) lease.give_back();
      co_return answer.outcome();
    }
  } catch (const std::system_error&) {  // how Asio ends a coroutine that was cancelled
  }
  co_return fail(Errc::kCancelled, "cancelled");
}

void HttpClient::Impl::keep_sweeping() {
  if (sweeping) return;
  sweeping = true;
  asio::co_spawn(executor, sweep(shared_from_this()), asio::detached);  // ends when nothing is open
}

Task<void> HttpClient::Impl::sweep(std::shared_ptr<Impl> self) {
  do {
    co_await self->timers.sleep_until(self->timers.now() + self->limits.sweep);
    self->close_overdue(self->timers.now());
    self->put_to_rest(self->timers.now());
  } while (self->exchanges > 0 || !self->pools.empty());
  self->sweeping = false;
}

void HttpClient::Impl::close_overdue(MonoTime now) {
  for (const auto& wire : busy) {
    if (now >= wire->deadline) wire->expire();
  }
  for (auto pool = pools.begin(); pool != pools.end();) {
    auto& [wires, used] = pool->second;
    while (!wires.empty() && now - wires.front()->used_since >= limits.idle) wires.pop_front();
    const bool over = wires.empty() && used == 0;
    if (over && pool == recent) recent = pools.end();
    pool = over ? pools.erase(pool) : std::next(pool);
  }
}

void HttpClient::Impl::put_to_rest(MonoTime now) {
  if (awake == 0) return;
  for (const auto& wire : busy) {
    if (now - wire->used_since > kAwake) wire->rest();
  }
  for (auto& [key, pool] : pools) {
    for (const auto& wire : pool.idle) {
      if (now - wire->used_since > kAwake) wire->rest();
    }
  }
}

Result<void> check(const ClientTls& tls) {
  auto context = make_context(tls);
  if (!context) return context.take_error();
  return ok();
}

HttpClient::HttpClient(asio::any_io_executor executor, Timers& timers, DialPolicy policy, ClientLimits limits, ClientTls tls, std::string user_agent,
                       Resolve resolve)
    : impl_(std::make_shared<Impl>(std::move(executor), timers, GuardedDialer(std::move(policy), std::move(resolve)), limits, std::move(tls), std::move(user_agent))) {}

HttpClient::~HttpClient() {
  impl_->closed = true;
  close_idle();
}

Task<Result<OutboundResponse>> HttpClient::post(OutboundRequest request) { return Impl::exchange(impl_, Method::kPost, request); }

Task<Result<OutboundResponse>> HttpClient::get(OutboundRequest request) {
  request.body = {};
  return Impl::exchange(impl_, Method::kGet, request);
}

void HttpClient::close_idle() {
  for (auto& [key, pool] : impl_->pools) pool.idle.clear();
}

std::size_t HttpClient::idle_connections() const {
  std::size_t n = 0;
  for (const auto& [key, pool] : impl_->pools) n += pool.idle.size();
  return n;
}

std::size_t HttpClient::connections_opened() const { return impl_->opened; }
std::size_t HttpClient::awake_connections() const { return impl_->awake; }

}  // namespace engine::net
