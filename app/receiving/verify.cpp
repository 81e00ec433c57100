#include "app/receiving/verify.h"

#include <fstream>
#include <iostream>
#include <iterator>

#include "delivery/signature.h"
#include "delivery/signing_keys.h"

namespace app::receiving {
namespace {

using delivery::Continuity;
using delivery::Freshness;
using delivery::Verification;
using engine::Errc;

struct Choice {
  bool contract = true;
  delivery::Proof proof;
};

Choice choose(const ReceivedRequest& request, Form form) {
  const Choice contract{true, delivery::contract_proof(request.headers)}, standard{false, delivery::standard_proof(request.headers)};
  if (form != Form::kAny) return form == Form::kContract ? contract : standard;
  return contract.proof.signature.empty() && !standard.proof.signature.empty() ? standard : contract;
}

Judgement judge_sequence(const ReceivedRequest& request, std::uint64_t last) {
  const auto sequence = engine::net::find_header(request.headers, delivery::kSequenceHeader);
  if (!sequence) return {kRefused, "there is no " + std::string(delivery::kSequenceHeader) + " header"};
  const auto number = std::string(*sequence), before = std::to_string(last);
  switch (delivery::continuity(*sequence, last)) {
    case Continuity::kNext: return {kVerified, "verified; " + number + " follows " + before};
    case Continuity::kRepeated: return {kVerified, "verified; " + number + " is not above " + before + ": a repeat, or one that was overtaken"};
    case Continuity::kGap:
      return {kNumbersMissing, "verified; but what is numbered between " + before + " and " + number + " has not come yet. Deliveries of other resources may overtake; what stays away is lost"};
    case Continuity::kUnreadable: break;
  }
  return {kRefused, std::string(delivery::kSequenceHeader) + " is no number from 1"};
}

engine::Result<std::string> content(const std::string& file, const char* option) {
  std::ifstream opened;
  if (file != "-") opened.open(file, std::ios::binary);
  std::istream& in = file == "-" ? std::cin : opened;
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (file != "-" && !opened.is_open()) return engine::fail(Errc::kNotFound, std::string(option) + ": cannot read " + file);
  return bytes;
}

engine::Result<ReceivedRequest> read_request(const VerifyOptions& options) {
  if (options.headers_file.empty() != options.body_file.empty()) return engine::fail(Errc::kMalformed, "--headers and --body belong together");
  if (options.headers_file.empty()) {
    auto bytes = content(options.request_file, "the request");
    if (!bytes) return bytes.take_error();
    return parse_received(*bytes);
  }
  if (options.headers_file == "-" && options.body_file == "-") return engine::fail(Errc::kMalformed, "only one of --headers and --body can be standard input");
  auto headers = content(options.headers_file, "--headers");
  if (!headers) return headers.take_error();
  auto body = content(options.body_file, "--body");
  if (!body) return body.take_error();
  return parse_received(*headers, std::move(*body));
}

engine::Result<ReceiverKeys> read_keys(const std::string& file) {
  auto text = content(file, "--secret-file");
  if (!text) return text.take_error();
  auto keys = parse_receiver_keys(*text);
  if (!keys) return engine::fail(keys.error().code, "--secret-file: " + keys.error().detail);
  return keys;
}

int unreadable(const engine::Error& error) {
  std::cerr << "millrace: " << error.detail << '\n';
  return kUnreadable;
}

}  // namespace

Judgement judge(const ReceivedRequest& request, const ReceiverKeys& keys, Form form, std::chrono::seconds max_age, std::optional<std::uint64_t> last_sequence,
                engine::WallTime now) {
  const auto [contract, proof] = choose(request, form);
  if (!contract && keys.standard.secrets.empty() && keys.standard.public_keys.empty()) {
    return {kRefused, "these headers are of Standard Webhooks, and none of the keys is a whsec_ with base64 or a whpk_"};
  }
  const auto verified = contract ? delivery::verify_contract(keys.contract, proof, request.body) : delivery::verify_standard(keys.standard, proof, request.body);
  const std::string headers = contract ? "X-Agents-Webhook-Timestamp and -Signature" : "webhook-id, webhook-timestamp and webhook-signature";
  if (verified == Verification::kUnsigned) return {kRefused, "unsigned: " + headers + " are needed"};
  if (verified == Verification::kInvalid) return {kRefused, "no signature fits these keys and this body: another secret, or a body that is not byte for byte what was sent"};
  switch (delivery::freshness(proof.timestamp, now, max_age)) {
    case Freshness::kFresh: break;
    case Freshness::kTooOld: return {kRefused, "too old: signed at " + std::string(proof.timestamp) + ", more than " + std::to_string(max_age.count()) + " s ago"};
    case Freshness::kTooNew: return {kRefused, "signed at " + std::string(proof.timestamp) + ", which is yet to come: compare the clocks"};
    case Freshness::kUnreadable: return {kRefused, "the timestamp is no number of seconds"};
  }
  if (last_sequence) return judge_sequence(request, *last_sequence);
  return {kVerified, "verified"};
}

int run_verify(const VerifyOptions& options, engine::WallTime now) {
  const auto form = options.form == "contract" ? Form::kContract : options.form == "standard" ? Form::kStandard : Form::kAny;
  const auto keys = read_keys(options.secret_file);
  if (!keys) return unreadable(keys.error());
  const auto request = read_request(options);
  if (!request) return unreadable(request.error());
  if (options.at) now = engine::WallTime(std::chrono::seconds(*options.at));
  const auto judged = judge(*request, *keys, form, std::chrono::seconds(options.max_age_seconds), options.last_sequence, now);
  (judged.status == kVerified || judged.status == kNumbersMissing ? std::cout : std::cerr) << judged.reason << '\n';
  return judged.status;
}

int run_public_key(const std::string& file) {
  auto text = content(file, "--signing-key-file");
  if (!text) return unreadable(text.error());
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  const auto key = delivery::standard_signing_key(engine::Secret(std::move(*text)));
  if (!key) return unreadable({key.error().code, "--signing-key-file: " + key.error().detail});
  std::cout << delivery::standard_public_key(*key) << '\n';
  return kVerified;
}

}  // namespace app::receiving
