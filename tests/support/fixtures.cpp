#include "tests/support/fixtures.h"

#include <zlib.h>

#include <cstdio>
#include <cstdlib>

namespace test {
namespace fs = std::filesystem;

std::optional<fs::path> fixtures() {
  if (const char* named = std::getenv("MILLRACE_FIXTURES")) return fs::exists(named) ? std::optional<fs::path>(named) : std::nullopt;
  const fs::path beside = fs::path(MILLRACE_SOURCE_DIR).parent_path() / "shared" / "fixtures";
  if (fs::exists(beside / "README.md")) return beside;
  return std::nullopt;
}

std::string read_file(const fs::path& file) {
  gzFile in = gzopen(file.c_str(), "rb");  // reads plain files as they are
  if (!in) {
    std::fprintf(stderr, "cannot read %s\n", file.c_str());
    std::abort();
  }
  std::string content;
  char block[1 << 16];
  int n = 0;
  while ((n = gzread(in, block, sizeof block)) > 0) content.append(block, static_cast<std::size_t>(n));
  gzclose(in);
  if (n < 0) {
    std::fprintf(stderr, "damaged file %s\n", file.c_str());
    std::abort();
  }
  return content;
}

std::vector<std::string> read_lines(const fs::path& file) {
  const auto content = read_file(file);
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < content.size();) {
    auto end = content.find('\n', at);
    if (end == std::string::npos) end = content.size();
    lines.push_back(content.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

TemporaryDirectory::TemporaryDirectory(const fs::path& parent) {
  auto pattern = (parent / "millrace-XXXXXX").string();
  if (!mkdtemp(pattern.data())) {
    std::perror("mkdtemp");
    std::abort();
  }
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace test
