#pragma once
// Where SQLite's memory comes from in this process.

namespace connectors {

/// Call before a connection is opened; any thread, any number of times.
///
/// A statement that is run takes and gives back some dozens of small blocks, always of the same sizes: each thread keeps what it gave back, up to 1 MB, for
/// its next statement. SQLite keeps no statistics of memory, for which it would take a lock with every block.
/// Without effect where SQLite was in use before: it then has memory as it comes from malloc.
void keep_sqlite_memory();

}  // namespace connectors
