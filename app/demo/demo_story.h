#pragma once

#include "app/demo/demo.h"

namespace app::demo {

/// `--once`: plays the story, checks it, prints one JSON line on stdout and the problems on stderr. Exit status.
int play_story(const DemoOptions& options);

/// Without `--once`: the story for ever, on one screen (plain lines where stdout is no terminal), until a signal comes. Exit status.
int show_screen(const DemoOptions& options);

}  // namespace app::demo
