#include "delivery/live_secrets.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "engine/base/byte_cursor.h"

namespace delivery {
namespace {

constexpr std::size_t kShortest = 8;
constexpr std::size_t kSeedDigits = 42;  // of the base64 of an ed25519 key: the seed alone begins like seed and public half together
constexpr std::string_view kRedacted = "[redacted]";

std::uint64_t start_of(std::string_view text) { return engine::ByteCursor(text).big<std::uint64_t>(); }

std::string escaped(std::string_view text, std::string_view plus, std::string_view slash, std::string_view equals) {
  std::string out;
  for (const char c : text) {
    if (c == '+') out += plus;
    else if (c == '/') out += slash;
    else if (c == '=') out += equals;
    else out += c;
  }
  return out;
}

// As they are looked for: behind the prefix that names the kind, since a receiver may show the digits alone.
std::vector<std::string> spellings(std::string_view secret) {
  std::string_view bare = secret;
  if (secret.starts_with("whsec_")) bare = secret.substr(6);
  if (secret.starts_with("whsk_")) bare = secret.substr(5, kSeedDigits);
  std::vector<std::string> all{std::string(bare), escaped(bare, "+", "\\/", "="), escaped(bare, "%2B", "%2F", "%3D"), escaped(bare, "%2b", "%2f", "%3d")};
  if (bare.size() == kSeedDigits && secret.starts_with("whsk_")) {
    for (const auto& whole : {std::string(secret.substr(5)), escaped(secret.substr(5), "+", "\\/", "=")}) all.push_back(whole);
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::erase_if(all, [](const std::string& text) { return text.size() < kShortest; });
  return all;
}

}  // namespace

LiveSecrets::Hold::Hold(Hold&& other) noexcept : known_(std::exchange(other.known_, nullptr)), texts_(std::move(other.texts_)) {}

LiveSecrets::Hold& LiveSecrets::Hold::operator=(Hold&& other) noexcept {
  std::swap(known_, other.known_);
  std::swap(texts_, other.texts_);
  return *this;
}

LiveSecrets::Hold::~Hold() {
  if (known_) known_->forget(texts_);
}

LiveSecrets::Hold LiveSecrets::hold(const std::vector<engine::Secret>& secrets) {
  Hold held;
  held.known_ = this;
  for (const auto& secret : secrets) {
    for (auto& text : spellings(secret.reveal())) held.texts_.push_back(std::move(text));
  }
  const std::unique_lock lock(lock_);
  for (const auto& text : held.texts_) {
    auto& all = by_start_[start_of(text)];
    const auto found = std::find_if(all.begin(), all.end(), [&text](const Known& known) { return known.text == text; });
    if (found != all.end()) {
      ++found->holds;
      continue;
    }
    const auto shorter = std::find_if(all.begin(), all.end(), [&text](const Known& known) { return known.text.size() < text.size(); });
    all.insert(shorter, Known{text, 1});
  }
  return held;
}

void LiveSecrets::forget(const std::vector<std::string>& texts) {
  const std::unique_lock lock(lock_);
  for (const auto& text : texts) {
    const auto group = by_start_.find(start_of(text));
    const auto found = std::find_if(group->second.begin(), group->second.end(), [&text](const Known& known) { return known.text == text; });
    if (--found->holds > 0) continue;
    group->second.erase(found);
    if (group->second.empty()) by_start_.erase(group);
  }
}

// How many bytes at the beginning of `text` belong to a secret. Under the lock.
std::size_t LiveSecrets::match(std::string_view text) const {
  if (text.size() < kShortest) return 0;
  const auto group = by_start_.find(start_of(text));
  if (group == by_start_.end()) return 0;
  for (const auto& known : group->second) {
    if (text.starts_with(known.text)) return known.text.size();
    if (std::string_view(known.text).starts_with(text)) return text.size();
  }
  return 0;
}

std::string LiveSecrets::redact(std::string_view text) const {
  const std::shared_lock lock(lock_);
  std::string clean;
  while (!text.empty()) {
    const std::size_t secret = match(text);
    clean += secret > 0 ? kRedacted : text.substr(0, 1);
    text.remove_prefix(std::max<std::size_t>(1, secret));
  }
  return clean;
}

}  // namespace delivery
