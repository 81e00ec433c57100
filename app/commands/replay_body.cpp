#include "app/commands/replay_body.h"

#include "app/commands/credential_body.h"
#include "engine/base/split_words.h"
#include "engine/net/http_syntax.h"

namespace app::commands {

namespace {

engine::Result<std::string> ids_json(std::string_view text) {
  std::string list = "[";
  for (const auto& word : engine::split_words(text)) {
    if (!engine::net::parse_decimal(word)) return engine::fail(engine::Errc::kMalformed, "--ids: \"" + std::string(word) + "\" is no id of a dead letter");
    list.append(list.size() > 1 ? "," : "").append(word);
  }
  return list + "]";
}

bool of_job(std::string_view option) { return option == "rate" || option == "reason" || option == "expect"; }

}  // namespace

engine::Result<std::string> replay_body(const Command& command, const Given& given, bool job) {
  Given selected = given;
  if (!job) std::erase_if(selected.values, [](const auto& value) { return of_job(value.first); });
  auto body = credential_body(command, selected);
  if (!body) return body.take_error();
  std::string more = "\"source\":";
  if (given.has("ids")) {
    auto ids = ids_json(given.text("ids"));
    if (!ids) return ids.take_error();
    more += "\"ids\",\"ids\":" + *ids;
  } else {
    more += given.on("history") ? "\"history\"" : "\"dead-letters\"";
  }
  if (body->size() > 2) more += ',';
  return body->insert(1, more);
}

}  // namespace app::commands
