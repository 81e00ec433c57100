// The recorded checks: given what the recorded system said of itself, our command line says what its command line said.
#include "app/commands/command_output.h"
#include "app/commands/json_view.h"
#include "tests/app/command_stage.h"
#include "tests/support/fixtures.h"

namespace app::commands {
namespace {

/// A recorded command and what it gave.
struct Recorded {
  std::string name;
  Given given{};
  test::Ran ran{};
};

Recorded recorded(const JsonView& row) {
  Recorded one;
  for (const auto& word : row.at("command").texts()) {
    if (word == "--json=1") {
      one.given.json = true;
    } else if (word == "--strict=1") {
      one.given.strict = true;
    } else if (word.starts_with("agents/")) {
      one.name = word.substr(7);
    }
  }
  one.ran = {static_cast<int>(row.at("exit").number().value_or(-1)), row.at("stdout").text(), row.at("stderr").text()};
  return one;
}

std::vector<Recorded> recorded_checks() {
  std::vector<Recorded> all;
  for (const auto& line : test::read_lines(*test::fixtures() / "craft/mariadb/cli.jsonl.gz")) {
    const auto row = JsonDocument::parse(line);
    auto one = recorded(row->root());
    if (test::command(one.name).checks) all.push_back(std::move(one));
  }
  return all;
}

/// Each command ran a moment after the other: instants are left out.
std::string without_instants(std::string text) {
  constexpr std::string_view kKey = "\"generatedAt\": \"";
  for (auto at = text.find(kKey); at != text.npos; at = text.find(kKey, at + 1))
    text.erase(at + kKey.size(), text.find('"', at + kKey.size()) - at - kKey.size());
  return text;
}

TEST(RecordedChecks, AreSaidAsRecorded) {
  MILLRACE_NEEDS_FIXTURES();
  const auto checks = recorded_checks();
  const auto whole =
      std::find_if(checks.begin(), checks.end(), [](const auto& one) { return one.name == "diagnostics-bundle" && one.given.json; });
  ASSERT_NE(whole, checks.end());
  const auto document = JsonDocument::parse(whole->ran.out);
  const auto bundle = document->root().at("bundle");
  test::ScriptedServer server;
  server.answers["/agents/v1/diagnostics/bundle"] = {200, bundle.json()};
  server.answers["/agents/v1/metrics"] = {200, bundle.at("snapshots").at("observability").json()};
  server.answers["/agents/v1/lifecycle"] = {200, bundle.at("snapshots").at("lifecycle").json()};
  ASSERT_GE(checks.size(), 20u);
  for (const auto& one : checks) {
    const auto ran = test::run(one.name, one.given, server);
    EXPECT_EQ(ran.status, one.ran.status) << one.name;
    EXPECT_EQ(without_instants(ran.out), without_instants(one.ran.out)) << one.name;
    EXPECT_EQ(ran.err, one.ran.err) << one.name;
  }
}

}  // namespace
}  // namespace app::commands
