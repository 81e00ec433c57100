#pragma once
// How the process's heap behaves; said once, at the start of main().

namespace engine {

/// All threads share glibc's one main heap. With an arena a thread, blocks that a cache takes on one thread and gives back on another leave holes in
/// all of them: a reader of a long backlog grew by 20 MB that nothing used. Small requests are served from per-thread caches either way.
/// Nothing where the C library is another one.
void share_one_heap();

}  // namespace engine
