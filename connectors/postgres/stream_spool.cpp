#include "connectors/postgres/stream_spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "engine/base/byte_cursor.h"
#include "engine/base/byte_writer.h"

namespace connectors::postgres {

using engine::ByteCursor;
using engine::Errc;
using engine::fail;
using engine::Result;

namespace {

constexpr std::size_t kWriteBytes = 256U << 10;
constexpr std::size_t kReadBytes = 256U << 10;
constexpr std::size_t kLength = sizeof(std::uint32_t);
constexpr std::size_t kPrefixed = 1 + sizeof(std::uint32_t);  // kind, transaction

tl::unexpected<engine::Error> truncated(const char* what) { return fail(Errc::kTruncated, std::string("pgoutput: ") + what + " ends early"); }

/// As protocol 1 begins a transaction.
std::string begin_message(std::uint64_t commit_lsn, std::string_view time, std::uint32_t xid) {
  std::string out;
  engine::ByteWriter(out).big(static_cast<std::uint8_t>('B')).big(commit_lsn).raw(time).big(xid);
  return out;
}

}  // namespace

StreamSpool::~StreamSpool() {
  for (auto& [xid, transaction] : running_) ::close(transaction.file);
  if (replayed_) ::close(replayed_->transaction.file);
}

Result<void> StreamSpool::open_chunk(std::uint32_t xid) {
  if (open_) return fail(Errc::kMalformed, "pgoutput: a chunk inside a chunk");
  open_ = xid;
  if (running_.contains(xid)) return engine::ok();
  if (running_.size() >= kMostTransactions) return fail(Errc::kFull, "more than " + std::to_string(kMostTransactions) + " large transactions at once; raise the server's logical_decoding_work_mem");
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  auto name = (directory_ / "transaction-XXXXXX").string();
  const int file = ::mkostemp(name.data(), O_CLOEXEC);
  if (file < 0) return fail(Errc::kFull, "cannot make a file in " + directory_.string() + ": " + std::strerror(errno));
  ::unlink(name.c_str());
  running_[xid].file = file;
  return engine::ok();
}

Result<void> StreamSpool::write_out(Transaction& transaction) {
  std::string_view left = transaction.unwritten;
  for (auto place = static_cast<off_t>(transaction.size - left.size()); !left.empty();) {
    const auto written = ::pwrite(transaction.file, left.data(), left.size(), place);
    if (written <= 0) return fail(Errc::kFull, std::string("a large transaction cannot be kept: ") + std::strerror(errno));
    place += written;
    left.remove_prefix(static_cast<std::size_t>(written));
  }
  transaction.unwritten.clear();
  return engine::ok();
}

Result<void> StreamSpool::append(Transaction& transaction, std::string_view record) {
  engine::ByteWriter(transaction.unwritten).big(static_cast<std::uint32_t>(record.size())).raw(record);
  transaction.size += kLength + record.size();
  return transaction.unwritten.size() < kWriteBytes ? engine::ok() : write_out(transaction);
}

/// Inside a chunk each message names the (sub)transaction behind its kind.
Result<bool> StreamSpool::take_chunk_message(std::string_view message) {
  if (message[0] == 'O') return true;  // where another server wrote it: of no interest
  ByteCursor in(message.substr(1));
  const auto xid = in.big<std::uint32_t>();
  if (!in.ok()) return truncated("a message of a chunk");
  auto& transaction = running_[*open_];
  if (xid != *open_) transaction.begins.try_emplace(xid, transaction.size);
  std::string record(1, message[0]);
  record += message.substr(kPrefixed);
  if (message[0] == 'R' || message[0] == 'Y') transaction.kept.push_back({transaction.size, record});
  if (auto kept = append(transaction, record); !kept) return kept.take_error();
  return true;
}

Result<void> StreamSpool::abort(std::uint32_t xid, std::uint32_t subxid) {
  const auto found = running_.find(xid);
  if (found == running_.end()) return engine::ok();  // it was too small to have been sent
  auto& transaction = found->second;
  if (xid == subxid) {
    ::close(transaction.file);
    running_.erase(found);
    return engine::ok();
  }
  const auto begin = transaction.begins.find(subxid);
  if (begin == transaction.begins.end()) return engine::ok();  // nothing of it was sent
  // All that came since is its own, or its children's: while it ran, its parent stood still.
  const auto cut = begin->second;
  if (auto written = write_out(transaction); !written) return written;
  transaction.size = cut;
  std::erase_if(transaction.begins, [cut](const auto& one) { return one.second >= cut; });
  for (auto& one : transaction.kept) {  // in the order of their places
    if (one.place < cut) continue;
    one.place = transaction.size;
    if (auto kept = append(transaction, one.record); !kept) return kept;
  }
  return engine::ok();
}

Result<void> StreamSpool::commit(std::uint32_t xid, std::string_view rest) {
  constexpr std::size_t kTime = 8;
  ByteCursor in(rest);
  in.skip(1);  // flags: none yet
  const auto commit_lsn = in.big<std::uint64_t>();
  in.skip(sizeof(std::uint64_t));
  const auto time = in.take(kTime);
  if (!in.ok() || !in.at_end()) return truncated("the end of a large transaction");
  const auto found = running_.find(xid);
  if (found == running_.end()) return fail(Errc::kMalformed, "pgoutput: the end of a transaction that never began");
  if (auto written = write_out(found->second); !written) return written;
  Replay replay;
  replay.transaction = std::move(found->second);
  running_.erase(found);
  replay.begin = begin_message(commit_lsn, time, xid);
  replay.commit = "C" + std::string(rest);  // the same fields as protocol 1's
  replayed_ = std::move(replay);
  return engine::ok();
}

Result<bool> StreamSpool::take(std::string_view message) {
  if (message.empty()) return truncated("a message");
  ByteCursor in(message.substr(1));
  switch (message[0]) {
    case 'S': {
      const auto xid = in.big<std::uint32_t>();
      in.skip(1);  // whether it is the first
      if (!in.ok()) return truncated("the beginning of a chunk");
      if (auto opened = open_chunk(xid); !opened) return opened.take_error();
      return true;
    }
    case 'E':
      if (!open_) return fail(Errc::kMalformed, "pgoutput: the end of a chunk that never began");
      open_.reset();
      return true;
    case 'A': {
      const auto xid = in.big<std::uint32_t>();
      const auto subxid = in.big<std::uint32_t>();
      if (!in.ok()) return truncated("a rollback");
      if (auto aborted = abort(xid, subxid); !aborted) return aborted.take_error();
      return true;
    }
    case 'c': {
      const auto xid = in.big<std::uint32_t>();
      if (!in.ok()) return truncated("the end of a large transaction");
      if (auto committed = commit(xid, in.rest()); !committed) return committed.take_error();
      return true;
    }
    default: break;
  }
  return open_ ? take_chunk_message(message) : Result<bool>(false);
}

/// False: the file ends there.
Result<bool> StreamSpool::read_ahead(std::size_t wanted) {
  auto& replay = *replayed_;
  if (replay.read.size() - replay.given >= wanted) return true;
  replay.read.erase(0, replay.given);
  replay.given = 0;
  while (replay.read.size() < wanted) {
    const auto left = replay.transaction.size - replay.place;
    if (left == 0 && replay.read.empty()) return false;
    const auto had = replay.read.size();
    replay.read.resize(had + std::min<std::uint64_t>(left, std::max(kReadBytes, wanted)));
    const auto got = left == 0 ? 0 : ::pread(replay.transaction.file, replay.read.data() + had, replay.read.size() - had, static_cast<off_t>(replay.place));
    if (got <= 0) return fail(Errc::kUnavailable, "a large transaction that was kept cannot be read back");
    replay.read.resize(had + static_cast<std::size_t>(got));
    replay.place += static_cast<std::uint64_t>(got);
  }
  return true;
}

Result<std::string_view> StreamSpool::next() {
  auto& replay = *replayed_;
  if (!std::exchange(replay.begun, true)) return std::string_view(replay.begin);
  auto more = read_ahead(kLength);
  if (!more) return more.take_error();
  if (!*more) {
    ::close(replay.transaction.file);
    last_ = std::move(replay.commit);
    replayed_.reset();
    return std::string_view(last_);
  }
  ByteCursor in(std::string_view(replay.read).substr(replay.given, kLength));
  const std::size_t size = in.big<std::uint32_t>();
  replay.given += kLength;
  if (auto whole = read_ahead(size); !whole) return whole.take_error();
  const auto message = std::string_view(replay.read).substr(replay.given, size);
  replay.given += size;
  return message;
}

}  // namespace connectors::postgres
