#include <gtest/gtest.h>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"
#include "engine/base/json_writer.h"
#include "engine/base/secret.h"
#include "engine/base/text_codec.h"

namespace {

using engine::ByteCursor;
using engine::ByteWriter;
using namespace std::string_literals;
using namespace std::string_view_literals;

TEST(ByteCursor, ReadsWhatTheWriterWrote) {
  std::string bytes;
  ByteWriter(bytes).big<std::uint32_t>(258).little<std::uint16_t>(513).varint(300).text("päge");
  ByteCursor in(bytes);
  EXPECT_EQ(in.big<std::uint32_t>(), 258u);
  EXPECT_EQ(in.little<std::uint16_t>(), 513u);
  EXPECT_EQ(in.varint(), 300u);
  EXPECT_EQ(in.text(), "päge");
  EXPECT_TRUE(in.ok() && in.at_end());
}

TEST(ByteWriter, TheHighestByteComesFirst) {
  std::string bytes;
  ByteWriter(bytes).big<std::uint8_t>(1).big<std::uint16_t>(0x0203).big<std::uint32_t>(0x04050607).big<std::uint64_t>(0x08090a0b0c0d0e0f);
  EXPECT_EQ(bytes, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"s);
  ByteCursor in(bytes);
  EXPECT_EQ(in.big<std::uint8_t>(), 1u);
  EXPECT_EQ(in.big<std::uint16_t>(), 0x0203u);
  EXPECT_EQ(in.big<std::uint32_t>(), 0x04050607u);
  EXPECT_EQ(in.big<std::uint64_t>(), 0x08090a0b0c0d0e0fu);
}

TEST(ByteCursor, FailureSticksAndReadsNothingMore) {
  ByteCursor in("\1\2\3"sv);
  EXPECT_EQ(in.big<std::uint32_t>(), 0u);
  EXPECT_FALSE(in.ok());
  EXPECT_EQ(in.take(1), ""sv);
  EXPECT_EQ(in.blame(engine::Errc::kMalformed), engine::Errc::kTruncated);
}

TEST(ByteCursor, AnEndlessVarintIsRefused) {
  ByteCursor in("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"sv);
  in.varint();
  EXPECT_FALSE(in.ok());
}

TEST(ByteCursor, ALengthPastTheEndTakesNothing) {
  ByteCursor in("\xff\xff\xff\x7f" "ab"sv);
  EXPECT_EQ(in.text(), ""sv);
  EXPECT_FALSE(in.ok());
}

TEST(TextCodec, EveryByteHasItsTwoDigitsAtEveryPlace) {
  for (std::size_t size = 1; size <= 9; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string bytes(size, '\xa5');
        bytes[at] = static_cast<char>(c);
        std::string expected;
        for (const unsigned char byte : bytes) {
          char digits[3];
          std::snprintf(digits, sizeof digits, "%02x", byte);
          expected += digits;
        }
        ASSERT_EQ(engine::to_hex(bytes), expected) << size << " " << at;
      }
    }
  }
}

TEST(JsonWriter, PutsCommasAndEscapes) {
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object();
  json.key("a").number(-1).key("b/ö").string("x\"\\\n\x01/€");
  json.key("c").begin_array().boolean(true).null().real(10.0).real(59.85).raw("{}").end_array();
  json.key("d").begin_object().end_object();
  json.end_object();
  EXPECT_EQ(out, R"({"a":-1,"b/ö":"x\"\\\n\u0001/€","c":[true,null,10,59.85,{}],"d":{}})");
}

TEST(JsonWriter, EveryByteIsJudgedAtEveryPlace) {  // texts are looked at eight bytes at a time
  for (std::size_t size : {1, 7, 8, 9, 60, 61, 200}) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 0x80; ++c) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(c);
        std::string out;
        engine::append_json_string(out, text);
        const bool escaped = c < 0x20 || c == '"' || c == '\\';
        ASSERT_EQ(out == '"' + text + '"', !escaped) << "byte " << c << " at " << at << " of " << size;
      }
    }
  }
}

TEST(JsonWriter, LongNamesAndValuesGetTheirCommas) {
  std::string out;
  engine::JsonWriter json(out);
  const std::string longer(61, 'n'), shorter(60, 's');
  json.begin_object().key(longer).string(shorter).key(shorter).string(longer).key("at").instant(engine::WallTime{}).end_object();
  EXPECT_EQ(out, "{\"" + longer + "\":\"" + shorter + "\",\"" + shorter + "\":\"" + longer + "\",\"at\":\"1970-01-01T00:00:00Z\"}");
}

TEST(JsonWriter, InvalidUtf8BecomesTheReplacementCharacter) {
  for (auto [bad, good] : {std::pair{"\xff"sv, "\"\xef\xbf\xbd\""sv}, std::pair{"a\xc3"sv, "\"a\xef\xbf\xbd\""sv},
                           std::pair{"\xed\xa0\x80"sv, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""sv}, std::pair{"\xf0\x9f\x98\x80"sv, "\"\xf0\x9f\x98\x80\""sv}}) {
    std::string out;
    engine::append_json_string(out, bad);
    EXPECT_EQ(out, good);
  }
}

TEST(TextCodec, Base64UrlRoundTripsAndIsStrict) {
  for (std::string bytes : {""s, "f"s, "fo"s, "foo"s, "\xff\xfe\xfd\0x"s}) EXPECT_EQ(engine::from_base64url(engine::to_base64url(bytes)), bytes);
  for (const char* bad : {"A", "AB=", "A B ", "AB", "a+b/"}) EXPECT_FALSE(engine::from_base64url(bad)) << bad;
  EXPECT_EQ(engine::to_base64("fo"), "Zm8=");
  EXPECT_EQ(engine::from_base64("Zm8="), "fo");
  EXPECT_FALSE(engine::from_base64("Zm8"));
}

TEST(TextCodec, HexIsLowerCaseAndReadsBoth) {
  EXPECT_EQ(engine::to_hex("\x0f\xa0"sv), "0fa0");
  EXPECT_EQ(engine::from_hex("0FA0"), "\x0f\xa0"sv);
  EXPECT_FALSE(engine::from_hex("0f0"));
  EXPECT_FALSE(engine::from_hex("zz"));
}

TEST(Secret, ComparisonLooksAtContentAndLength) {
  EXPECT_TRUE(engine::equal_constant_time("token", "token"));
  EXPECT_FALSE(engine::equal_constant_time("token", "tokem"));
  EXPECT_FALSE(engine::equal_constant_time("token", "tokentoken"));
  EXPECT_FALSE(engine::equal_constant_time("", "x"));
  EXPECT_TRUE(engine::equal_constant_time("", ""));
}

}  // namespace
