#include "engine/net/request_parser.h"

#include <gtest/gtest.h>

#include "engine/net/http_syntax.h"

namespace {

using namespace engine::net;
using namespace std::string_view_literals;
using State = RequestParser::State;

constexpr RequestLimits kSmall{.head_bytes = 256, .target_bytes = 128, .header_count = 6, .body_bytes = 32};

// Everything a reader can see of one parsing, as text, so that two ways of cutting can be compared.
std::string seen(RequestParser& parser, std::size_t used) {
  if (parser.state() == State::kFailed) return "failed " + std::to_string(parser.error_status()) + " " + std::string(parser.error());
  if (parser.state() != State::kDone) return "incomplete";
  auto& r = parser.request();
  std::string out = std::string(name(r.method)) + " " + r.target + " path=" + r.path + " query=" + r.query + " body=" + r.body;
  for (const auto& header : r.headers) out += " [" + header.name + "=" + header.value + "]";
  return out + (parser.keep_alive() ? " keep" : " close") + (parser.expects_continue() ? " expects" : "") + " used=" + std::to_string(used);
}

// Offers `pieces` as a socket would: what is not used up is offered again with more behind it.
std::string parse(const std::vector<std::string_view>& pieces, RequestLimits limits = kSmall) {
  RequestParser parser(limits);
  std::string waiting;
  std::size_t used = 0;
  for (const auto piece : pieces) {
    waiting += piece;
    const auto n = parser.consume(waiting);
    waiting.erase(0, n);
    used += n;
    if (parser.state() == State::kDone || parser.state() == State::kFailed) break;
  }
  return seen(parser, used);
}

const std::vector<std::string_view>& good_requests() {
  static const std::vector<std::string_view> requests{
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "\r\nGET /changes?limit=2&x=%20 HTTP/1.1\r\nhost:a\r\nX-Empty:\r\nX-Pad: \t v w \t\r\n\r\n",
      "POST /a%20b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nExpect: 100-continue\r\n\r\n5\r\nhello\r\nA;x=\"y\"\r\n0123456789\r\n000\r\nTrailer: t\r\n\r\n",
      "HEAD http://a.test/p?q HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
      "PROPFIND /\xc3\xa4 HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\n",
  };
  return requests;
}

TEST(RequestParser, ReadsWhatIsSent) {
  EXPECT_EQ(parse({good_requests()[0]}), "GET / path=/ query= body= [Host=a] keep used=27");
  EXPECT_EQ(parse({good_requests()[1]}), "GET /changes?limit=2&x=%20 path=/changes query=limit=2&x=%20 body= [host=a] [X-Empty=] [X-Pad=v w] keep used=75");
  EXPECT_EQ(parse({good_requests()[2]}), "POST /a%20b path=/a b query= body=hello [Host=a] [Content-Length=5] [Connection=close] close used=76");
  EXPECT_EQ(parse({good_requests()[3]}),
            "POST /c path=/c query= body=hello0123456789 [Host=a] [Transfer-Encoding=Chunked] [Expect=100-continue] keep expects used=" +
                std::to_string(good_requests()[3].size()));
  EXPECT_EQ(parse({good_requests()[4]}), "HEAD http://a.test/p?q path=/p query=q body= [Connection=Keep-Alive] keep used=" + std::to_string(good_requests()[4].size()));
  EXPECT_EQ(parse({"GET / HTTP/1.0\r\n\r\n"}), "GET / path=/ query= body= close used=18");
}

TEST(RequestParser, NoProperPrefixIsARequest) {
  for (const auto request : good_requests()) {
    for (std::size_t n = 0; n < request.size(); ++n) ASSERT_EQ(parse({request.substr(0, n)}), "incomplete") << request.substr(0, n);
  }
}

TEST(RequestParser, LeavesWhatBelongsToTheNextRequest) {
  for (const auto request : good_requests()) {
    const auto two = std::string(request) + "GET /next HTTP/1.1\r\n";
    EXPECT_EQ(parse({two}), parse({request}));
  }
}

TEST(RequestParser, ReadsTheNextRequestAfterReset) {
  RequestParser parser(kSmall);
  const std::string both = std::string(good_requests()[3]) + std::string(good_requests()[0]);
  const auto first = parser.consume(both);
  ASSERT_EQ(parser.state(), State::kDone);
  parser.reset();
  EXPECT_FALSE(parser.head_begun());
  EXPECT_EQ(parser.consume(std::string_view(both).substr(first)), good_requests()[0].size());
  EXPECT_EQ(seen(parser, 27), parse({good_requests()[0]}));
}

TEST(RequestParser, NothingOfARequestIsLeftInTheNextOne) {
  for (const auto first : good_requests()) {
    for (const auto second : good_requests()) {
      RequestParser parser(kSmall);
      for (auto rest = std::string_view(first); parser.state() != State::kDone;) rest.remove_prefix(parser.consume(rest));
      parser.reset();
      std::size_t used = 0;
      while (parser.state() != State::kDone) used += parser.consume(std::string_view(second).substr(used));
      EXPECT_EQ(seen(parser, used), parse({second})) << "behind " << first;
    }
  }
}

struct Bad {
  std::string_view name, bytes;
  int status;
};
const Bad kBad[] = {
    {"TlsHello", "\x16\x03\x01\x02"sv, 400},
    {"LeadingBlank", " GET / HTTP/1.1\r\n", 400},
    {"BareLineFeedInRequestLine", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
    {"BareLineFeedInHeader", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400},
    {"BareCarriageReturn", "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", 400},
    {"NoVersion", "GET /\r\n", 400},
    {"TwoBlanks", "GET  / HTTP/1.1\r\n", 400},
    {"BlankInTarget", "GET /a b HTTP/1.1\r\n", 400},
    {"TabInsteadOfBlank", "GET\t/\tHTTP/1.1\r\n", 400},
    {"LowerCaseVersion", "GET / http/1.1\r\n", 400},
    {"LongVersion", "GET / HTTP/1.10\r\n", 400},
    {"Http2", "PRI * HTTP/2.0\r\n", 505},
    {"Http12", "GET / HTTP/1.2\r\n", 505},
    {"RelativeTarget", "GET changes HTTP/1.1\r\n", 400},
    {"AuthorityForm", "CONNECT a:443 HTTP/1.1\r\n", 400},
    {"StarForGet", "GET * HTTP/1.1\r\n", 400},
    {"OtherScheme", "GET ftp://a/ HTTP/1.1\r\n", 400},
    {"Fragment", "GET /a#b HTTP/1.1\r\n", 400},
    {"ControlInTarget", "GET /\x01 HTTP/1.1\r\n"sv, 400},
    {"BrokenEscape", "GET /%zz HTTP/1.1\r\n", 400},
    {"CutEscape", "GET /%2 HTTP/1.1\r\n", 400},
    {"ZeroByteInPath", "GET /%00 HTTP/1.1\r\n", 400},
    {"NoHost", "GET / HTTP/1.1\r\n\r\n", 400},
    {"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"BlankBeforeColon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
    {"FoldedHeader", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400},
    {"FoldedFirstHeader", "GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", 400},
    {"NoColon", "GET / HTTP/1.1\r\nHost\r\n\r\n", 400},
    {"EmptyName", "GET / HTTP/1.1\r\n: a\r\n\r\n", 400},
    {"ZeroByteInValue", "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"sv, 400},
    {"LengthAndCoding", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"TwoLengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", 400},
    {"LengthList", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\n", 400},
    {"SignedLength", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n", 400},
    {"NegativeLength", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
    {"HexLength", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\n", 400},
    {"EndlessLength", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
    {"EmptyLength", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400},
    {"OtherCoding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
    {"CodingList", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
    {"DisguisedCoding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 501},
    {"TwoCodings", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"CodingInOldVersion", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"OtherExpectation", "POST / HTTP/1.1\r\nHost: a\r\nExpect: miracle\r\nContent-Length: 1\r\n\r\n", 417},
    {"BodyTooLarge", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 33\r\n\r\n", 413},
    {"ChunkTooLarge", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n21\r\n", 413},
    {"ChunksTooLarge", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n01234567\r\n19\r\n", 413},
    {"ChunkSizeOverflow", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", 400},
    {"ChunkSizeSigned", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400},
    {"ChunkSizePrefixed", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\n", 400},
    {"ChunkSizeEmpty", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", 400},
    {"ChunkSizeWithBlank", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\n", 400},
    {"ChunkLineWithoutCr", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n", 400},
    {"ChunkLongerThanSaid", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n", 400},
    {"BadTrailer", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nbad trailer\r\n\r\n", 400},
    {"TooManyHeaders", "GET / HTTP/1.1\r\nA:1\r\nB:1\r\nC:1\r\nD:1\r\nE:1\r\nF:1\r\nG:1\r\n", 431},
};

class BadRequest : public testing::TestWithParam<Bad> {};
TEST_P(BadRequest, IsRefusedWithItsStatusHoweverItIsCut) {
  const auto& bad = GetParam();
  const auto whole = parse({bad.bytes});
  EXPECT_EQ(whole.substr(0, 10), "failed " + std::to_string(bad.status)) << whole;
  for (std::size_t cut = 0; cut <= bad.bytes.size(); ++cut) {
    ASSERT_EQ(parse({bad.bytes.substr(0, cut), bad.bytes.substr(cut)}), whole) << "cut at " << cut;
  }
}
INSTANTIATE_TEST_SUITE_P(RequestParser, BadRequest, testing::ValuesIn(kBad), [](const auto& info) { return std::string(info.param.name); });

TEST(RequestParser, EveryCutOfAGoodRequestGivesTheSame) {
  for (const auto request : good_requests()) {
    const auto whole = parse({request});
    for (std::size_t cut = 0; cut <= request.size(); ++cut) ASSERT_EQ(parse({request.substr(0, cut), request.substr(cut)}), whole) << "cut at " << cut;
    std::vector<std::string_view> bytes;
    for (std::size_t i = 0; i < request.size(); ++i) bytes.push_back(request.substr(i, 1));
    EXPECT_EQ(parse(bytes), whole);
  }
}

TEST(RequestParser, AHeadOfExactlyTheLimitPassesAndOneMoreByteDoesNot) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  const std::string fits = start + std::string(kSmall.head_bytes - start.size() - 4, 'x') + "\r\n\r\n";
  EXPECT_EQ(parse({fits}).substr(0, 5), "GET /");
  const std::string over = start + std::string(kSmall.head_bytes - start.size() - 3, 'x') + "\r\n\r\n";
  for (const std::size_t cut : {0ul, 100ul, kSmall.head_bytes - 1, kSmall.head_bytes, over.size()}) {
    EXPECT_EQ(parse({std::string_view(over).substr(0, cut), std::string_view(over).substr(cut)}).substr(0, 10), "failed 431") << cut;
  }
  EXPECT_EQ(parse({"GET /" + std::string(300, 'x')}).substr(0, 10), "failed 431");
}

TEST(RequestParser, ATargetOfExactlyTheLimitPassesAndOneMoreByteDoesNot) {
  const std::string path(kSmall.target_bytes, '/');
  EXPECT_EQ(parse({"GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n"}).substr(0, 5), "GET /");
  const auto over = "GET /" + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
  for (std::size_t cut = 0; cut <= over.size(); ++cut) {
    EXPECT_EQ(parse({std::string_view(over).substr(0, cut), std::string_view(over).substr(cut)}).substr(0, 10), "failed 414") << cut;
  }
}

TEST(RequestParser, ABodyOfExactlyTheLimitPasses) {
  const auto request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 32\r\n\r\n" + std::string(32, 'b');
  EXPECT_NE(parse({request}).find("body=" + std::string(32, 'b')), std::string::npos);
}

TEST(Query, IsDecodedInOrder) {
  const QueryParameters expected{{"a", "1 2"}, {"a", ""}, {"b", "x=y"}, {"", "z"}, {"c%", "%g1"}, {"ü", "+"}};
  EXPECT_EQ(parse_query("a=1+2&a&b=x=y&&=z&c%=%g1&%C3%BC=%2B"), expected);
  EXPECT_TRUE(parse_query("").empty());
}

TEST(PercentEncoding, LeavesUnreservedCharactersAndComesBackWhole) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(percent_encode("a-Z_0.9~"), "a-Z_0.9~");
  EXPECT_EQ(percent_encode("a b/\xc3\xa9+%"), "a%20b%2F%C3%A9%2B%25");
  EXPECT_EQ(percent_encode("a/b c", "/"), "a/b%20c");
  EXPECT_EQ(percent_decode(percent_encode(all), true), all);
}

}  // namespace
