#pragma once
// A small file system of its own, to be filled; gone with the object. Needs the right to mount one: where mounted() is false, a test is skipped.

#include <sys/mount.h>

#include <fstream>

#include "tests/support/fixtures.h"

namespace test {

class SmallDisk {
 public:
  explicit SmallDisk(int megabytes) : mounted_(mount("tmpfs", path().c_str(), "tmpfs", 0, ("size=" + std::to_string(megabytes) + "m").c_str()) == 0) {}
  ~SmallDisk() {
    if (mounted_) umount2(path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const std::filesystem::path& path() const { return directory_.path(); }
  /// To the last block.
  void fill() {
    std::ofstream out(ballast());
    const std::string block(4096, 'x');
    while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void make_room() { std::filesystem::remove(ballast()); }

 private:
  std::filesystem::path ballast() const { return path() / "ballast"; }
  TemporaryDirectory directory_;
  bool mounted_;
};

}  // namespace test
