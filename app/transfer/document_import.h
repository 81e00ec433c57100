#pragma once
// Lines of documents into the log.

#include <istream>
#include <ostream>

#include "app/transfer/import.h"
#include "feed/change_log.h"

namespace app::transfer {

/// `summary` tells how far it came, also where it fails. Errors: the log's; kMalformed names the line and the member.
engine::Result<void> import_documents(std::istream& input, feed::ChangeLog& log, ImportSummary& summary, std::ostream& err);

}  // namespace app::transfer
