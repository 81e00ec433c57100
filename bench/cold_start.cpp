// How long until a log serves again after its process was killed in the middle of writing?
#include "bench/cold_start.h"

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "bench/sample_log.h"

namespace bench {
namespace {

using engine::Result;

constexpr std::size_t kPartBytes = 300;

// Runs `body` in a process of its own that ends with SIGKILL once the body has told a number; negative: it failed.
template <class Body>
Result<double> killed_after(Body body) {
  int ends[2];
  if (pipe(ends) != 0) return engine::fail(engine::Errc::kUnavailable, "no pipe");
  double told = -1;
  {
    Peer child([&] {
      body([&](double value) {
        if (write(ends[1], &value, sizeof value) != sizeof value) _exit(1);
      });
      _exit(1);
    });
    close(ends[1]);
    if (read(ends[0], &told, sizeof told) != sizeof told) told = -1;
    close(ends[0]);
  }
  if (told < 0) return engine::fail(engine::Errc::kUnavailable, "the writing process failed");
  return told;
}

// Opens the log, tells how long that took, and goes on writing until it is killed.
template <class Tell>
void open_and_write(const std::filesystem::path& directory, std::size_t before_telling, Tell tell) {
  const double start = now_seconds();
  auto sample = SampleLog::open(directory);
  const double took = now_seconds() - start;
  auto written = sample ? (*sample)->append(before_telling, kPartBytes) : engine::Result<void>(sample.take_error());
  if (!written) {
    std::fprintf(stderr, "cold_start: %s\n", written.error().detail.c_str());
    return tell(-1);
  }
  tell(took);
  while ((*sample)->append(500, kPartBytes)) {
  }
}

// Opens the store alone.
template <class Tell>
void open_store(const std::filesystem::path& directory, Tell tell) {
  const auto options = SampleLog::store_options();
  const double start = now_seconds();
  const auto store = engine::store::Store::open((directory / "log").string(), options);
  const double took = now_seconds() - start;
  if (!store) std::fprintf(stderr, "cold_start: %s\n", store.error().detail.c_str());
  tell(store ? took : -1);
  pause();
}

}  // namespace

Result<std::vector<std::pair<std::string, Report>>> cold_start(const Settings& settings) {
  auto pattern = (std::filesystem::temp_directory_path() / "millrace-bench-XXXXXX").string();
  if (!mkdtemp(pattern.data())) return engine::fail(engine::Errc::kUnavailable, "no temporary directory");
  struct Removed {
    std::filesystem::path path;
    ~Removed() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
  } const folder{pattern};
  const auto count = static_cast<std::size_t>(200'000 * settings.scale);
  const auto write_some = [&](std::size_t changes) {
    return killed_after([&](auto tell) { open_and_write(folder.path, changes, tell); });
  };
  if (auto filled = write_some(count); !filled) return filled.take_error();
  Report report;
  report.unit = "s";
  report.difference = true;
  report.notes = {"changes=" + std::to_string(count)};
  for (int i = 0; i < settings.rounds; ++i) {
    auto log = write_some(2000);
    if (!log) return log.take_error();
    auto store = killed_after([&](auto tell) { open_store(folder.path, tell); });
    if (!store) return store.take_error();
    report.rounds.push_back({*log, *store});
    if (auto again = write_some(2000); !again) return again.take_error();
  }
  return std::vector{std::pair{std::string(), report}};
}

}  // namespace bench
