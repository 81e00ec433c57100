#include "delivery/signature.h"

#include <gtest/gtest.h>

#include "delivery/payload.h"
#include "delivery/signing_keys.h"
#include "delivery/verification.h"
#include "engine/base/text_codec.h"
#include "tests/support/counting_random.h"
#include "tests/support/header_lines.h"

namespace delivery {
namespace {

using engine::Secret;
using engine::net::Header;
using namespace std::chrono_literals;

constexpr const char* kSecretText = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";  // 24 bytes
constexpr const char* kOtherText = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr const char* kBody = R"({"test": 2432232314})";
const engine::WallTime kNow{1614265330s};

EndpointConfig standard(std::vector<std::string> secrets, std::vector<Secret> signing_keys = {}) {
  EndpointConfig config;
  config.url = "https://receiver.test/hook";
  config.form = PayloadForm::kStandardWebhooks;
  for (auto& secret : secrets) config.secrets.emplace_back(std::move(secret));
  config.signing_keys = std::move(signing_keys);
  return config;
}

std::vector<Header> signed_by(const EndpointConfig& config, std::string_view body = kBody, std::string_view id = "msg_p5jXN8AQM9LWM0D4loKWxJek") {
  SignedHeaders headers(std::make_shared<const Signer>(config));
  return test::headers_of(headers.sign(id, kNow, body));
}

std::string value(const std::vector<Header>& headers, std::string_view name) { return std::string(engine::net::find_header(headers, name).value_or("absent")); }

StandardKeys keys(std::vector<std::string> secrets, std::vector<std::string> public_keys = {}) {
  StandardKeys made;
  for (auto& text : secrets) made.secrets.push_back(*standard_secret(Secret(std::move(text))));
  for (const auto& text : public_keys) made.public_keys.push_back(*parse_standard_public_key(text));
  return made;
}

// The id, time, secret and body that the published libraries test themselves with.
TEST(StandardSignature, EqualsThePublishedVector) {
  const auto headers = signed_by(standard({kSecretText}));
  EXPECT_EQ(value(headers, "webhook-id"), "msg_p5jXN8AQM9LWM0D4loKWxJek");
  EXPECT_EQ(value(headers, "webhook-timestamp"), "1614265330");
  EXPECT_EQ(value(headers, "webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  EXPECT_EQ(value(headers, "X-Agents-Webhook-Id"), "absent");
}

TEST(StandardSignature, EachLiveSecretAndKeySignsInOneHeader) {
  test::CountingRandom random;
  const auto key = new_standard_signing_key(random);
  const auto config = standard({kSecretText, kOtherText}, {key});
  ASSERT_TRUE(check(config)) << check(config).error().detail;
  const auto headers = signed_by(config);
  const auto proof = standard_proof(headers);
  EXPECT_EQ(std::count(proof.signature.begin(), proof.signature.end(), ' '), 2);
  const auto whpk = standard_public_key(*standard_signing_key(key));
  EXPECT_EQ(verify_standard(keys({kSecretText}), proof, kBody), Verification::kValid);
  EXPECT_EQ(verify_standard(keys({kOtherText}), proof, kBody), Verification::kValid);
  EXPECT_EQ(verify_standard(keys({}, {whpk}), proof, kBody), Verification::kValid);
  EXPECT_EQ(verify_standard(keys({}), proof, kBody), Verification::kInvalid);
}

TEST(StandardSignature, RefusesEveryChangedByteAndAnotherKey) {
  test::CountingRandom random;
  const auto key = new_standard_signing_key(random);
  const auto whpk = standard_public_key(*standard_signing_key(key));
  const auto other = standard_public_key(*standard_signing_key(new_standard_signing_key(random)));
  const auto good = signed_by(standard({kSecretText}, {key}));
  for (const auto& receiver : {keys({kSecretText}), keys({}, {whpk})}) {
    const auto proof = standard_proof(good);
    EXPECT_EQ(verify_standard(receiver, proof, kBody), Verification::kValid);
    EXPECT_EQ(verify_standard(receiver, proof, R"({"test": 2432232315})"), Verification::kInvalid);
    EXPECT_EQ(verify_standard(receiver, {"msg_p5jXN8AQM9LWM0D4loKWxJeK", proof.timestamp, proof.signature}, kBody), Verification::kInvalid);
    EXPECT_EQ(verify_standard(receiver, {proof.id, "1614265331", proof.signature}, kBody), Verification::kInvalid);
    EXPECT_EQ(verify_standard(receiver, {proof.id, proof.timestamp, {}}, kBody), Verification::kUnsigned);
    EXPECT_EQ(verify_standard(receiver, {{}, proof.timestamp, proof.signature}, kBody), Verification::kUnsigned);
    for (const auto* signature : {"v1", "v1,", "v1,x", ",", " ", "v2,AAAA", "v1a,AAAA", "v1,AAAA v1a,!"}) {
      EXPECT_EQ(verify_standard(receiver, {proof.id, proof.timestamp, signature}, kBody), Verification::kInvalid) << signature;
    }
  }
  EXPECT_EQ(verify_standard(keys({kOtherText}, {other}), standard_proof(good), kBody), Verification::kInvalid);
}

TEST(StandardSignature, KeysOfOtherFormsAreRefusedWithTheFormThatIsNeeded) {
  for (const auto* text : {"", "whsec_", "whsec_test_0123456789", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA", "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}) {
    EXPECT_FALSE(standard_secret(Secret(text))) << text;
  }
  EXPECT_TRUE(standard_secret(Secret("whsec_" + engine::to_base64(std::string(24, 'x')))));
  EXPECT_TRUE(standard_secret(Secret("whsec_" + engine::to_base64(std::string(64, 'x')))));
  EXPECT_FALSE(standard_secret(Secret("whsec_" + engine::to_base64(std::string(65, 'x')))));
  const auto seed_only = Secret("whsk_" + engine::to_base64(std::string(32, 'x')));
  ASSERT_TRUE(standard_signing_key(seed_only));
  EXPECT_FALSE(standard_signing_key(Secret("whsk_" + engine::to_base64(std::string(64, 'x')))));  // no pair
  EXPECT_FALSE(standard_signing_key(Secret("whsk_" + engine::to_base64(std::string(31, 'x')))));
  EXPECT_FALSE(parse_standard_public_key("whpk_" + engine::to_base64(std::string(31, 'x'))));

  auto config = standard({"whsec_test_0123456789"});
  EXPECT_NE(check(config).error().detail.find("24 to 64 bytes"), std::string::npos);
  config = standard({kSecretText}, {Secret("whsk_?")});
  EXPECT_NE(check(config).error().detail.find("signing key"), std::string::npos);
  config.form = PayloadForm::kContract;
  EXPECT_NE(check(config).error().detail.find("turn those on"), std::string::npos);
  config.signing_keys.clear();
  EXPECT_TRUE(check(config));
}

TEST(Signature, TheContractsHeadersAndStandardOnesGoTogetherWhereAsked) {
  auto config = standard({kSecretText, kOtherText});
  config.form = PayloadForm::kCloudEvents;
  EXPECT_EQ(signed_by(config).size(), 5u);
  config.standard_headers = true;
  const std::string body = std::string(kCloudEventsStart) + "\"id\":\"x\"}";
  const auto headers = signed_by(config, body);
  ASSERT_EQ(headers.size(), 8u);
  EXPECT_EQ(value(headers, "Content-Type"), "application/cloudevents+json");
  EXPECT_EQ(value(headers, "X-Agents-Webhook-Id"), value(headers, "webhook-id"));
  EXPECT_EQ(verify_contract({Secret(kSecretText)}, contract_proof(headers), body), Verification::kValid);   // the first secret, as it stands
  EXPECT_EQ(verify_contract({Secret(kOtherText)}, contract_proof(headers), body), Verification::kInvalid);
  EXPECT_EQ(verify_standard(keys({kOtherText}), standard_proof(headers), body), Verification::kValid);
}

TEST(Signature, ASequenceIsSentWhereThereIsOne) {
  SignedHeaders headers(Secret("s"), "millrace/test");
  EXPECT_EQ(test::headers_of(headers.sign("evt_1", kNow, "{}")).size(), 5u);
  const auto numbered = test::headers_of(headers.sign("evt_1", kNow, "{}", 18446744073709551615u));
  ASSERT_EQ(numbered.size(), 6u);
  EXPECT_EQ(numbered[5].name, kSequenceHeader);
  EXPECT_EQ(numbered[5].value, "18446744073709551615");
  EXPECT_EQ(test::headers_of(headers.sign("evt_2", kNow, "{}")).size(), 5u);
}

// What one attempt leaves in the lines must not show in the next: both are what headers made for that attempt alone say.
TEST(Signature, LinesUsedAgainSayWhatNewOnesWould) {
  auto config = standard({kSecretText, kOtherText});
  config.form = PayloadForm::kContract;
  config.standard_headers = true;
  config.headers = {{"X-Own", "theirs"}};
  ASSERT_TRUE(check(config)) << check(config).error().detail;
  const auto signer = std::make_shared<const Signer>(config);
  SignedHeaders used(signer);
  struct Attempt {
    std::string_view id, body;
    engine::WallTime at;
    std::uint64_t sequence;
  };
  const std::string cloud = std::string(kCloudEventsStart) + "\"id\":\"x\"}";
  const std::vector<Attempt> attempts{{"evt_1", "{}", kNow, 0},
                                      {"evt_22", cloud, kNow, 9},
                                      {"evt_22", cloud, kNow + std::chrono::seconds(1), 10},
                                      {"e", "{}", engine::WallTime(std::chrono::seconds(9)), 1},
                                      {"evt_1", "{}", kNow, 0}};
  for (const auto& one : attempts) {
    SignedHeaders fresh(signer);
    EXPECT_EQ(used.sign(one.id, one.at, one.body, one.sequence), fresh.sign(one.id, one.at, one.body, one.sequence)) << one.id << " " << one.sequence;
  }
}

TEST(ContractVerification, AcceptsBothSpellingsAndNothingElse) {
  EndpointConfig config;
  config.secrets.emplace_back("s3cret");
  const auto headers = signed_by(config, "{}");
  const auto proof = contract_proof(headers);
  const std::vector<Secret> right{Secret("old"), Secret("s3cret")};
  EXPECT_EQ(verify_contract(right, proof, "{}"), Verification::kValid);
  EXPECT_EQ(verify_contract(right, {proof.id, proof.timestamp, proof.signature.substr(7)}, "{}"), Verification::kValid);
  EXPECT_EQ(verify_contract(right, proof, "{} "), Verification::kInvalid);
  EXPECT_EQ(verify_contract({Secret("old")}, proof, "{}"), Verification::kInvalid);
  EXPECT_EQ(verify_contract({Secret("")}, proof, "{}"), Verification::kInvalid);
  EXPECT_EQ(verify_contract(right, {proof.id, proof.timestamp, "sha256="}, "{}"), Verification::kInvalid);
  EXPECT_EQ(verify_contract(right, {proof.id, proof.timestamp, "sha256=zz"}, "{}"), Verification::kInvalid);
  EXPECT_EQ(verify_contract(right, {proof.id, {}, proof.signature}, "{}"), Verification::kUnsigned);
  EXPECT_EQ(verify_contract(right, {}, "{}"), Verification::kUnsigned);
}

TEST(Verification, ATimestampIsFreshWithinTheBoundOnBothSides) {
  EXPECT_EQ(freshness("1614265330", kNow, 300s), Freshness::kFresh);
  EXPECT_EQ(freshness("1614265030", kNow, 300s), Freshness::kFresh);
  EXPECT_EQ(freshness("1614265029", kNow, 300s), Freshness::kTooOld);
  EXPECT_EQ(freshness("1614265630", kNow, 300s), Freshness::kFresh);
  EXPECT_EQ(freshness("1614265631", kNow, 300s), Freshness::kTooNew);
  for (const auto* text : {"", "-5", "+1614265330", "1614265330.0", " 1614265330", "18446744073709551615", "99999999999999999999"}) {
    EXPECT_EQ(freshness(text, kNow, 300s), Freshness::kUnreadable) << text;
  }
}

TEST(Verification, ASequenceTellsWhatIsMissing) {
  EXPECT_EQ(continuity("1", 0), Continuity::kNext);
  EXPECT_EQ(continuity("8", 7), Continuity::kNext);
  EXPECT_EQ(continuity("7", 7), Continuity::kRepeated);
  EXPECT_EQ(continuity("9", 7), Continuity::kGap);
  for (const auto* text : {"", "0", "-1", "1x"}) EXPECT_EQ(continuity(text, 0), Continuity::kUnreadable) << text;
}

feed::ChangeView change() {
  feed::ChangeView view;
  view.event_id = feed::EventId{0x0123456789abcdef};
  view.type = "entry";
  view.id = "4\"2";
  view.webhook_action = feed::Action::kUpdated;
  view.commit_time = view.updated_at = *engine::parse_rfc3339("2026-03-04T10:11:12Z");
  view.webhook = R"({"id":42})";
  return view;
}

TEST(PayloadForm, EnvelopesHoldTheContractsPayload) {
  const InterestTable table(std::vector<Interest>{});
  const auto& routing = table.route("entry", feed::Action::kUpdated, feed::Offset{1});
  const auto inner = payload(change(), routing);
  std::string body = "left over";
  write_payload(body, change(), routing, PayloadForm::kStandardWebhooks);
  EXPECT_EQ(body, R"({"type":"entry.updated","timestamp":"2026-03-04T10:11:12Z","data":)" + inner + "}");
  EXPECT_EQ(content_type(body), "application/json");
  write_payload(body, change(), routing, PayloadForm::kCloudEvents);
  EXPECT_EQ(body, R"({"specversion":"1.0","id":"evt_0123456789abcdef","source":"/agents/v1/changes","type":"entry.updated","time":"2026-03-04T10:11:12Z",)"
                  R"("subject":"entry/4\"2","datacontenttype":"application/json","data":)" + inner + "}");
  EXPECT_EQ(content_type(body), "application/cloudevents+json");
  write_payload(body, change(), routing, PayloadForm::kContract);
  EXPECT_EQ(body, inner);
  EXPECT_EQ(content_type(body), "application/json");
}

TEST(PayloadForm, NamesReadBack) {
  for (const auto form : {PayloadForm::kContract, PayloadForm::kStandardWebhooks, PayloadForm::kCloudEvents}) EXPECT_EQ(parse_payload_form(name(form)), form);
  EXPECT_FALSE(parse_payload_form("Contract"));
  EXPECT_FALSE(parse_payload_form(""));
}

}  // namespace
}  // namespace delivery
