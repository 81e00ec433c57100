#pragma once
// One e-mail as bytes (RFC 5322, RFC 2045, RFC 2047). Pure.

#include <string>

#include "engine/base/utc.h"

namespace app::operations {

struct Mail {
  std::string from, to;  ///< addresses; is_address() holds
  std::string subject;   ///< any text
  std::string body;      ///< UTF-8
  std::string id;        ///< left side of the Message-ID: letters, digits, '-', '.'
};

/// Headers and base64 body with CRLF line ends; no line is longer than 78 bytes but for headers of long words.
std::string compose(const Mail& mail, engine::WallTime now);

}  // namespace app::operations
