#pragma once
// A replay job as operators see it.

#include "engine/base/json_writer.h"
#include "replay/replay_jobs.h"

namespace app::admin {

void write_selection(engine::JsonWriter& json, const replay::Selection& selection);
void write_replay_job(engine::JsonWriter& json, const replay::JobView& view);

}  // namespace app::admin
