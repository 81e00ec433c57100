// Runs a fuzz target over the files it is given (folders: every file below them), and over every prefix of the small ones:
// the corpus as an ordinary test, with any compiler.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kSmall = 4096;  // bytes up to which every prefix is tried

void run(const std::string& bytes) { LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()); }

void replay(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  run(bytes);
  if (bytes.size() > kSmall) return;
  for (std::size_t size = 0; size < bytes.size(); ++size) run(bytes.substr(0, size));
}

/// How many files were replayed.
std::size_t replay_all(const std::filesystem::path& given) {
  std::size_t files = 0;
  if (std::filesystem::is_regular_file(given)) {
    replay(given);
    ++files;
  } else if (std::filesystem::is_directory(given)) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(given)) {
      if (!entry.is_regular_file()) continue;
      replay(entry.path());
      ++files;
    }
  }
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  run({});
  for (int i = 1; i < argc; ++i) {
    const auto files = replay_all(argv[i]);
    if (files == 0) {
      std::cerr << argv[i] << " holds no file to replay\n";
      return 1;
    }
    std::cout << files << " files replayed from " << argv[i] << "\n";
  }
  return 0;
}
