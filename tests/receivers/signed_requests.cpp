// Requests as the dispatcher signs them, one JSON array on standard output: signed_requests UNIX-SECONDS.
#include <cstdio>
#include <cstdlib>

#include "delivery/payload.h"
#include "delivery/signature.h"
#include "delivery/signing_keys.h"
#include "engine/base/json_writer.h"
#include "engine/crypto/random.h"
#include "tests/support/header_lines.h"

namespace {

using namespace delivery;
using engine::JsonWriter;

struct Case {
  std::string_view name;
  PayloadForm form;
  bool standard_headers;
  std::size_t secrets, signing_keys;
};
constexpr Case kCases[] = {{"one secret", PayloadForm::kStandardWebhooks, false, 1, 0},         {"a secret replaces another", PayloadForm::kStandardWebhooks, false, 2, 0},
                           {"secrets and a key", PayloadForm::kStandardWebhooks, false, 2, 1},  {"keys only", PayloadForm::kStandardWebhooks, false, 0, 2},
                           {"contract with both headers", PayloadForm::kContract, true, 2, 1},  {"cloud event with both headers", PayloadForm::kCloudEvents, true, 1, 1},
                           {"contract alone", PayloadForm::kContract, false, 1, 0}};

std::string body_of(PayloadForm form, engine::WallTime now) {
  const InterestTable table(std::vector<Interest>{});
  feed::ChangeView change;
  change.event_id = feed::EventId{0x00ff00ff00ff00ff};
  change.type = "entry";
  change.id = "7";
  change.webhook_action = feed::Action::kUpdated;
  change.commit_time = change.updated_at = now;
  change.webhook = R"({"id":7,"title":"Größe/neu \"ü\" 漢字 \u0001"})";
  std::string body;
  write_payload(body, change, table.route("entry", feed::Action::kUpdated, feed::Offset{1}), form);
  return body;
}

void write_case(JsonWriter& json, const Case& one, engine::WallTime now, engine::crypto::Random& random) {
  EndpointConfig config;
  config.url = "https://receiver.test/";
  config.form = one.form;
  config.standard_headers = one.standard_headers;
  for (std::size_t i = 0; i < one.secrets; ++i) config.secrets.push_back(new_standard_secret(random));
  for (std::size_t i = 0; i < one.signing_keys; ++i) config.signing_keys.push_back(new_standard_signing_key(random));
  if (const auto good = check(config); !good) {
    std::fprintf(stderr, "%s\n", good.error().detail.c_str());
    std::exit(1);
  }
  const auto body = body_of(one.form, now);
  SignedHeaders headers(std::make_shared<const Signer>(config));
  json.begin_object();
  json.key("name").string(one.name);
  json.key("form").string(name(one.form));
  json.key("body").string(body);
  json.key("headers").begin_object();
  for (const auto& header : test::headers_of(headers.sign("evt_00ff00ff00ff00ff", now, body))) json.key(header.name).string(header.value);
  json.end_object();
  json.key("secrets").begin_array();
  for (const auto& secret : config.secrets) json.string(secret.reveal());
  json.end_array();
  json.key("publicKeys").begin_array();
  for (const auto& key : config.signing_keys) json.string(standard_public_key(*standard_signing_key(key)));
  json.end_array();
  json.end_object();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("usage: signed_requests UNIX-SECONDS\n", stderr), 2;
  const engine::WallTime now{std::chrono::seconds(std::atoll(argv[1]))};
  engine::crypto::SystemRandom random;
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const auto& one : kCases) write_case(json, one, now, random);
  json.end_array();
  std::puts(out.c_str());
}
