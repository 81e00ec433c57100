// The feed as a file, and back: nothing is lost, nothing is half applied, nothing comes twice.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "app/transfer/change_line.h"
#include "app/transfer/document_import.h"
#include "app/transfer/export.h"
#include "app/transfer/import.h"
#include "feed/memory_change_log.h"
#include "tests/support/fixtures.h"

namespace {

using namespace app;
using namespace app::transfer;

class Transfer : public ::testing::Test {
 protected:
  Config config(const std::string& name) const {
    Config made;
    made.storage.directory = directory_.path() / name;
    made.debezium.schema_file = (directory_.path() / "schema.sql").string();
    made.mapping.directory = directory_.path() / "mapping";
    return made;
  }
  std::string file(const std::string& name, const std::string& content) const {
    const auto path = directory_.path() / name;
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  int import(const std::string& into, const std::string& lines, std::string* said = nullptr) {
    ImportOptions options;
    options.json = true;
    std::istringstream in(lines);
    std::ostringstream out, err;
    const auto status = run_import(config(into), options, in, out, err, clock_);
    if (said) *said = out.str() + err.str();
    return status;
  }
  std::string exported(const std::string& from, bool newest = false) {
    ExportOptions options;
    options.newest = newest;
    std::ostringstream out, err;
    EXPECT_EQ(run_export(config(from), options, out, err), 0) << err.str();
    return out.str();
  }

  test::TemporaryDirectory directory_;
  engine::SystemTimers clock_;
};

constexpr const char* kLines =
    "{\"type\":\"entry\",\"id\":\"1\",\"action\":\"created\",\"updatedAt\":\"2026-03-04T10:11:12Z\",\"parts\":{\"list\":{\"a\":\"\\/ \\u00e4\", \"x\":1.0},\"webhook\":{}}}\n"
    "\n"
    "{\"type\":\"entry\",\"id\":\"1\",\"action\":\"deleted\",\"updatedAt\":\"2026-03-05T10:11:12.000001Z\",\"visible\":[\"feed\"],\"webhookAction\":\"deleted\",\"alias\":{\"type\":\"product\",\"id\":\"7\"}}\n"
    "{\"type\":\"order\",\"id\":\"x-2\",\"action\":\"updated\",\"updatedAt\":\"2026-03-05T10:11:13Z\",\"origin\":\"stream\",\"transaction\":\"0-1-5\"}";

TEST_F(Transfer, ARoundTripIsEqual) {
  std::string said;
  ASSERT_EQ(import("a", kLines, &said), 0) << said;
  const auto lines = exported("a");
  EXPECT_NE(lines.find(R"({"a":"\/ \u00e4", "x":1.0})"), std::string::npos) << "parts keep their bytes";
  EXPECT_NE(lines.find("10:11:12.000001Z"), std::string::npos);
  ASSERT_EQ(import("b", lines, &said), 0) << said;
  EXPECT_EQ(exported("b"), lines);
}

TEST_F(Transfer, RepeatingAnImportAppendsNothing) {
  ASSERT_EQ(import("a", kLines), 0);
  const auto lines = exported("a");
  std::string said;
  ASSERT_EQ(import("a", kLines, &said), 0);
  EXPECT_NE(said.find(R"("lines":4,"skipped":4,"changes":0)"), std::string::npos) << said;
  EXPECT_EQ(exported("a"), lines);
}

TEST_F(Transfer, ALineThatIsRefusedIsNamedAndMendedAndGoneOnFrom) {
  auto bad = std::string(kLines);
  bad.replace(bad.rfind("updatedAt"), 9, "updatedAs");
  std::string said;
  EXPECT_EQ(import("a", bad, &said), 1);
  EXPECT_NE(said.find("line 4: updatedAt: is needed"), std::string::npos) << said;
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1);
  auto lines = exported("a");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2) << "all before it, and nothing of it";
  ASSERT_EQ(import("a", kLines, &said), 0) << said;
  EXPECT_NE(said.find(R"("skipped":3,"changes":1)"), std::string::npos) << said;
  ASSERT_EQ(import("b", kLines), 0);
  EXPECT_EQ(exported("a"), exported("b"));
}

TEST_F(Transfer, NewestLeavesReplacedVersionsOut) {
  ASSERT_EQ(import("a", kLines), 0);
  const auto lines = exported("a", true);
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  EXPECT_EQ(lines.find("created\","), std::string::npos);
}

