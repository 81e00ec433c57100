#include "app/demo/demo.h"

#include "app/demo/demo_stage.h"
#include "app/demo/demo_story.h"

namespace app::demo {

int run_demo(const DemoOptions& options) {
  catch_signals();
  return options.once ? play_story(options) : show_screen(options);
}

}  // namespace app::demo
