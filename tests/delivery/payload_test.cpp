#include <gtest/gtest.h>

#include "delivery/payload.h"
#include "delivery/signature.h"
#include "tests/support/header_lines.h"

namespace delivery {
namespace {

struct Vector {
  const char* timestamp;
  const char* body;
  std::size_t bytes;
  const char* signature;
};

// Contract 16.5; secret whsec_test_0123456789.
constexpr Vector kVectors[] = {
    {"1772619072",
     R"({"id":"evt_0123456789abcdef","occurredAt":"2026-03-04T10:11:12Z","resourceType":"entry","resourceId":"42","action":"updated","updatedAt":"2026-03-04T10:11:12Z","snapshot":{"id":42,"title":"Hello","slug":"hello","uri":"news/hello","status":"live","updatedAt":"2026-03-04T10:11:12Z","url":"https://example.test/news/hello"},"subscriptions":{"mode":"firehose","credentialHandles":[]}})",
     381, "f84e2f782ec2578abc3357d1eaeefce1293511675c88d28aff1c2f1e3450707d"},
    {"1772619120",
     R"({"id":"evt_fedcba9876543210","occurredAt":"2026-03-04T10:12:00Z","resourceType":"product","resourceId":"101","action":"deleted","updatedAt":"2026-03-04T10:11:59Z","snapshot":null,"subscriptions":{"mode":"targeted","credentialHandles":["acme-ingestor","price-bot"]}})",
     265, "4aa3eeff7f54f419fcaaa99ed1f6628ade25fe80b8f9541bcddfe870b5fb64e4"},
    {"1772619180",
     R"({"id":"evt_00ff00ff00ff00ff","occurredAt":"2026-03-04T10:13:00Z","resourceType":"order","resourceId":"7","action":"created","updatedAt":"2026-03-04T10:13:00Z","snapshot":{"id":7,"number":"a1b2c3d4e5f60718293a4b5c6d7e8f90","reference":"a1b2c3d","status":"new","statusName":"Größe/neu","isCompleted":true,"isPaid":false,"totalPrice":49.9,"updatedAt":"2026-03-04T10:13:00Z"},"subscriptions":{"mode":"firehose","credentialHandles":[]}})",
     433, "0057d2cbf4d80c1317774e4c02dc58f66264eadab6483fbcd94e1fd0e175a956"},
};

engine::WallTime at(const char* text) { return *engine::parse_rfc3339(text); }

feed::ChangeView change(std::uint64_t event, std::string_view type, std::string_view id, feed::Action action) {
  feed::ChangeView view;
  view.event_id = feed::EventId{event};
  view.type = type;
  view.id = id;
  view.webhook_action = action;
  return view;
}

TEST(Payload, EqualsTheContractsBodiesByteForByte) {
  const InterestTable firehose(std::vector<Interest>{});
  const InterestTable targeted({{"price-bot", {"product"}, {}}, {"acme-ingestor", {}, {"deleted"}}});

  auto entry = change(0x0123456789abcdef, "entry", "42", feed::Action::kUpdated);
  entry.commit_time = entry.updated_at = at("2026-03-04T10:11:12Z");
  entry.webhook = R"({"id":42,"title":"Hello","slug":"hello","uri":"news/hello","status":"live","updatedAt":"2026-03-04T10:11:12Z","url":"https://example.test/news/hello"})";
  EXPECT_EQ(payload(entry, firehose.route("entry", feed::Action::kUpdated, feed::Offset{1})), kVectors[0].body);

  auto product = change(0xfedcba9876543210, "product", "101", feed::Action::kDeleted);
  product.commit_time = at("2026-03-04T10:12:00Z");
  product.updated_at = at("2026-03-04T10:11:59Z");
  EXPECT_EQ(payload(product, targeted.route("product", feed::Action::kDeleted, feed::Offset{1})), kVectors[1].body);

  auto order = change(0x00ff00ff00ff00ff, "order", "7", feed::Action::kCreated);
  order.commit_time = order.updated_at = at("2026-03-04T10:13:00Z");
  order.webhook = R"({"id":7,"number":"a1b2c3d4e5f60718293a4b5c6d7e8f90","reference":"a1b2c3d","status":"new","statusName":"Größe/neu","isCompleted":true,"isPaid":false,"totalPrice":49.9,"updatedAt":"2026-03-04T10:13:00Z"})";
  EXPECT_EQ(payload(order, firehose.route("order", feed::Action::kCreated, feed::Offset{1})), kVectors[2].body);
}

TEST(Payload, NamesTheAliasWhereAChangeIsToldAsAnothersOne) {
  auto variant = change(1, "variant", "9", feed::Action::kUpdated);
  variant.has_alias = true;
  variant.alias_type = "product";
  variant.alias_id = "3";
  variant.webhook = R"({"id":3})";
  const std::string body = payload(variant, InterestTable(std::vector<Interest>{}).route("product", feed::Action::kUpdated, feed::Offset{1}));
  EXPECT_NE(body.find(R"("resourceType":"product","resourceId":"3")"), std::string::npos);
  EXPECT_NE(body.find(R"("snapshot":{"id":3})"), std::string::npos);
}

TEST(Payload, AVanishedVariantIsToldAsItsProductsIdAndDate) {
  auto variant = change(1, "variant", "9", feed::Action::kUpdated);
  variant.has_alias = true;
  variant.alias_type = "product";
  variant.alias_id = "3";
  variant.updated_at = at("2026-03-04T10:11:12Z");
  const std::string body = payload(variant, InterestTable(std::vector<Interest>{}).route("product", feed::Action::kUpdated, feed::Offset{1}));
  EXPECT_NE(body.find(R"("snapshot":{"id":3,"updatedAt":"2026-03-04T10:11:12Z"},)"), std::string::npos) << body;
}

TEST(Signature, EqualsTheContractsVectors) {
  SignedHeaders signer(engine::Secret("whsec_test_0123456789"), "millrace/test");
  for (const Vector& vector : kVectors) {
    ASSERT_EQ(std::string_view(vector.body).size(), vector.bytes);
    const engine::WallTime now(std::chrono::seconds(std::atoll(vector.timestamp)) + std::chrono::milliseconds(999));
    const auto headers = test::headers_of(signer.sign("evt_0123456789abcdef", now, vector.body));
    ASSERT_EQ(headers.size(), 5u);
    EXPECT_EQ(headers[0].name + ": " + headers[0].value, "Content-Type: application/json");
    EXPECT_EQ(headers[1].name + ": " + headers[1].value, "User-Agent: millrace/test");
    EXPECT_EQ(headers[2].name + ": " + headers[2].value, "X-Agents-Webhook-Id: evt_0123456789abcdef");
    EXPECT_EQ(headers[3].name + ": " + headers[3].value, std::string("X-Agents-Webhook-Timestamp: ") + vector.timestamp);
    EXPECT_EQ(headers[4].name + ": " + headers[4].value, std::string("X-Agents-Webhook-Signature: sha256=") + vector.signature);
  }
}

}  // namespace
}  // namespace delivery
