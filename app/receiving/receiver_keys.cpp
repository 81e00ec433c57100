#include "app/receiving/receiver_keys.h"

#include "delivery/signing_keys.h"

namespace app::receiving {

engine::Result<ReceiverKeys> parse_receiver_keys(std::string_view text) {
  ReceiverKeys keys;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (line.starts_with("whpk_")) {
      auto key = delivery::parse_standard_public_key(line);
      if (!key) return key.take_error();
      keys.standard.public_keys.push_back(std::move(*key));
      continue;
    }
    keys.contract.emplace_back(std::string(line));
    if (auto bytes = delivery::standard_secret(keys.contract.back())) keys.standard.secrets.push_back(std::move(*bytes));
  }
  if (keys.contract.empty() && keys.standard.public_keys.empty()) return engine::fail(engine::Errc::kMalformed, "holds no key: one a line");
  return keys;
}

}  // namespace app::receiving
