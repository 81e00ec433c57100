#include "app/tls_doctor.h"

namespace app {
namespace {

using connectors::DoctorCheck;
using engine::net::CertificateFacts;
using engine::net::TlsIdentity;
using State = DoctorCheck::State;

DoctorCheck check(std::string name, State state, std::string message) { return {std::move(name), state, std::move(message), {}}; }

DoctorCheck expiry(const CertificateFacts& facts, engine::WallTime now) {
  const auto until = engine::rfc3339(facts.not_after);
  if (now >= facts.not_after) return check("tls_expiry", State::kFailed, "expired at " + until + "; clients refuse it");
  if (now < facts.not_before) return check("tls_expiry", State::kFailed, "not valid before " + engine::rfc3339(facts.not_before) + "; clients refuse it");
  if (now + kExpiryNotice >= facts.not_after) return check("tls_expiry", State::kWarning, "expires at " + until + ", in less than 14 days");
  return check("tls_expiry", State::kOk, "valid until " + until);
}

DoctorCheck key_belongs(const TlsConfig& config) {
  std::error_code failed;
  const auto rights = std::filesystem::status(config.key, failed).permissions();
  const bool open = !failed && (rights & (std::filesystem::perms::group_write | std::filesystem::perms::others_all)) != std::filesystem::perms::none;
  if (open) return check("tls_key", State::kWarning, config.key.string() + " belongs to the certificate, but others may read or change it: chmod 0400");
  return check("tls_key", State::kOk, config.key.string() + " belongs to the certificate");
}

}  // namespace

std::vector<DoctorCheck> examine_tls(const TlsConfig& config, engine::WallTime now) {
  if (!config.configured()) return {};
  auto alone = config;
  alone.client_ca.clear();
  std::vector<DoctorCheck> checks;
  const auto material = read_tls_files(alone);
  if (!material) {
    const auto& why = material.error().detail;
    return {check(why.starts_with(config.certificate.string() + ":") ? "tls_certificate" : "tls_key", State::kFailed, why)};
  }
  const auto facts = engine::net::inspect_certificates(material->chain, material->chain_name);
  if (!facts) return {check("tls_certificate", State::kFailed, facts.error().detail)};
  const auto identity = TlsIdentity::make(*material);
  const bool certificate_refused = !identity && identity.error().detail.starts_with(material->chain_name + ":");
  checks.push_back(certificate_refused ? check("tls_certificate", State::kFailed, identity.error().detail)
                                       : check("tls_certificate", State::kOk, facts->subject + ", " + std::to_string(facts->count) + " in the chain"));
  if (!certificate_refused) checks.push_back(identity ? key_belongs(config) : check("tls_key", State::kFailed, identity.error().detail));
  checks.push_back(expiry(*facts, now));
  if (config.client_ca.empty()) return checks;
  auto whole = read_tls_files(config);
  auto authorities = engine::Result<CertificateFacts>(CertificateFacts{});
  if (whole) {
    authorities = engine::net::inspect_certificates(whole->client_ca, whole->client_ca_name);
  } else {
    authorities = whole.take_error();
  }
  checks.push_back(authorities ? check("tls_client_ca", State::kOk, "clients must show a certificate of " + authorities->subject)
                               : check("tls_client_ca", State::kFailed, authorities.error().detail));
  return checks;
}

}  // namespace app
