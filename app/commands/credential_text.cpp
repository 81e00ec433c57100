#include "app/commands/credential_text.h"

#include <string>

#include "app/commands/command_output.h"

namespace app::commands {

namespace {

std::string joined(const JsonView& list, std::string_view none) {
  std::string out;
  for (const auto& text : list.texts()) out.append(out.empty() ? "" : ", ").append(one_line(text));
  return out.empty() ? std::string(none) : out;
}

std::string expiry(const JsonView& credential) {
  const auto at = shown(credential, "expiresAt");
  if (at.empty()) return shown(credential, "expiryStatus") == "never" ? "never" : "no expiry set";
  const bool over = shown(credential, "expiryStatus") == "expired";
  return at + (over ? " (over)" : " (in " + shown(credential, "expiresInDays") + " days)");
}

std::string last_use(const JsonView& credential) {
  const auto at = shown(credential, "lastUsedAt");
  return at.empty() ? "never" : at + " from " + shown(credential, "lastUsedIp");
}

std::string interests(const JsonView& credential) {
  const auto wanted = credential.at("webhookSubscriptions");
  if (!wanted.at("active").truth()) return "no interests";
  return joined(wanted.at("resourceTypes"), "any type") + "; " + joined(wanted.at("actions"), "any action");
}

}  // namespace

void write_credential_line(std::ostream& out, const JsonView& credential) {
  out << "- #" << shown(credential, "id") << ' ' << shown(credential, "handle") << " (" << shown(credential, "displayName")
      << ") mode=" << shown(credential, "mode") << " scopes=" << credential.at("scopes").items().size()
      << " token=" << shown(credential, "tokenPrefix") << "… expires=" << expiry(credential) << " used=" << last_use(credential) << '\n';
}

void write_credential(std::ostream& out, const JsonView& credential) {
  out << "Credential " << shown(credential, "handle") << " (#" << shown(credential, "id") << ")\n";
  out << "Name: " << shown(credential, "displayName") << '\n';
  out << "Description: " << shown(credential, "description") << '\n';
  out << "Owner: " << shown(credential, "owner") << '\n';
  out << "Mode: " << shown(credential, "mode") << '\n';
  out << "Token: " << shown(credential, "tokenPrefix") << "…\n";
  out << "Scopes: " << joined(credential.at("scopes"), "none") << '\n';
  out << "Webhooks: " << interests(credential) << '\n';
  out << "Allowed from: " << joined(credential.at("ipAllowlist"), "anywhere") << '\n';
  out << "Human approval: " << (credential.at("forceHumanApproval").truth() ? "always" : "as the policies say") << '\n';
  out << "Approvals go to: " << joined(credential.at("approvalRecipients"), "the common recipients") << '\n';
  out << "Expires: " << expiry(credential) << '\n';
  out << "Rotated: " << shown(credential, "rotatedAt") << '\n';
  out << "Last used: " << last_use(credential) << '\n';
}

}  // namespace app::commands
