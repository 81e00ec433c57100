#include "app/cli.h"
#include "engine/runtime/allocator.h"

int main(int argc, char** argv) {
  engine::share_one_heap();
  return app::run_cli(argc, argv);
}
