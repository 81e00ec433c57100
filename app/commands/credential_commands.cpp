#include "app/commands/credential_commands.h"

#include "app/commands/command_output.h"
#include "app/commands/credential_text.h"
#include "app/commands/managed_commands.h"

namespace app::commands {

namespace {

constexpr std::string_view kCredentials = "/admin/v1/credentials";

/// The only moment at which a token is seen: alone on `out`, so that a pipe can take it; the warning beside it.
void write_token(const JsonView& revealed, Streams to) {
  to.out << revealed.at("token").text() << '\n';
  to.err << "Credential " << shown(revealed, "handle") << " (#" << shown(revealed, "id") << ") " << shown(revealed, "action")
         << ". Its token was printed to standard output, once: keep it now, nothing can show it again.\n";
}

Managed kind() {
  return {kCredentials, "credential", "Credentials", "revealedCredential", "This holds a token that nothing can show again.", write_token, write_credential_line, write_credential};
}

int rotate(const Command& command, const Given& given, OperatorServer& server, Streams to) {
  return act_on_one(kind(), given.on("revoke") ? "revoke-and-rotate" : "rotate")(command, given, server, to);
}

Option which() { return {.name = "credential", .help = "its handle or id", .kind = OptionKind::kPositional}; }

/// What create and update have in common.
std::vector<Option> profile_options() {
  return {
      {.name = "display-name", .help = "for people; the handle where empty", .parameter = "displayName"},
      {.name = "description", .help = "what it is for", .parameter = "description"},
      {.name = "owner", .help = "who answers for it", .parameter = "owner"},
      {.name = "scopes",
       .help = "what it may do, separated by commas; the five basics where not given at creation",
       .parameter = "scopes",
       .kind = OptionKind::kList},
      {.name = "webhook-types",
       .help = "of entry, order, product, or *: what it wants webhooks for",
       .parameter = "webhookResourceTypes",
       .kind = OptionKind::kList},
      {.name = "webhook-actions", .help = "of created, updated, deleted, or *", .parameter = "webhookActions", .kind = OptionKind::kList},
      {.name = "ip-allowlist",
       .help = "addresses and CIDRs it may come from; none: anywhere",
       .parameter = "ipAllowlist",
       .kind = OptionKind::kList},
      {.name = "ttl-days",
       .help = "days until it expires; 0: never expires; negative: no expiry",
       .parameter = "ttlDays",
       .kind = OptionKind::kWhole},
      {.name = "expiry-reminder-days",
       .help = "how many days before that it counts as expiring soon",
       .parameter = "expiryReminderDays",
       .kind = OptionKind::kWhole},
      {.name = "force-human-approval",
       .help = "no governed action without an approval (=0 takes it back)",
       .parameter = "forceHumanApproval",
       .kind = OptionKind::kFlag},
      {.name = "approval-recipients",
       .help = "e-mail addresses told of its approvals",
       .parameter = "approvalRecipients",
       .kind = OptionKind::kList}};
}

std::vector<Option> create_options() {
  auto options = profile_options();
  options.insert(options.begin(),
                 {.name = "handle", .help = "its name for good: a-z 0-9 : _ - .", .parameter = "handle", .kind = OptionKind::kPositional});
  options.push_back({.name = "token-file",
                     .help = "a token of your own, at least 20 characters; \"-\": standard input. One is made where not given",
                     .parameter = "token",
                     .kind = OptionKind::kFile});
  return options;
}

std::vector<Option> update_options() {
  auto options = profile_options();
  options.insert(options.begin(), which());
  return options;
}

}  // namespace

std::vector<Command> credential_commands() {
  const Option overlap{.name = "overlap-seconds",
                       .help = "how long the old token stays good beside the new one",
                       .parameter = "overlapSeconds",
                       .kind = OptionKind::kWhole};
  const Option revoke{.name = "revoke", .help = "the old token is to be distrusted: recorded as revoked", .kind = OptionKind::kFlag};
  return {
      {.name = "credentials list", .summary = "managed credentials", .endpoint = kCredentials, .run = list_of(kind())},
      {.name = "credentials show", .summary = "one of them", .endpoint = kCredentials, .options = {which()}, .run = show_one(kind())},
      {.name = "credentials create",
       .summary = "a new one; prints its token, once",
       .endpoint = kCredentials,
       .options = create_options(),
       .run = create_one(kind())},
      {.name = "credentials update",
       .summary = "changes what is given and nothing else",
       .endpoint = kCredentials,
       .options = update_options(),
       .run = act_on_one(kind(), "update")},
      {.name = "credentials rotate",
       .summary = "a new token; prints it, once",
       .endpoint = kCredentials,
       .options = {which(), overlap, revoke},
       .run = rotate},
      {.name = "credentials revoke",
       .summary = "its token is good for nothing from now on",
       .endpoint = kCredentials,
       .options = {which()},
       .run = act_on_one(kind(), "revoke")},
      {.name = "credentials pause",
       .summary = "its token is refused until it is resumed",
       .endpoint = kCredentials,
       .options = {which()},
       .run = act_on_one(kind(), "pause")},
      {.name = "credentials resume", .summary = "takes a pause back", .endpoint = kCredentials, .options = {which()}, .run = act_on_one(kind(), "resume")},
      {.name = "credentials delete",
       .summary = "removes it for good; the audit log keeps its handle",
       .endpoint = kCredentials,
       .options = {which()},
       .run = delete_one(kind(), "Credential ", " deleted.")},
  };
}

}  // namespace app::commands
