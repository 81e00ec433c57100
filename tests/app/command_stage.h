#pragma once
// Commands of the table, run against a server that answers from a list.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "app/commands/command_table.h"

namespace test {

/// Answers what it was told to; 404 to everything else, as the real one does.
class ScriptedServer final : public app::commands::OperatorServer {
 public:
  std::map<std::string, app::commands::ServerAnswer, std::less<>> answers;  ///< by target
  std::vector<std::string> asked;                                           ///< "GET target" and "POST target body"

  engine::Result<app::commands::ServerAnswer> get(std::string_view target) override { return reply("GET " + std::string(target), target); }
  engine::Result<app::commands::ServerAnswer> post(std::string_view target, std::string_view json) override {
    return reply("POST " + std::string(target) + ' ' + std::string(json), target);
  }

 private:
  engine::Result<app::commands::ServerAnswer> reply(std::string request, std::string_view target) {
    asked.push_back(std::move(request));
    const auto found = answers.find(target);
    if (found != answers.end()) return found->second;
    return app::commands::ServerAnswer{404, R"({"error":{"code":"NOT_FOUND","message":"Resource not found."},"requestId":"r"})"};
  }
};

struct Ran {
  int status = -1;
  std::string out, err;
};

inline const app::commands::Command& command(std::string_view name) {
  const auto& all = app::commands::command_table();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.name == name; });
  if (found == all.end()) throw std::invalid_argument("no command " + std::string(name));
  return *found;
}

inline Ran run(std::string_view name, app::commands::Given given, app::commands::OperatorServer& server) {
  std::ostringstream out, err;
  const auto& one = command(name);
  const auto status = one.run(one, given, server, {out, err});
  return {status, out.str(), err.str()};
}

}  // namespace test
