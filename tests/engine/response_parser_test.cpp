#include "engine/net/response_parser.h"

#include <gtest/gtest.h>

#include "tests/support/header_lines.h"

namespace {

using namespace engine::net;
using namespace std::string_view_literals;
using State = ResponseParser::State;

constexpr std::size_t kMax = 128;

std::string seen(ResponseParser& parser) {
  if (parser.state() == State::kFailed) return "failed " + std::string(parser.error());
  if (parser.state() != State::kDone) return "incomplete";
  auto& r = parser.response();
  std::string out = std::to_string(r.status) + " body=" + r.body;
  for (const auto& header : test::headers_of(r.lines)) out += " [" + header.name + "=" + header.value + "]";
  return out + (parser.cut() ? " cut" : "") + (parser.reusable() ? " reusable" : "");
}

std::string parse(const std::vector<std::string_view>& pieces, bool closed = false) {
  ResponseParser parser(kMax);
  std::string waiting;
  for (const auto piece : pieces) {
    waiting += piece;
    waiting.erase(0, parser.consume(waiting));
  }
  if (closed) parser.end_of_stream();
  return seen(parser);
}

const std::vector<std::pair<std::string_view, std::string_view>>& good_answers() {
  static const std::vector<std::pair<std::string_view, std::string_view>> answers{
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 body=ok [Content-Length=2] reusable"},
      {"HTTP/1.1 204 No Content\r\n\r\n", "204 body= reusable"},
      {"HTTP/1.1 503\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "503 body= [Retry-After=7] [Content-Length=0] [Connection=close]"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 202 \r\nContent-Length: 1\r\n\r\n.", "202 body=. [Content-Length=1] reusable"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "200 body=abc [Transfer-Encoding=chunked] reusable"},
      {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "200 body=x [Content-Length=1]"},
  };
  return answers;
}

TEST(ResponseParser, ReadsEveryFramingHoweverItIsCut) {
  for (const auto& [bytes, expected] : good_answers()) {
    EXPECT_EQ(parse({bytes}), expected);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) ASSERT_EQ(parse({bytes.substr(0, cut), bytes.substr(cut)}), expected) << cut;
  }
}

TEST(ResponseParser, NoProperPrefixIsAnAnswerAndClosingThereIsAnEarlyEnd) {
  for (const auto& [bytes, expected] : good_answers()) {
    for (std::size_t n = 0; n < bytes.size(); ++n) {
      ASSERT_EQ(parse({bytes.substr(0, n)}), "incomplete") << bytes.substr(0, n);
      ResponseParser parser(kMax);
      parser.consume(bytes.substr(0, n));
      parser.end_of_stream();
      ASSERT_EQ(parser.state(), State::kFailed);
      ASSERT_TRUE(parser.ended_early());
    }
  }
}

TEST(ResponseParser, WithoutALengthTheBodyEndsWithTheStream) {
  constexpr auto kBytes = "HTTP/1.1 200 OK\r\nX: y\r\n\r\nuntil the end"sv;
  EXPECT_EQ(parse({kBytes}), "incomplete");
  EXPECT_EQ(parse({kBytes}, true), "200 body=until the end [X=y]");
}

TEST(ResponseParser, PastTheLimitTheStatusStillCounts) {
  const auto big = std::string(1000, 'x');
  const auto sized = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + big;
  const auto endless = "HTTP/1.1 201 Created\r\n\r\n" + big;
  const auto chunked = "HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + big;
  const auto head = "HTTP/1.1 200 OK\r\nX: " + big;
  for (const auto* bytes : {&sized, &endless, &chunked, &head}) {
    const auto whole = parse({*bytes});
    EXPECT_NE(whole.find(" cut"), std::string::npos) << whole;
    EXPECT_EQ(whole.substr(0, 3), bytes->substr(9, 3));
    EXPECT_EQ(whole.find("reusable"), std::string::npos);
    EXPECT_LE(whole.size(), kMax + 60);
    for (std::size_t cut = 0; cut <= 200; ++cut) ASSERT_EQ(parse({std::string_view(*bytes).substr(0, cut), std::string_view(*bytes).substr(cut)}), whole) << cut;
  }
}

TEST(ResponseParser, RefusesWhatIsNoHttp) {
  for (const auto bytes :
       {"SSH-2.0-OpenSSH_9.2\r\n"sv, "<html>"sv, "\0\0\0"sv, "HTTP/2 200 OK\r\n\r\n"sv, "HTTP/1.1 20 OK\r\n\r\n"sv, "HTTP/1.1 2000 OK\r\n\r\n"sv, "HTTP/1.1 099 X\r\n\r\n"sv,
        "HTTP/1.1 200 OK\nX: y\n\n"sv, "HTTP/1.1 200 OK\r\nX : y\r\n\r\n"sv, "HTTP/1.1 200 OK\r\n folded\r\n\r\n"sv, "HTTP/1.1 101 Switching\r\n\r\n"sv,
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"sv, "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"sv,
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"sv, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"sv,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"sv}) {
    const auto whole = parse({bytes});
    EXPECT_EQ(whole.substr(0, 7), "failed ") << bytes;
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) ASSERT_EQ(parse({bytes.substr(0, cut), bytes.substr(cut)}), whole) << bytes << cut;
  }
}

TEST(ResponseParser, EndlessInterimAnswersEndAtTheLimit) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_EQ(parse({bytes}).substr(0, 7), "failed ");
}

}  // namespace
