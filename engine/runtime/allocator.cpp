#include "engine/runtime/allocator.h"

#include <malloc.h>

namespace engine {

void share_one_heap() {
#ifdef M_ARENA_MAX
  mallopt(M_ARENA_MAX, 1);
#endif
}

}  // namespace engine
