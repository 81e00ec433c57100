#include "app/commands/desk_options.h"

namespace app::commands {

std::vector<Option> dead_letter_options() {
  return {
      {.name = "endpoint", .help = "only those of this endpoint", .parameter = "endpoint"},
      {.name = "resource-type", .help = "only those about this type, such as entry, order, product", .parameter = "resourceType"},
      {.name = "resource-id", .help = "only those about the resource with this id", .parameter = "resourceId"},
      {.name = "action", .help = "created, updated or deleted", .parameter = "action"},
      {.name = "cause", .help = "status, timed_out, unreachable, not_http, denied or lost", .parameter = "cause"},
      {.name = "status", .help = "failed, queued or delivered", .parameter = "status"},
      {.name = "since", .help = "from this instant on, such as 2026-03-04T10:00:00Z", .parameter = "since"},
      {.name = "before", .help = "up to this instant, not included", .parameter = "before"},
  };
}

std::vector<Option> page_options() {
  return {{.name = "limit", .help = "at most so many", .parameter = "limit", .otherwise = "50"},
          {.name = "cursor", .help = "goes on behind an earlier page", .parameter = "cursor"}};
}

std::vector<Option> joined(std::vector<Option> first, const std::vector<Option>& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

int refuse(const Command& command, const Answered& answered, Streams to) {
  for (const auto& problem : in_option_names(command, answered.problems)) to.err << problem << '\n';
  return kFailed;
}

void tell_next(const JsonView& answer, std::ostream& out) {
  if (const auto next = answer.at("meta").at("next").text(); !next.empty()) out << "More: --cursor=" << next << '\n';
}

}  // namespace app::commands
