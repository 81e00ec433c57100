#pragma once
// Members of finished JSON objects as bytes: what is shown to a caller with another right is put together without parsing values. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace app::craft_agents {

/// Views into the object's bytes: the key between its quotes as written, the value as written.
struct JsonMember {
  std::string_view key;
  std::string_view value;
};

/// In order. Empty for anything but a JSON object; nothing is read past the end, whatever the bytes.
std::vector<JsonMember> json_members(std::string_view object);
/// The value of the first member of that name, as written; nullopt: no such member.
std::optional<std::string_view> json_member(std::string_view object, std::string_view key);

/// `base` with the values that `over` has for the same names; a name that `base` does not have is not added (contract 5.3).
/// `base` as it is where `over` is empty.
std::string overlaid(std::string_view base, std::string_view over);

}  // namespace app::craft_agents
