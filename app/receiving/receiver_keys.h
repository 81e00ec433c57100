#pragma once
// The keys a receiver checks signatures with.

#include <string_view>
#include <vector>

#include "delivery/verification.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace app::receiving {

struct ReceiverKeys {
  std::vector<engine::Secret> contract;  ///< secrets as they are written
  delivery::StandardKeys standard;       ///< what of them Standard Webhooks knows: whsec_ and whpk_ keys
};
/// One key a line; several while one replaces another. Empty lines and a CR before a line's end do not count. "whpk_…" is a public key, everything else a secret.
/// kMalformed: no key, or a whpk_ that is none; the texts are not shown.
engine::Result<ReceiverKeys> parse_receiver_keys(std::string_view text);

}  // namespace app::receiving
