#include "app/secret_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "engine/base/json_writer.h"
#include "engine/net/validation.h"

namespace app {

using engine::Errc;
using engine::Result;
using engine::crypto::AeadKey;

namespace {

constexpr mode_t kOwnerOnly = 0600;

tl::unexpected<engine::Error> cannot(const char* what, const std::filesystem::path& file) {
  return engine::fail(Errc::kUnavailable, std::string("cannot ") + what + " " + file.string() + ": " + std::strerror(errno));
}

/// A new file that only its owner reads. The content is on disk on return: a key that is lost takes what it sealed with it.
Result<void> write_private(const std::filesystem::path& file, std::string_view content) {
  auto beside = file;
  beside += ".new";
  ::unlink(beside.c_str());
  const int handle = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
  if (handle < 0) return cannot("make", beside);
  const auto written = ::write(handle, content.data(), content.size());
  const bool good = written == static_cast<ssize_t>(content.size()) && ::fsync(handle) == 0;
  const bool closed = ::close(handle) == 0;
  if (!good || !closed) return cannot("write", beside);
  if (::rename(beside.c_str(), file.c_str()) != 0) return cannot("write", file);
  const int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);  // the name is to last, too
  if (folder >= 0) {
    (void)::fsync(folder);
    ::close(folder);
  }
  return engine::ok();
}

Result<AeadKey> read_key_file(const std::filesystem::path& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0) return cannot("read", file);
  if ((facts.st_mode & 077) != 0) return engine::fail(Errc::kDenied, file.string() + " can be read by others; chmod 0600 " + file.string());
  std::ifstream in(file, std::ios::binary);
  std::ostringstream content;
  content << in.rdbuf();
  if (!in) return cannot("read", file);
  auto key = engine::crypto::aead_key(engine::net::trimmed(content.str()));
  if (!key) return engine::fail(Errc::kMalformed, file.string() + ": " + key.error().detail);
  return key;
}

}  // namespace

Result<MasterKeys> master_keys(const SecretsConfig& config, const std::filesystem::path& storage, engine::crypto::Random& random) {
  MasterKeys keys;
  for (const auto& text : config.retired_keys) {
    auto key = engine::crypto::aead_key(text.reveal());
    if (!key) return engine::fail(Errc::kMalformed, "secrets.retired_keys: " + key.error().detail);
    keys.retired.push_back(std::move(*key));
  }
  if (!config.master_key.empty()) {
    auto key = engine::crypto::aead_key(config.master_key.reveal());
    if (!key) return engine::fail(Errc::kMalformed, "secrets.master_key: " + key.error().detail);
    keys.master = std::move(*key);
    return keys;
  }
  const auto file = storage / "secret.key";
  struct stat facts {};
  const bool missing = ::lstat(file.c_str(), &facts) != 0 && errno == ENOENT;  // a link to a mount that is absent is not "missing"
  if (missing) {
    const auto text = engine::crypto::new_aead_key_text(random);
    if (auto written = write_private(file, text.reveal()); !written) return written.take_error();
    keys.made = true;
  }
  auto key = read_key_file(file);
  if (!key) return key.take_error();
  keys.master = std::move(*key);
  return keys;
}

Result<void> write_admin_access(const std::filesystem::path& file, const AdminAccess& access) {
  std::string out;
  engine::JsonWriter json(out);
  json.begin_object();
  json.key("address").string(access.address);
  json.key("port").number(access.port);
  json.key("token").string(access.token.reveal());
  json.end_object();
  return write_private(file, out);
}

}  // namespace app
