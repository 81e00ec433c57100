#pragma once
// Lines of Debezium envelopes through mirror and mapping into the log.

#include <istream>
#include <ostream>

#include "app/transfer/import.h"
#include "feed/change_log.h"

namespace app::transfer {

/// Takes the configuration's [source.debezium] and [mapping]. `summary` tells how far it came, also where it fails. Errors: of the pipeline's source, mirror and log.
engine::Result<void> import_envelopes(const Config& config, std::istream& input, feed::ChangeLog& log, const engine::Clock& clock, ImportSummary& summary, std::ostream& err);

}  // namespace app::transfer
