#pragma once
// Bytes received and not yet understood.

#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

namespace engine::net {

/// Grows while a reader leaves bytes unread, so whoever reads must bound what it leaves (the parsers do). Reused for the next message.
class ReadBuffer {
 public:
  std::string_view unread() const { return {bytes_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t n) {
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  /// Where the next bytes go: at least `at_least` of room.
  struct Room {
    char* data;
    std::size_t size;
  };
  Room room(std::size_t at_least) {
    if (bytes_.size() - end_ < at_least) make_room(at_least);
    return {bytes_.data() + end_, bytes_.size() - end_};
  }
  void commit(std::size_t n) { end_ += n; }
  /// Gives memory back where a large message left much of it.
  void settle(std::size_t keep) {
    if (begin_ == end_ && bytes_.size() > keep) bytes_ = std::vector<char>(keep);
  }

 private:
  void make_room(std::size_t at_least) {
    const auto kept = end_ - begin_;
    if (begin_ > 0) std::memmove(bytes_.data(), bytes_.data() + begin_, kept);
    begin_ = 0;
    end_ = kept;
    if (bytes_.size() - end_ < at_least) bytes_.resize(kept * 2 + at_least);
  }
  std::vector<char> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace engine::net
