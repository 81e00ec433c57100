#include "app/surfaces/craft_agents/live_changes.h"

#include <algorithm>

#include "app/surfaces/craft_agents/live_reading.h"
#include "app/surfaces/craft_agents/projection.h"
#include "engine/net/body_stream.h"
#include "feed/feed_bell.h"

namespace app::craft_agents {

namespace {

using engine::net::Listening;

constexpr std::string_view kRetry = "retry: 3000\n\n";

const engine::net::ScopeRule& needed_scope() {
  static const engine::net::ScopeRule kNeeded{.required = {"changes:read"}};
  return kNeeded;
}

trust::Refusal too_many(const CallContext& call) {
  trust::Refusal refusal;
  refusal.reason = trust::Reason::kRateLimited;
  refusal.message = "Too many concurrent waits and streams.";
  refusal.retry_at = call.rate.reset_epoch;
  return refusal;
}

bool empty(const feed::Page& page) { return page.count() == 0 && !page.has_more; }

// JSON has no line end inside its texts, so one can only stand where a blank may.
void append_line(std::string& out, std::string_view json) {
  const auto begin = out.size();
  out += json;
  std::replace_if(out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

class ChangeStream final : public engine::net::BodyStream {
 public:
  ChangeStream(const Service& service, const CallContext& call, feed::PageRequest asked, LiveReading::Seat seat,
               const asio::any_io_executor& loop)
      : service_(service),
        principal_(call.principal),
        request_id_(call.request_id),
        peer_address_(call.request.peer_address),
        projection_(call.arguments.text("fields").value_or(""), call.arguments.text("filter").value_or("")),
        asked_(std::move(asked)),
        seat_(std::move(seat)),
        wait_(service.rooms.live.bell(), loop, asked_.cursor.empty() ? asked_.types : service.rooms.feed.types().all()) {}

  /// Reads the next page. A refusal ends the stream.
  Task<std::optional<trust::Refusal>> read();
  Task<void> produce(engine::net::BodyWriter& out) override;

 private:
  void tell_page();
  void tell_place();
  void tell_refusal(const trust::Refusal& refusal);

  const Service& service_;
  const trust::Principal principal_;
  const std::string request_id_;
  const std::string peer_address_;
  const Projection projection_;
  feed::PageRequest asked_;
  const LiveReading::Seat seat_;
  feed::FeedWait wait_;
  feed::Page page_;
  std::string text_;      // not yet sent
  std::string told_id_;
};

Task<std::optional<trust::Refusal>> ChangeStream::read() {
  if (auto refused = service_.gate->admit_again(principal_, needed_scope(), peer_address_)) co_return refused;
  if (!page_.resume_cursor.empty()) asked_.cursor = page_.resume_cursor;
  asked_.now = service_.rooms.clock.wall_now();
  wait_.mark();
  auto given = co_await read_changes(service_, asked_, principal_);
  if (auto* refused = std::get_if<trust::Refusal>(&given)) co_return std::move(*refused);
  page_ = std::move(std::get<feed::Page>(given));
  wait_.want(page_.types);
  co_return std::nullopt;
}

/// The page's items; behind the last of them the place behind all of them, also where `filter` left none.
void ChangeStream::tell_page() {
  if (page_.count() == 0) return;
  std::size_t last = std::string::npos;
  std::string projected;
  for (std::size_t i = 0; i < page_.count(); ++i) {
    auto item = page_.item(i);
    if (!projection_.everything()) {
      projected.clear();
      if (!projection_.apply(item, projected)) continue;
      item = projected;
    }
    text_ += "event: change\n";
    last = text_.size();
    text_ += "data: ";
    append_line(text_, item);
    text_ += "\n\n";
  }
  const auto id = "id: " + page_.resume_cursor + "\n";
  if (last == std::string::npos) {
    text_ += id + "\n";
  } else {
    text_.insert(last, id);
  }
  told_id_ = page_.resume_cursor;
  page_.items = {};
  page_.ranges = {};
}

void ChangeStream::tell_place() {
  text_ += ": keep-alive\n";
  if (told_id_ != page_.resume_cursor) text_ += "id: " + page_.resume_cursor + "\n";
  text_ += "\n";
  told_id_ = page_.resume_cursor;
}

void ChangeStream::tell_refusal(const trust::Refusal& refusal) {
  text_ = "event: error\ndata: ";
  append_line(text_, service_.gate->surface().refuse(refusal, request_id_).body);
  text_ += "\n\n";
}

Task<void> ChangeStream::produce(engine::net::BodyWriter& out) {
  const Listening listening(&out.interruption(), [this] { wait_.wake(); });
  const auto& timers = service_.rooms.live.bell().timers();
  const auto silence = service_.rooms.live.limits().heartbeat;
  auto heartbeat = timers.now() + silence;
  text_ = kRetry;
  while (!out.interruption().raised()) {
    tell_page();
    if (text_.empty() && timers.now() >= heartbeat) tell_place();
    if (!text_.empty()) {
      const bool sent = co_await out.write(text_);
      if (!sent) co_return;
      text_ = {};
      heartbeat = timers.now() + silence;
    }
    if (page_.has_more) {
      co_await asio::post(asio::use_awaitable);  // the others' turn
    } else {
      co_await wait_.until(heartbeat);
    }
    if (out.interruption().raised()) co_return;
    const auto refused = co_await read();
    if (!refused) continue;
    tell_refusal(*refused);
    co_await out.write(text_);
    co_return;
  }
}

}  // namespace

Task<ChangesPage> await_changes(const Service& service, CallContext& call, feed::PageRequest asked, std::chrono::seconds patience) {
  auto& live = service.rooms.live;
  const auto deadline = live.bell().timers().now() + patience;
  auto given = co_await read_changes(service, asked, call.principal);
  auto* page = std::get_if<feed::Page>(&given);
  if (!page || !empty(*page)) co_return given;

  const auto seat = live.sit(call.principal);
  if (!seat) co_return too_many(call);
  const auto since = page->since;
  const auto loop = co_await asio::this_coro::executor;
  feed::FeedWait wait(live.bell(), loop, page->types);
  const Listening listening(call.request.interruption, [&wait] { wait.wake(); });
  for (bool last = false;; last = co_await wait.until(deadline) != feed::FeedWait::End::kArrived) {
    asked.cursor = std::move(page->resume_cursor);
    asked.now = service.rooms.clock.wall_now();
    wait.mark();
    if (auto refused = service.gate->admit_again(call.principal, needed_scope(), call.request.peer_address)) co_return std::move(*refused);
    given = co_await read_changes(service, asked, call.principal);
    page = std::get_if<feed::Page>(&given);
    if (!page) co_return given;
    if (last || !empty(*page)) break;
  }
  if (auto refused = service.gate->admit_again(call.principal, needed_scope(), call.request.peer_address)) co_return std::move(*refused);
  page->since = since;  // as asked, also behind the first page
  co_return given;
}

bool wants_events(const engine::net::Request& request) {
  const auto accept = request.header("Accept");
  if (!accept) return false;
  for (std::string_view rest = *accept; !rest.empty();) {
    const auto range = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), range.size() + 1));
    const auto media = engine::net::ascii_lower(engine::net::trimmed(range.substr(0, range.find(';'))));
    if (media == "text/event-stream") return true;
    if (media == "application/json") return false;
  }
  return false;
}

Task<Reply> stream_changes(const Service& service, CallContext& call, feed::PageRequest asked) {
  if (const auto last = call.request.header("Last-Event-ID"); last && !engine::net::trimmed(*last).empty()) {
    asked.cursor = engine::net::trimmed(*last);
  }
  auto seat = service.rooms.live.sit(call.principal);
  if (!seat) co_return too_many(call);
  const auto loop = co_await asio::this_coro::executor;
  const auto stream = std::make_shared<ChangeStream>(service, call, std::move(asked), std::move(*seat), loop);
  if (auto refused = co_await stream->read()) co_return std::move(*refused);
  trust::Answer answer;
  answer.headers.push_back({"Content-Type", "text/event-stream; charset=UTF-8"});
  answer.headers.push_back({"X-Accel-Buffering", "no"});  // proxies hand on what comes
  answer.stream = stream;
  co_return answer;
}

}  // namespace app::craft_agents
