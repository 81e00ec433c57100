#pragma once
// Finds the recorded truth; tests that need it say so and are skipped where it is absent.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace test {

/// The folder of recordings: $MILLRACE_FIXTURES, else ../shared/fixtures beside the project. nullopt: absent.
std::optional<std::filesystem::path> fixtures();

/// The content of a file, unpacked where its name ends in .gz. Aborts the test program where it cannot be read.
std::string read_file(const std::filesystem::path& file);
/// The lines of a file (unpacked where .gz), without their line ends.
std::vector<std::string> read_lines(const std::filesystem::path& file);

/// A fresh directory below `parent` (by default the system's temporary one), removed with the object.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::filesystem::path& parent = std::filesystem::temp_directory_path());
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace test

/// First line of a test that needs the recordings.
#define MILLRACE_NEEDS_FIXTURES()                                                               \
  if (!test::fixtures()) GTEST_SKIP() << "recordings absent (shared/fixtures beside the project)"
