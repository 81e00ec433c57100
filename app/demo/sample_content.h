#pragma once

#include "app/demo/sample_site.h"

namespace app::demo {

/// The site's first content, inside the caller's transaction.
engine::Result<void> fill_sample_content(SampleSite& site);

}  // namespace app::demo
