#pragma once
// What the receiver wrote down, read while it grows.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace app::demo {

/// One request as the receiver saw it.
struct Received {
  std::string event_id;
  std::string type;
  std::int64_t id = 0;
  std::string action;
  std::optional<std::string> title;  ///< title or number; nullopt: the payload has none (a tombstone, a variant's change)
  std::optional<std::string> status;
  std::int64_t at_ms = 0;
  bool verified = false;
  int answered = 0;
  bool accepted() const { return verified && answered >= 200 && answered < 300; }
};

class DemoRecord {
 public:
  explicit DemoRecord(std::filesystem::path file) : file_(std::move(file)) {}
  /// Appends the whole lines that came since the last call. Lines that are no payload count as broken.
  void read_on();
  const std::vector<Received>& all() const { return all_; }
  std::size_t broken() const { return broken_; }

 private:
  std::filesystem::path file_;
  std::uint64_t offset_ = 0;
  std::vector<Received> all_;
  std::size_t broken_ = 0;
};

}  // namespace app::demo
