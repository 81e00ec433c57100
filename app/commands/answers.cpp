#include "app/commands/answers.h"

#include <string>

namespace app::commands {

namespace {

std::vector<std::string> refusal(int status, const JsonView& body) {
  const auto error = body.at("error");
  const auto message = error.at("message").text();
  auto problems = body.at("details").texts();
  if (!problems.empty()) return problems;
  if (const auto scope = body.at("requiredScope").text(); status == 403 && !scope.empty()) {
    return {"The server does not allow its operator " + scope + ": " + message};
  }
  if (status == 401)
    return {
        message +
        " The server does not know this token (any more): is admin.json of an earlier run, or MILLRACE_OPERATOR_TOKEN of another server?"};
  if (!message.empty()) return {message};
  return {"The server answers " + std::to_string(status) + " and does not say why."};
}

}  // namespace

Answered read(engine::Result<ServerAnswer> answer) {
  Answered answered;
  if (!answer) {
    answered.problems = {answer.error().detail};
    return answered;
  }
  answered.status = answer->status;
  answered.document = JsonDocument::parse(answer->body);
  if (answer->status / 100 != 2) {
    answered.problems = refusal(answer->status, answered.root());
  } else if (!answered.document || !answered.root().is_object()) {
    answered.problems = {"The answer is no JSON object: is this a Millrace server?"};
  }
  return answered;
}

Answered get(OperatorServer& server, std::string_view target) { return read(server.get(target)); }

Answered post(OperatorServer& server, std::string_view target, std::string_view json) { return read(server.post(target, json)); }

int tell(const Answered& answered, std::ostream& err) {
  for (const auto& problem : answered.problems) err << problem << '\n';
  return kFailed;
}

int tell(const Command& command, const Answered& answered, std::ostream& err) {
  if (answered.status != 404) return tell(answered, err);
  err << "This server does not serve " << command.endpoint
      << ": it is of another version than this command line, or the feature is switched off.\n";
  return kFailed;
}

std::vector<std::string> in_option_names(const Command& command, std::vector<std::string> problems) {
  for (auto& problem : problems) {
    for (const auto& option : command.options) {
      if (option.parameter.empty()) continue;
      const auto named = "`" + std::string(option.parameter) + "`";
      if (const auto at = problem.find(named); at != std::string::npos) problem.replace(at, named.size(), "--" + std::string(option.name));
    }
  }
  return problems;
}

}  // namespace app::commands
