#include "access/key_schema.h"

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace trust {

std::vector<std::string> families() {
  return {std::string(kAccountsFamily), std::string(kSecretsFamily), std::string(kAuditFamily), std::string(kControlFamily), std::string(kOperationsFamily)};
}

std::string numbered_key(std::string_view prefix, std::uint64_t number) {
  std::string key(prefix);
  engine::ByteWriter(key).big(number);
  return key;
}

std::optional<std::uint64_t> number_of_key(std::string_view prefix, std::string_view key) {
  if (!key.starts_with(prefix) || key.size() != prefix.size() + 8) return std::nullopt;
  return engine::ByteCursor(key.substr(prefix.size())).big<std::uint64_t>();
}

}  // namespace trust
