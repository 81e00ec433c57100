#include "app/commands/managed_commands.h"

#include "app/commands/command_output.h"
#include "app/commands/credential_body.h"
#include "engine/net/http_syntax.h"

namespace app::commands {

int write_answer(const Managed& kind, const Command& command, const Given& given, const Answered& answered, Streams to) {
  if (!answered.good()) {
    for (const auto& problem : in_option_names(command, answered.problems)) to.err << problem << '\n';
    return kFailed;
  }
  const auto data = answered.root().at("data");
  const auto revealed = data.at(kind.revealed);
  if (given.json) {
    to.out << pretty_json(payload_json(answered.root()));
    if (!revealed.null()) to.err << kind.kept << '\n';
  } else if (!revealed.null()) {
    kind.reveal(revealed, to);
  } else {
    kind.whole(to.out, data);
  }
  return kFine;
}

std::string path_of(const Managed& kind, const Given& given, std::string_view action) {
  auto path = std::string(kind.path) + '/' + engine::net::percent_encode(given.text(kind.option));
  return action.empty() ? path : path + '/' + std::string(action);
}

Run list_of(Managed kind) {
  return [kind = std::move(kind)](const Command& command, const Given& given, OperatorServer& server, Streams to) {
    const auto answered = get(server, command.endpoint);
    if (!answered.good()) return tell(command, answered, to.err);
    if (given.json) {
      to.out << pretty_json(payload_json(answered.root()));
      return kFine;
    }
    const auto all = answered.root().at("data").items();
    to.out << kind.title << ": " << all.size() << '\n';
    for (const auto& one : all) kind.line(to.out, one);
    return kFine;
  };
}

Run show_one(Managed kind) {
  return [kind = std::move(kind)](const Command& command, const Given& given, OperatorServer& server, Streams to) {
    return write_answer(kind, command, given, get(server, path_of(kind, given)), to);
  };
}

Run create_one(Managed kind) {
  return [kind = std::move(kind)](const Command& command, const Given& given, OperatorServer& server, Streams to) {
    const auto body = credential_body(command, given);
    if (!body) return to.err << body.error().detail << '\n', kWrongUse;
    return write_answer(kind, command, given, post(server, command.endpoint, *body), to);
  };
}

Run act_on_one(Managed kind, std::string_view action) {
  return [kind = std::move(kind), action](const Command& command, const Given& given, OperatorServer& server, Streams to) {
    const auto body = credential_body(command, given);
    if (!body) return to.err << body.error().detail << '\n', kWrongUse;
    return write_answer(kind, command, given, post(server, path_of(kind, given, action), *body), to);
  };
}

Run delete_one(Managed kind, std::string_view before, std::string_view behind) {
  return [kind = std::move(kind), before, behind](const Command& command, const Given& given, OperatorServer& server, Streams to) {
    const auto answered = post(server, path_of(kind, given, "delete"), "{}");
    if (!answered.good() || given.json) return write_answer(kind, command, given, answered, to);
    to.out << before << given.text(kind.option) << behind << '\n';
    return kFine;
  };
}

}  // namespace app::commands