struct BadLine {
  const char* name;
  const char* line;
  const char* says;
};
class BadLines : public ::testing::TestWithParam<BadLine> {};
TEST_P(BadLines, AreRefusedByName) {
  ChangeLineReader reader;
  const auto read = reader.read(GetParam().line);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, engine::Errc::kMalformed);
  EXPECT_NE(read.error().detail.find(GetParam().says), std::string::npos) << read.error().detail;
}
#define LINE(rest) R"({"type":"entry","id":"1","action":"created","updatedAt":"2026-03-04T10:11:12Z")" rest "}"
INSTANTIATE_TEST_SUITE_P(Transfer, BadLines,
                         ::testing::Values(BadLine{"NoJson", "{", "no JSON"}, BadLine{"NoObject", "[]", "object"}, BadLine{"NoType", R"({"id":"1"})", "type"},
                                           BadLine{"NumberId", R"({"type":"entry","id":1})", "id"}, BadLine{"NoAction", R"({"type":"entry","id":"1"})", "action"},
                                           BadLine{"UnknownAction", R"({"type":"entry","id":"1","action":"moved","updatedAt":"2026-03-04T10:11:12Z"})", "action"},
                                           BadLine{"NoInstant", R"({"type":"entry","id":"1","action":"created","updatedAt":"yesterday"})", "updatedAt"},
                                           BadLine{"UnknownPart", LINE(R"(,"parts":{"other":{}})"), "parts"}, BadLine{"PartIsNoObject", LINE(R"(,"parts":{"list":[1]})"), "parts.list"},
                                           BadLine{"EventId", LINE(R"(,"eventId":"evt_x")"), "eventId"}, BadLine{"Hash", LINE(R"(,"contentHash":"00")"), "contentHash"},
                                           BadLine{"Facts", LINE(R"(,"facts":"/w==")"), "facts"}, BadLine{"Visible", LINE(R"(,"visible":["all"])"), "visible"},
                                           BadLine{"Origin", LINE(R"(,"origin":"elsewhere")"), "origin"}),
                         [](const auto& info) { return std::string(info.param.name); });

constexpr const char* kMapping = R"(--@ tables
CREATE TABLE notes (id INTEGER PRIMARY KEY, words, updated);
--@ resource note
--@ ids
SELECT id FROM notes
--@ document
SELECT id, words, 'live' AS "@state", updated AS "@created", updated AS "@updated" FROM notes WHERE id = :id
--@ part feed
-- id, words, updatedAt=@updated
--@ affected notes
SELECT :row_id
)";

class EnvelopeTransfer : public Transfer {
 protected:
  EnvelopeTransfer() {
    std::filesystem::create_directories(directory_.path() / "mapping");
    file("mapping/note.sql", kMapping);
    file("schema.sql", "CREATE TABLE notes (id int NOT NULL PRIMARY KEY, words varchar(20), updated datetime);");
  }
  static std::string line(const std::string& op, int id, const std::string& before, const std::string& after, const std::string& transaction = "null") {
    const auto row = [&](const std::string& words) { return words.empty() ? std::string("null") : "{\"id\":" + std::to_string(id) + ",\"words\":\"" + words + "\",\"updated\":1772611200000}"; };
    return "{\"op\":\"" + op + "\",\"before\":" + row(before) + ",\"after\":" + row(after) + R"(,"source":{"table":"notes","ts_ms":1772611200000,"gtid":)" + transaction + "}}\n";
  }
  std::string words_of(const std::string& lines) {
    std::string out;
    for (auto at = lines.find("\"words\":\""); at != std::string::npos; at = lines.find("\"words\":\"", at + 1)) out += lines.substr(at + 9, lines.find('"', at + 9) - at - 9) + " ";
    return out;
  }
};

TEST_F(EnvelopeTransfer, GoThroughMirrorAndMapping) {
  std::string said;
  const auto lines = line("r", 1, "", "one") + line("r", 2, "", "two") + line("u", 1, "one", "uno", "\"0-1-7\"");
  ASSERT_EQ(import("a", lines, &said), 0) << said;
  EXPECT_NE(said.find(R"("kind":"debezium","lines":3)"), std::string::npos) << said;
  EXPECT_EQ(words_of(exported("a")), "uno two ") << "a first copy shows what is there at its end";
  ASSERT_EQ(import("a", lines, &said), 0) << said;
  EXPECT_EQ(words_of(exported("a")), "uno two ") << "repeated";
  ASSERT_EQ(import("a", lines + line("u", 2, "two", "due", "\"0-1-8\"") + line("d", 1, "uno", "", "\"0-1-9\""), &said), 0) << said;
  const auto all = exported("a");
  EXPECT_EQ(words_of(all), "uno two due ");
  EXPECT_NE(all.find(R"("id":"1","action":"deleted")"), std::string::npos);
}

TEST_F(EnvelopeTransfer, ALineThatIsRefusedIsNamed) {
  std::string said;
  EXPECT_EQ(import("a", line("r", 1, "", "one") + "{\"op\":\"c\"}\n", &said), 1);
  EXPECT_NE(said.find("line 2: "), std::string::npos) << said;
  ASSERT_EQ(import("a", line("r", 1, "", "one") + line("r", 2, "", "two"), &said), 0) << said;
  EXPECT_EQ(words_of(exported("a")), "one two ");
}

}  // namespace
