#include "app/transfer/document_import.h"

#include "app/transfer/change_line.h"
#include "engine/base/text_codec.h"
#include "engine/crypto/digest.h"

namespace app::transfer {

using engine::Result;

namespace {

constexpr std::size_t kBatchLines = 2000;
constexpr std::size_t kBatchBytes = 4U << 20;
constexpr std::uint64_t kTellEvery = 100'000;

/// Tells inputs apart by their first line.
std::string source_of(const std::string& first_line) {
  const auto digest = engine::crypto::sha256(first_line);
  return "import:" + engine::to_hex({reinterpret_cast<const char*>(digest.data()), 8});
}

class DocumentImport {
 public:
  DocumentImport(std::istream& input, feed::ChangeLog& log, ImportSummary& summary, std::ostream& err) : input_(input), log_(log), summary_(summary), err_(err) {}

  Result<void> run() {
    std::string line;
    if (!std::getline(input_, line)) return engine::ok();
    source_ = source_of(line);
    auto position = log_.position(source_);
    if (!position) return position.take_error();
    summary_.skipped = *position ? (*position)->sequence : 0;
    summary_.lines = summary_.skipped;
    std::uint64_t number = 0;
    do {
      if (++number <= summary_.skipped) continue;
      if (line.find_first_not_of(" \t\r") != std::string::npos) {
        auto change = reader_.read(line);
        if (!change) {
          if (auto stored = store(number - 1); !stored) return stored;
          return engine::fail(change.error().code, "line " + std::to_string(number) + ": " + change.error().detail);
        }
        bytes_ += line.size();
        batch_.push_back(std::move(*change));
      }
      if (batch_.size() < kBatchLines && bytes_ < kBatchBytes) continue;
      if (auto stored = store(number); !stored) return stored;
    } while (std::getline(input_, line));
    return store(number);
  }

 private:
  Result<void> store(std::uint64_t up_to_line) {
    if (up_to_line <= summary_.lines && batch_.empty()) return engine::ok();
    auto appended = log_.append(batch_, {source_, up_to_line, "line=" + std::to_string(up_to_line)});
    if (!appended) return appended.take_error();
    const auto told = summary_.changes / kTellEvery;
    summary_.changes += batch_.size();
    summary_.lines = up_to_line;
    if (summary_.changes / kTellEvery != told) err_ << "millrace: " << summary_.lines << " lines imported\n";
    batch_.clear();
    bytes_ = 0;
    return engine::ok();
  }

  std::istream& input_;
  feed::ChangeLog& log_;
  ImportSummary& summary_;
  std::ostream& err_;
  ChangeLineReader reader_;
  std::string source_;
  std::vector<feed::Change> batch_;
  std::size_t bytes_ = 0;
};

}  // namespace

Result<void> import_documents(std::istream& input, feed::ChangeLog& log, ImportSummary& summary, std::ostream& err) {
  return DocumentImport(input, log, summary, err).run();
}

}  // namespace app::transfer
