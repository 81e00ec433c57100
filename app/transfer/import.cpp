#include "app/transfer/import.h"

#include <fstream>

#include "app/data_store.h"
#include "app/transfer/change_line.h"
#include "app/transfer/document_import.h"
#include "app/transfer/envelope_import.h"
#include "app/transfer/words.h"
#include "engine/base/json_writer.h"
#include "feed/rocks_change_log.h"

namespace app::transfer {
namespace {

/// Gives the first line back before the rest of an input that cannot be rewound.
class PutBack final : public std::streambuf {
 public:
  PutBack(std::string line, std::istream& rest) : head_(std::move(line)), rest_(rest) { setg(head_.data(), head_.data(), head_.data() + head_.size()); }

 protected:
  int_type underflow() override {
    rest_.read(block_.data(), static_cast<std::streamsize>(block_.size()));
    const auto size = rest_.gcount();
    if (size <= 0) return traits_type::eof();
    setg(block_.data(), block_.data(), block_.data() + size);
    return traits_type::to_int_type(*gptr());
  }

 private:
  std::string head_;
  std::istream& rest_;
  std::string block_ = std::string(256U << 10, '\0');
};

void tell(const ImportSummary& summary, bool debezium, bool json, std::ostream& out) {
  if (json) {
    std::string text;
    engine::JsonWriter(text).begin_object().key("kind").string(debezium ? "debezium" : "documents").key("lines").number_u64(summary.lines).key("skipped").number_u64(summary.skipped)
        .key("changes").number_u64(summary.changes).end_object();
    out << text << '\n';
    return;
  }
  out << "imported " << summary.changes << " changes; " << summary.lines << " lines are in";
  if (summary.skipped > 0) out << ", " << summary.skipped << " of them were already";
  out << '\n';
}

}  // namespace

int run_import(const Config& config, const ImportOptions& options, std::istream& standard_input, std::ostream& out, std::ostream& err, const engine::Clock& clock) {
  std::ifstream file;
  if (options.input != "-") {
    file.open(options.input, std::ios::binary);
    if (!file) return refuse(err, options.input + " cannot be read"), kFailed;
  }
  std::istream& opened = options.input == "-" ? standard_input : file;
  std::string first;
  std::getline(opened, first);
  const bool debezium = options.kind == LineKind::kDebezium || (options.kind == LineKind::kGuess && looks_like_debezium(first));
  PutBack rest(opened.eof() ? first : first + '\n', opened);
  std::istream input(&rest);
  auto store = open_data_store(config.storage);
  if (!store) return refuse(err, opening_failed(store.error())), kFailed;
  auto log = feed::RocksChangeLog::open(**store);
  if (!log) return refuse(err, log.error().detail), kFailed;
  ImportSummary summary;
  auto imported = debezium ? import_envelopes(config, input, **log, clock, summary, err) : import_documents(input, **log, summary, err);
  if (!imported) {
    const auto& why = imported.error().detail;
    refuse(err, why.starts_with("line ") ? why + "; nothing of it or behind it was applied: mend it and run the import again, it goes on where it stood" : why);
    return kFailed;
  }
  tell(summary, debezium, options.json, out);
  return 0;
}

}  // namespace app::transfer
