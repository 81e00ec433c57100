#include "app/tls_files.h"

#include <fstream>

#include "engine/crypto/digest.h"
#include "engine/runtime/on_pool.h"
#include "engine/telemetry/log.h"

namespace app {
namespace {

using engine::Errc;
using engine::Result;
using engine::WallTime;
using engine::net::CertificateFacts;
using engine::net::TlsIdentity;
using engine::net::TlsMaterial;
using engine::telemetry::Level;
using engine::telemetry::log_event;
using engine::telemetry::Severity;

constexpr std::size_t kMaxBytes = 1 << 20;  // a bundle of authorities is a few hundred KiB
constexpr auto kLookEvery = std::chrono::minutes(1);
constexpr std::string_view kIncident = "tls_certificate";

Result<std::string> read_bounded(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string content(kMaxBytes + 1, '\0');
  if (in) in.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!in.is_open() || in.bad()) return engine::fail(Errc::kNotFound, file.string() + ": cannot be read");
  content.resize(static_cast<std::size_t>(in.gcount()));
  if (content.size() > kMaxBytes) return engine::fail(Errc::kNotFound, file.string() + ": is larger than 1 MiB");
  return content;
}

std::array<unsigned char, 32> fingerprint_of(const TlsMaterial& material) {
  const auto sizes = std::to_string(material.chain.size()) + "," + std::to_string(material.key.reveal().size()) + ",";
  return engine::crypto::sha256({sizes, material.chain, material.key.reveal(), material.client_ca});
}

std::string out_of_time(const CertificateFacts& facts, WallTime now, const std::string& file) {
  if (now >= facts.not_after) return file + ": the certificate expired at " + engine::rfc3339(facts.not_after);
  if (now < facts.not_before) return file + ": the certificate is not valid before " + engine::rfc3339(facts.not_before);
  return {};
}

}  // namespace

Result<TlsMaterial> read_tls_files(const TlsConfig& config) {
  TlsMaterial material;
  auto chain = read_bounded(config.certificate);
  if (!chain) return chain.take_error();
  auto key = read_bounded(config.key);
  if (!key) return key.take_error();
  material.chain = std::move(*chain);
  material.key = engine::Secret(std::move(*key));
  material.chain_name = config.certificate.string();
  material.key_name = config.key.string();
  if (config.client_ca.empty()) return material;
  auto authorities = read_bounded(config.client_ca);
  if (!authorities) return authorities.take_error();
  material.client_ca = std::move(*authorities);
  material.client_ca_name = config.client_ca.string();
  // An empty file must not open the door that it is there to close.
  if (material.client_ca.empty()) return engine::fail(Errc::kNotFound, material.client_ca_name + ": is empty");
  return material;
}

TlsFiles::TlsFiles(TlsConfig config, engine::Timers& timers, engine::telemetry::IncidentSink& incidents, asio::any_io_executor blocking)
    : config_(std::move(config)), timers_(timers), incidents_(incidents), blocking_(std::move(blocking)) {}

TlsFiles::Reading TlsFiles::read(const TlsConfig& config, const std::optional<Fingerprint>& known) {
  Reading reading;
  auto material = read_tls_files(config);
  if (!material) {
    reading.refused = std::move(material.error().detail);
    return reading;
  }
  reading.fingerprint = fingerprint_of(*material);
  if (reading.fingerprint == known) return reading;
  auto identity = TlsIdentity::make(*material);
  if (identity) {
    reading.identity = std::move(*identity);
  } else {
    reading.refused = std::move(identity.error().detail);
  }
  return reading;
}

Result<std::unique_ptr<TlsFiles>> TlsFiles::open(TlsConfig config, engine::Timers& timers, engine::telemetry::IncidentSink& incidents,
                                                 asio::any_io_executor blocking) {
  std::unique_ptr<TlsFiles> files(new TlsFiles(std::move(config), timers, incidents, std::move(blocking)));
  auto reading = read(files->config_, std::nullopt);
  if (!reading.identity) return engine::fail(reading.fingerprint ? Errc::kMalformed : Errc::kNotFound, std::move(reading.refused));
  files->listener_ = std::make_shared<engine::net::TlsListener>(std::move(reading.identity), files->config_.transport_security);
  files->served_ = *reading.fingerprint;
  files->report();
  return files;
}

engine::Task<void> TlsFiles::watch() {
  for (;;) {
    co_await timers_.sleep_until(timers_.now() + kLookEvery);
    co_await look(false);
  }
}

engine::Task<void> TlsFiles::reload() { return look(true); }

// One at a time, so that an older reading never comes after a newer one.
engine::Task<void> TlsFiles::look(bool asked) {
  look_again_ = look_again_ || looking_;
  if (looking_) co_return;
  looking_ = true;
  do {
    look_again_ = false;
    auto work = [config = config_, known = std::optional(served_)] { return read(config, known); };
    auto reading = co_await engine::on_pool(blocking_, std::move(work));
    take(std::move(reading), asked);
  } while (look_again_);
  looking_ = false;
}

void TlsFiles::take(Reading reading, bool asked) {
  const auto file = config_.certificate.string();
  if (reading.identity) reading.refused = out_of_time(reading.identity->facts(), timers_.wall_now(), file);
  if (!reading.refused.empty()) {
    refuse(std::move(reading.refused), asked);
  } else {
    refused_.clear();
    if (reading.identity) {
      served_ = *reading.fingerprint;
      const auto& facts = reading.identity->facts();
      log_event(Level::kInfo, "certificate_loaded", {{"file", file}, {"subject", facts.subject}, {"not_after", engine::rfc3339(facts.not_after)}});
      listener_->replace(std::move(reading.identity));
    } else if (asked) {
      log_event(Level::kInfo, "certificate_unchanged", {{"file", file}});
    }
  }
  report();
}

void TlsFiles::refuse(std::string why, bool again) {
  if (again || why != refused_) log_event(Level::kWarn, "certificate_refused", {{"why", why}});
  refused_ = std::move(why);
}

void TlsFiles::report() {
  const auto& facts = listener_->current()->facts();
  const auto now = timers_.wall_now();
  std::string detail = out_of_time(facts, now, config_.certificate.string());
  const auto severity = detail.empty() ? Severity::kWarning : Severity::kCritical;
  if (detail.empty() && now + kExpiryNotice >= facts.not_after) {
    detail = config_.certificate.string() + ": the certificate expires at " + engine::rfc3339(facts.not_after);
  }
  if (!detail.empty()) detail += "; put a new one in its place, it is taken within a minute";
  if (!refused_.empty()) detail += (detail.empty() ? "" : ". ") + std::string("The new files are refused, the old ones go on serving: ") + refused_;
  if (detail.empty()) {
    incidents_.resolve(kIncident);
  } else {
    incidents_.report(kIncident, severity, detail);
  }
}

}  // namespace app
