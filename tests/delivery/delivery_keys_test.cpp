#include <gtest/gtest.h>

#include "delivery/key_schema.h"

using namespace std::string_literals;

namespace delivery {
namespace {

TEST(DeliveryKeys, BytesArePinned) {
  EXPECT_EQ(progress_key("default"), "c\7default"s);
  EXPECT_EQ(interests_key(feed::Offset{258}), "i\0\0\0\0\0\0\1\2"s);
  EXPECT_EQ(parked_key("default", feed::Offset{3}), "p\7default\0\0\0\0\0\0\0\3"s);
  EXPECT_EQ(dead_letter_key(DeadLetterId{1}), "\0\0\0\0\0\0\0\1"s);
  EXPECT_EQ(event_key("e", feed::EventId{0x0123456789abcdef}), "e\1e\x01\x23\x45\x67\x89\xab\xcd\xef"s);
  EXPECT_EQ(status_key(DeadLetterStatus::kQueued, DeadLetterId{7}), "s\2\0\0\0\0\0\0\0\7"s);
  EXPECT_EQ(note_key(DeadLetterId{7}), "m\0\0\0\0\0\0\0\7"s);
  EXPECT_EQ(endpoint_note_key("e", DeadLetterId{7}), "n\1e\0\0\0\0\0\0\0\7"s);
  EXPECT_EQ(queued_key("e", DeadLetterId{7}), "q\1e\0\0\0\0\0\0\0\7"s);
  EXPECT_EQ(delivered_key(engine::WallTime(std::chrono::microseconds(258)), DeadLetterId{7}), "d\0\0\0\0\0\0\1\2\0\0\0\0\0\0\0\7"s);
  EXPECT_EQ(index_version_key(), "f");
  EXPECT_EQ(families(), (std::vector<std::string>{"delivery_state", "dead_letters", "dead_letter_index", "delivery_attempts"}));
}

TEST(DeliveryKeys, ByteOrderIsOffsetOrder) {
  EXPECT_LT(parked_key("a", feed::Offset{255}), parked_key("a", feed::Offset{256}));
  EXPECT_EQ(trailing_number(parked_key("a", feed::Offset{256})), 256u);
  EXPECT_EQ(trailing_number("short"), std::nullopt);
}

TEST(DeliveryKeys, ValueBytesArePinned) {
  EXPECT_EQ(encode(Progress{feed::Offset{5}, 3}), "\1\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\3"s);
  EXPECT_EQ(encode(Progress{feed::Offset{5}, 3, {feed::Offset{6}, feed::Offset{9}}}), "\2\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0\3\1\3"s);
  const ParkedRow row{feed::Offset{9}, {"entry", "42"}, 2, engine::WallTime(std::chrono::microseconds(16)), {}, 4, feed::EventId{255}, feed::Action::kUpdated};
  EXPECT_EQ(encode(row), "\1\5entry\2" "42\2\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0\xff\2"s);
}

DeadLetter some_letter() {
  DeadLetter letter;
  letter.id = DeadLetterId{4};
  letter.event_id = feed::EventId{99};
  letter.key = {"order", "7"};
  letter.action = feed::Action::kDeleted;
  letter.status = DeadLetterStatus::kQueued;
  letter.attempts = 3;
  letter.last_error = "Webhook delivery failed with HTTP 500 (Internal Server Error).";
  letter.payload = R"({"id":1})";
  letter.offset = feed::Offset{77};
  letter.endpoint = "default";
  letter.cause = Cause::kStatus;
  letter.sequence = 300;
  letter.created = letter.updated = engine::WallTime(std::chrono::seconds(1));
  return letter;
}

TEST(DeliveryKeys, ValuesReadBackAndEveryProperPrefixIsRefused) {
  const DeadLetter letter = some_letter();
  const std::string bytes = encode(letter);
  auto read = decode_dead_letter(letter.id, bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(encode(*read), bytes);
  EXPECT_EQ(read->key, letter.key);
  EXPECT_EQ(read->payload, letter.payload);
  EXPECT_EQ(read->sequence, 300u);
  const auto former = decode_dead_letter(letter.id, "\1" + bytes.substr(1, bytes.size() - 3));
  ASSERT_TRUE(former) << "format 1 ended before the sequence";
  EXPECT_EQ(former->sequence, 0u);
  EXPECT_EQ(read->status, DeadLetterStatus::kQueued);
  for (std::size_t n = 0; n < bytes.size(); ++n) EXPECT_FALSE(decode_dead_letter(letter.id, std::string_view(bytes).substr(0, n))) << n;
  EXPECT_FALSE(decode_dead_letter(letter.id, bytes + "x"));
  EXPECT_EQ(decode_dead_letter(letter.id, "\3" + bytes.substr(1)).error().code, engine::Errc::kUnsupported);

  const ParkedRow row{feed::Offset{9}, {"entry", "42"}, 2, {}, {}, 4, feed::EventId{255}, feed::Action::kUpdated};
  const std::string row_bytes = encode(row);
  EXPECT_EQ(decode_parked(row.offset, row_bytes).value(), row);
  for (std::size_t n = 0; n < row_bytes.size(); ++n) EXPECT_FALSE(decode_parked(row.offset, std::string_view(row_bytes).substr(0, n))) << n;
  EXPECT_EQ(decode_progress(encode(Progress{feed::Offset{5}, 3})).value(), (Progress{feed::Offset{5}, 3}));
  const Progress ahead{feed::Offset{5}, 3, {feed::Offset{7}, feed::Offset{1000}}};
  const std::string ahead_bytes = encode(ahead);
  EXPECT_EQ(decode_progress(ahead_bytes).value(), ahead);
  EXPECT_FALSE(decode_progress(std::string_view(ahead_bytes).substr(0, ahead_bytes.size() - 1))) << "cut inside a number";
  EXPECT_EQ(decode_progress(ahead_bytes + '\0').error().code, engine::Errc::kMalformed) << "no offset comes twice";
  EXPECT_FALSE(decode_progress("\1" + ahead_bytes.substr(1))) << "version 1 ends at the sequence";
  EXPECT_EQ(decode_progress("\3" + ahead_bytes.substr(1)).error().code, engine::Errc::kUnsupported);
}

}  // namespace
}  // namespace delivery
