#include "app/commands/list_commands.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "app/commands/answers.h"
#include "app/commands/command_output.h"
#include "app/commands/record_text.h"

namespace app::commands {

namespace {

const std::vector<std::string_view> kStatuses{"live", "pending", "disabled", "expired", "all", "any"};

struct ListForm {
  std::string_view title;  ///< "Products"
  WriteRow row;            ///< behind "- "
};
struct ShowForm {
  std::string_view title;                     ///< "Order"
  std::vector<std::string_view> identifiers;  ///< options of which exactly one is given
  WriteRow record;
};

void write_meta(engine::JsonWriter& json, std::size_t count, const std::vector<std::string>& errors) {
  json.key("count").number_u64(count);
  json.key("errors").begin_array();
  for (const auto& error : errors) json.string(error);
  json.end_array();
}

/// Problems with what was given: lines, and with --json the payload beside them.
int refuse(const std::vector<std::string>& problems, std::string_view no_data, const Given& given, Streams to) {
  for (const auto& problem : problems) to.err << problem << '\n';
  if (!given.json) return kFailed;
  std::string payload;
  engine::JsonWriter json(payload);
  json.begin_object();
  json.key("data").raw(no_data);
  json.key("meta").begin_object();
  write_meta(json, 0, problems);
  json.end_object().end_object();
  to.out << pretty_json(payload);
  return kFailed;
}

std::string camel_case(std::string_view name) {
  std::string out;
  for (bool up = false; const char c : name) {
    if (c != '-') out += up && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    up = c == '-';
  }
  return out;
}

void write_filter(engine::JsonWriter& json, const Option& option, std::string_view value) {
  std::int64_t number = 0;
  const auto* end = value.data() + value.size();
  json.key(camel_case(option.name));
  if (option.kind == OptionKind::kFlag) {
    json.boolean(value == "1");
  } else if (value.empty()) {
    json.null();
  } else if (const auto [stop, bad] = std::from_chars(value.data(), end, number);
             bad == std::errc() && stop == end && !option.otherwise.empty() && option.values.empty()) {
    json.number(number);
  } else {
    json.string(value);
  }
}

/// The list payload; filters that the server does not repeat (products) are those of the command.
std::string list_payload(const Command& command, const Given& given, const JsonView& answer) {
  if (!answer.at("meta").null()) return payload_json(answer);
  std::string payload;
  engine::JsonWriter json(payload);
  json.begin_object();
  json.key("data").raw(answer.at("data").json());
  json.key("meta").begin_object();
  json.key("count").number_u64(answer.at("data").items().size());
  json.key("filters").begin_object();
  for (const auto& option : command.options) write_filter(json, option, value_of(option, given));
  json.end_object();
  json.key("errors").begin_array().end_array();
  json.end_object().end_object();
  return payload;
}

Run list(ListForm form) {
  return [form](const Command& command, const Given& given, OperatorServer& server, Streams to) {
    const auto answered = get(server, target(command, given, to.err));
    if (answered.status == 400) return refuse(in_option_names(command, answered.problems), "[]", given, to);
    if (!answered.good()) return tell(answered, to.err);
    if (given.json) {
      to.out << pretty_json(list_payload(command, given, answered.root()));
      return kFine;
    }
    const auto rows = answered.root().at("data").items();
    to.out << form.title << ": " << rows.size() << '\n';
    for (const auto& row : rows) {
      to.out << "- ";
      form.row(to.out, row);
    }
    return kFine;
  };
}

std::string one_identifier(const ShowForm& form) {
  std::string text = "Provide exactly one identifier:";
  for (const auto name : form.identifiers) text += (text.back() == ':' ? " --" : " or --") + std::string(name);
  return text + '.';
}

Run show(ShowForm form) {
  return [form = std::move(form)](const Command& command, const Given& given, OperatorServer& server, Streams to) {
    const auto named =
        std::count_if(form.identifiers.begin(), form.identifiers.end(), [&](auto name) { return !given.text(name).empty(); });
    if (named != 1) return refuse({one_identifier(form)}, "null", given, to);
    const auto answered = get(server, target(command, given, to.err));
    if (answered.status == 400) return refuse(in_option_names(command, answered.problems), "null", given, to);
    if (!answered.good()) return tell(answered, to.err);
    if (given.json) {
      to.out << pretty_json(payload_json(answered.root()));
    } else {
      form.record(to.out, answered.root().at("data"));
    }
    return kFine;
  };
}

Option limit() { return {.name = "limit", .help = "at most so many", .parameter = "limit", .otherwise = "50"}; }
Option status() {
  return {
      .name = "status", .help = "live, pending, disabled, expired or all", .parameter = "status", .otherwise = "live", .values = kStatuses};
}
Option search(std::string_view parameter) {
  return {.name = "search", .help = "words; each must begin a word of it", .parameter = parameter, .letter = 'q'};
}
Option resource_id() { return {.name = "resource-id", .help = "its id", .parameter = "id", .letter = 'i'}; }

}  // namespace

std::vector<Command> list_commands() {
  const ShowForm order{"Order", {"resource-id", "number"}, write_order};
  const ShowForm entry{"Entry", {"resource-id", "slug"}, write_entry};
  return {
      {.name = "product-list",
       .summary = "products",
       .endpoint = "/agents/v1/products",
       .options =
           {status(),
            search("q"),
            {.name = "sort", .help = "updatedAt, createdAt or title", .parameter = "sort", .otherwise = "updatedAt"},
            {.name = "low-stock", .help = "only those at or below the threshold", .parameter = "lowStock", .kind = OptionKind::kFlag},
            {.name = "low-stock-threshold", .help = "what counts as low", .parameter = "lowStockThreshold", .otherwise = "10"},
            limit()},
       .described = true,
       .run = list({"Products", write_product})},
      {.name = "order-list",
       .summary = "orders, newest first; e-mail addresses are redacted",
       .endpoint = "/agents/v1/orders",
       .options = {{.name = "status", .help = "handle of an order status, or all", .parameter = "status", .otherwise = "all"},
                   {.name = "last-days", .help = "created within so many days; 0: whenever", .parameter = "lastDays", .otherwise = "30"},
                   limit()},
       .described = true,
       .run = list({"Orders", write_order_line})},
      {.name = "order-show",
       .summary = "one order by --number or --resource-id; e-mail address and prices of lines are redacted",
       .endpoint = "/agents/v1/orders/show",
       .options = {{.name = "number", .help = "its number", .parameter = "number"}, resource_id()},
       .described = true,
       .run = show(order)},
      {.name = "entry-list",
       .summary = "entries",
       .endpoint = "/agents/v1/entries",
       .options = {{.name = "section", .help = "handle of the section", .parameter = "section"},
                   {.name = "type", .help = "handle of the type", .parameter = "type"},
                   status(),
                   search("search"),
                   limit()},
       .described = true,
       .run = list({"Entries", write_entry_line})},
      {.name = "entry-show",
       .summary = "one entry by --slug or --resource-id",
       .endpoint = "/agents/v1/entries/show",
       .options = {{.name = "slug", .help = "its slug", .parameter = "slug"},
                   resource_id(),
                   {.name = "section", .help = "of that section, where slugs repeat", .parameter = "section"}},
       .described = true,
       .run = show(entry)},
      {.name = "section-list",
       .summary = "sections",
       .endpoint = "/agents/v1/sections",
       .described = true,
       .run = list({"Sections", write_section})},
  };
}

}  // namespace app::commands
