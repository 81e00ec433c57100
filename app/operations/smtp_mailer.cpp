#include "app/operations/smtp_mailer.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>

namespace app::operations {

namespace {

using engine::Errc;

struct Upload {
  std::string_view rest;
};

std::size_t read_upload(char* to, std::size_t size, std::size_t count, void* state) {
  auto& upload = *static_cast<Upload*>(state);
  const auto bytes = std::min(size * count, upload.rest.size());
  std::memcpy(to, upload.rest.data(), bytes);
  upload.rest.remove_prefix(bytes);
  return bytes;
}

/// libcurl asks about once a second, and whenever something moves.
int is_stopped(void* state, curl_off_t, curl_off_t, curl_off_t, curl_off_t) { return static_cast<const std::atomic<bool>*>(state)->load() ? 1 : 0; }

void prepare_library() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

std::string url_of(const SmtpConfig& config) {
  const bool is_ipv6 = config.host.find(':') != std::string::npos;
  return std::string(config.tls == SmtpTls::kImplicit ? "smtps://" : "smtp://") + (is_ipv6 ? "[" + config.host + "]" : config.host) + ":" +
         std::to_string(config.port);
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

void set_connection(CURL* handle, const SmtpConfig& config, const SmtpLimits& limits) {
  curl_easy_setopt(handle, CURLOPT_URL, url_of(config).c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(handle, CURLOPT_PROXY, "");  // not even where the environment names one
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect.count()));
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(limits.total.count()));
  curl_easy_setopt(handle, CURLOPT_USE_SSL, static_cast<long>(config.tls == SmtpTls::kOff ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!config.ca_file.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, config.ca_file.c_str());
  if (config.user.empty()) return;
  curl_easy_setopt(handle, CURLOPT_USERNAME, config.user.c_str());
  curl_easy_setopt(handle, CURLOPT_PASSWORD, std::string(config.password.reveal()).c_str());
}

Errc code_of(CURLcode code, long reply) {
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return Errc::kCancelled;
    case CURLE_OPERATION_TIMEDOUT:
      return Errc::kTimedOut;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_LOGIN_DENIED:
      return Errc::kDenied;
    default:
      return reply >= 500 ? Errc::kDenied : Errc::kUnavailable;
  }
}

}  // namespace

SmtpMailer::SmtpMailer(SmtpConfig config, SmtpLimits limits) : config_(std::move(config)), limits_(limits) { prepare_library(); }

engine::Result<void> SmtpMailer::send(const std::string& from, const std::string& to, const std::string& message) const {
  if (stopped_.load()) return engine::fail(Errc::kCancelled, "stopped");
  const std::unique_ptr<CURL, FreeHandle> handle(curl_easy_init());
  const std::unique_ptr<curl_slist, FreeList> recipients(curl_slist_append(nullptr, ("<" + to + ">").c_str()));
  if (!handle || !recipients) return engine::fail(Errc::kUnavailable, "no memory for a mail connection");
  char words[CURL_ERROR_SIZE] = "";
  Upload upload{message};
  set_connection(handle.get(), config_, limits_);
  curl_easy_setopt(handle.get(), CURLOPT_MAIL_FROM, ("<" + from + ">").c_str());
  curl_easy_setopt(handle.get(), CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(handle.get(), CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(handle.get(), CURLOPT_READFUNCTION, read_upload);
  curl_easy_setopt(handle.get(), CURLOPT_READDATA, &upload);
  curl_easy_setopt(handle.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle.get(), CURLOPT_XFERINFOFUNCTION, is_stopped);
  curl_easy_setopt(handle.get(), CURLOPT_XFERINFODATA, &stopped_);
  curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, words);
  const auto code = curl_easy_perform(handle.get());
  if (code == CURLE_OK) return engine::ok();
  long reply = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &reply);
  std::string detail = words[0] ? words : curl_easy_strerror(code);
  if (reply > 0) detail += " (the server's last code was " + std::to_string(reply) + ")";
  return engine::fail(code_of(code, reply), detail);
}

}  // namespace app::operations
