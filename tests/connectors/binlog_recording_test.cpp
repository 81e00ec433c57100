// The recorded binlogs decode to their last byte and hold what their decoded text says.

#include <gtest/gtest.h>

#include <map>

#include "connectors/mariadb/binlog_file.h"
#include "connectors/mariadb/transaction_assembler.h"
#include "tests/support/fixtures.h"

namespace {

using connectors::RowChange;

struct NoSchema final : connectors::SchemaSource {
  engine::Result<std::shared_ptr<const connectors::TableSchema>> lookup(const std::string&) override { return std::shared_ptr<const connectors::TableSchema>(); }
  void forget(const std::string&) override {}
};

struct Counted {
  std::map<std::string, std::size_t> rows;  // "insert wp_posts"
  std::size_t transactions = 0;
  connectors::BinlogPosition end;
};

void count(const std::string& bytes, connectors::TransactionAssembler& assembler, Counted& out) {
  static const char* const kNames[] = {"insert ", "update ", "delete ", "truncate "};
  connectors::BinlogFile file(bytes);
  for (;;) {
    auto event = file.next();
    ASSERT_TRUE(event) << event.error().detail;
    if (!*event) break;
    auto slice = assembler.feed(**event);
    ASSERT_TRUE(slice) << slice.error().detail;
    if (!*slice) continue;
    out.transactions += (*slice)->last;
    for (const auto& row : (*slice)->rows) ++out.rows[kNames[static_cast<int>(row.kind)] + row.table->name];
  }
  out.end = assembler.position();
}

TEST(BinlogRecording, CraftDecodesWholeAcrossItsRotation) {
  MILLRACE_NEEDS_FIXTURES();
  NoSchema schema;
  connectors::TransactionAssembler assembler({"craft", "craft", "", {}, 8U << 20}, schema);
  assembler.start({}, 0);
  Counted seen;
  for (const char* name : {"binlog.000008.gz", "binlog.000009.gz"}) {
    count(test::read_file(*test::fixtures() / "craft/mariadb/binlog" / name), assembler, seen);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(seen.transactions, 1000u);
  std::size_t rows = 0;
  for (const auto& [name, n] : seen.rows) rows += n;
  EXPECT_GT(rows, seen.transactions);
}

TEST(BinlogRecording, WordPressHoldsTheRowsItsDecodedTextCounts) {
  MILLRACE_NEEDS_FIXTURES();
  const auto folder = *test::fixtures() / "wordpress/woocommerce";
  NoSchema schema;
  connectors::TransactionAssembler assembler({"wp", "wp", "", {}, 8U << 20}, schema);
  assembler.start({}, 0);
  Counted seen;
  count(test::read_file(folder / "binlog/binlog.000003"), assembler, seen);
  std::map<std::string, std::size_t> told;
  for (const auto& line : test::read_lines(folder / "binlog-decoded.txt.gz")) {
    static const std::pair<std::string, std::string> kHeads[] = {
        {"### INSERT INTO `wp`.`", "insert "}, {"### UPDATE `wp`.`", "update "}, {"### DELETE FROM `wp`.`", "delete "}};
    for (const auto& [head, kind] : kHeads) {
      if (line.starts_with(head)) ++told[kind + line.substr(head.size(), line.rfind('`') - head.size())];
    }
  }
  std::erase_if(seen.rows, [](const auto& entry) { return entry.first.starts_with("truncate"); });
  EXPECT_EQ(seen.rows, told);
}

}  // namespace
