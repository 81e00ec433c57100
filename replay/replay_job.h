#pragma once
// A replay job as a value: what is to be sent again, how fast, and how far it has come.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/dead_letter_note.h"
#include "engine/base/result.h"
#include "engine/base/strong_id.h"

namespace replay {

using JobId = engine::StrongId<struct ReplayJobIdTag>;

inline constexpr std::size_t kMaxJobIds = 1000;
inline constexpr std::uint32_t kMaxRate = 1000;     ///< deliveries a second
inline constexpr std::uint32_t kDefaultRate = 50;
inline constexpr std::size_t kJobWindow = 64;       ///< handed over and not settled at once: what a crash may repeat of a job

/// Values are on disk.
enum class JobState : std::uint8_t { kRunning = 1, kPaused = 2, kCancelled = 3, kFinished = 4, kFailed = 5 };
/// "running", "paused", "cancelled", "finished", "failed".
std::string_view name(JobState state);
inline bool ended(JobState state) { return state != JobState::kRunning && state != JobState::kPaused; }

/// Values are on disk.
enum class Source : std::uint8_t {
  kIds = 1,          ///< these dead letters
  kDeadLetters = 2,  ///< those that match a filter
  kHistory = 3,      ///< what the log holds for one endpoint
};
/// "ids", "dead-letters", "history".
std::string_view name(Source source);
std::optional<Source> parse_source(std::string_view text);

/// What is sent again. It does not grow: letters and changes that come later belong to no job that is there already.
struct Selection {
  Source source = Source::kIds;
  std::vector<delivery::DeadLetterId> ids{};  ///< kIds: ascending, without repeats
  delivery::DeadLetterFilter filter{};        ///< kDeadLetters
  delivery::DeadLetterId last{};              ///< kDeadLetters: the newest one that may be taken
  std::string endpoint{};                     ///< kHistory
  feed::Offset from{}, end{};                 ///< kHistory: [from, end)
  friend bool operator==(const Selection&, const Selection&) = default;
};

struct ReplayJob {
  JobId id;
  JobState state = JobState::kRunning;
  Selection selection;
  std::uint32_t rate = kDefaultRate;
  std::uint64_t total = 0;  ///< counted when it was created
  std::string creator;      ///< actor id
  std::string reason;       ///< why, in the creator's words
  std::string problem;      ///< kFailed: why
  engine::WallTime created{};
  engine::WallTime updated{};  ///< of the last change of state
  friend bool operator==(const ReplayJob&, const ReplayJob&) = default;
};

/// What was taken is everything up to the cursor; what of it is not in flight is settled and counted. So a state that is older than the truth
/// repeats deliveries and never skips one.
struct JobProgress {
  std::uint64_t cursor = 0;               ///< kIds: how many; kDeadLetters: the last id looked at; kHistory: the next offset, 0 at the start
  std::vector<std::uint64_t> in_flight{};  ///< dead letter ids or offsets, at most kJobWindow
  std::uint64_t delivered = 0;
  std::uint64_t failed = 0;
  std::uint64_t skipped = 0;              ///< there was nothing to send
  std::string last_error{};               ///< of the last delivery that failed
  std::uint64_t done() const { return delivered + failed + skipped; }
  friend bool operator==(const JobProgress&, const JobProgress&) = default;
};

struct JobView {
  ReplayJob job;
  JobProgress progress;
};

std::string encode(const ReplayJob& job);
/// kMalformed, kTruncated: damage; kUnsupported: a newer version.
engine::Result<ReplayJob> decode_job(JobId id, std::string_view bytes);
std::string encode(const JobProgress& progress);
engine::Result<JobProgress> decode_job_progress(std::string_view bytes);

}  // namespace replay
