#pragma once
// Transactions that are sent while they run (pgoutput, protocol 2), kept until they end: then they come as protocol 1 brings them.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace connectors::postgres {

/// Chunks of a transaction lie in a file of its own that has no name, so it goes with the process; memory holds a quarter of a megabyte of each, and the relations it touches.
/// What a subtransaction did that was rolled back is cut off again.
///
/// Threads: one. Blocking: the file system. Errors: kTruncated, kMalformed (bytes that no message has, a chunk inside a chunk, the end of a transaction that never began),
/// kFull (too many transactions at once, or no room), kUnavailable (the file cannot be read). After an error only a new one goes on, with the stream begun again.
class StreamSpool {
 public:
  static constexpr std::size_t kMostTransactions = 200;  ///< in progress at once; each holds a descriptor

  explicit StreamSpool(std::filesystem::path directory) : directory_(std::move(directory)) {}
  ~StreamSpool();
  StreamSpool(const StreamSpool&) = delete;
  StreamSpool& operator=(const StreamSpool&) = delete;

  /// True where the message is about a transaction in progress; false: it is protocol 1's and not looked at. Not while replaying().
  engine::Result<bool> take(std::string_view message);
  /// A transaction has been committed and not all of it was given out.
  bool replaying() const { return replayed_.has_value(); }
  /// The next message of that transaction: a begin, what it did, a commit. Valid until the next call.
  engine::Result<std::string_view> next();

 private:
  struct Kept {  // a relation or type: whoever sends it takes it for known from then on, also where its subtransaction is rolled back
    std::uint64_t place = 0;
    std::string record;
  };
  struct Transaction {
    int file = -1;
    std::uint64_t size = 0;
    std::string unwritten;                            // the end of it
    std::map<std::uint32_t, std::uint64_t> begins;    // of subtransactions
    std::vector<Kept> kept;
  };
  struct Replay {
    Transaction transaction;
    std::string begin, commit;
    std::uint64_t place = 0;
    std::string read;          // ahead
    std::size_t given = 0;     // of it
    bool begun = false;
  };
  engine::Result<bool> take_chunk_message(std::string_view message);
  engine::Result<void> open_chunk(std::uint32_t xid);
  engine::Result<void> abort(std::uint32_t xid, std::uint32_t subxid);
  engine::Result<void> commit(std::uint32_t xid, std::string_view rest);
  static engine::Result<void> append(Transaction& transaction, std::string_view record);
  static engine::Result<void> write_out(Transaction& transaction);
  engine::Result<bool> read_ahead(std::size_t wanted);

  const std::filesystem::path directory_;
  std::map<std::uint32_t, Transaction> running_;
  std::optional<std::uint32_t> open_;  // whose chunk is being read
  std::optional<Replay> replayed_;
  std::string last_;  // the commit that next() gave out
};

}  // namespace connectors::postgres
