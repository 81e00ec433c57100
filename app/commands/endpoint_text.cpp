#include "app/commands/endpoint_text.h"

#include <string>

#include "app/commands/command_output.h"

namespace app::commands {

namespace {

std::string joined(const JsonView& list, std::string_view none) {
  std::string out;
  for (const auto& item : list.items()) out.append(out.empty() ? "" : ", ").append(one_line(item.text()));
  return out.empty() ? std::string(none) : out;
}

std::string state(const JsonView& endpoint) {
  if (endpoint.at("standard").truth()) return "configured";
  if (!endpoint.at("ownerUsable").truth()) return shown(endpoint, "state") + " (its credential may not be told)";
  const auto reason = shown(endpoint, "stateReason");
  return shown(endpoint, "state") + (reason.empty() ? "" : " (" + reason + ")");
}

}  // namespace

void write_endpoint_line(std::ostream& out, const JsonView& endpoint) {
  const auto progress = endpoint.at("progress");
  out << "- " << shown(endpoint, "name") << " -> " << shown(endpoint, "url") << " state=" << state(endpoint) << " lag=" << shown(progress, "lag")
      << " parked=" << shown(progress, "parked") << " circuit=" << shown(progress, "circuit") << " delivered=" << shown(progress, "delivered")
      << " failed=" << shown(progress, "failed") << '\n';
}

void write_endpoint(std::ostream& out, const JsonView& endpoint) {
  const auto progress = endpoint.at("progress");
  out << "Endpoint " << shown(endpoint, "name") << '\n';
  out << "URL: " << shown(endpoint, "url") << '\n';
  out << "State: " << state(endpoint) << '\n';
  if (!endpoint.at("standard").truth()) {
    out << "Owner: " << shown(endpoint, "owner") << '\n';
    out << "Description: " << shown(endpoint, "description") << '\n';
    out << "Wants: " << joined(endpoint.at("resourceTypes"), "any type") << "; " << joined(endpoint.at("actions"), "any action") << "; "
        << joined(endpoint.at("where"), "any document") << '\n';
    out << "Form: " << shown(endpoint, "form") << (endpoint.at("standardHeaders").truth() ? ", with Standard Webhooks headers" : "") << '\n';
    if (!endpoint.at("publicKey").null()) out << "Public key: " << shown(endpoint, "publicKey") << '\n';
    out << "Headers: " << joined(endpoint.at("headers"), "none of its own") << '\n';
    out << "Limits: " << shown(endpoint, "timeoutSeconds") << " s per attempt, " << shown(endpoint, "concurrency") << " at once, "
        << (shown(endpoint, "ratePerMinute") == "0" ? "any rate" : shown(endpoint, "ratePerMinute") + " a minute") << '\n';
    out << "Attempts: " << shown(endpoint, "maxAttempts") << ", waits " << joined(endpoint.at("retrySchedule"), "by the default schedule") << '\n';
    out << "Secrets: " << endpoint.at("secrets").items().size() << " live\n";
  }
  out << "Cursor: " << shown(progress, "cursor") << ", " << shown(progress, "lag") << " changes behind, " << shown(progress, "oldestAgeSeconds") << " s old\n";
  out << "Deliveries: " << shown(progress, "delivered") << " delivered, " << shown(progress, "failed") << " failed attempts, " << shown(progress, "parked")
      << " parked, " << shown(progress, "deadLetters") << " given up, last number " << shown(progress, "sequence") << '\n';
  out << "Circuit: " << shown(progress, "circuit") << ", " << shown(progress, "concurrency") << " attempts at once now\n";
}

void write_seek(std::ostream& out, const JsonView& plan) {
  const bool done = plan.at("done").truth();
  const auto count = std::string(plan.at("exact").truth() ? "" : "at least ") + shown(plan, "deliveries");
  out << "Endpoint " << shown(plan, "name") << (done ? " moved" : " would move") << " from " << shown(plan, "from") << " to " << shown(plan, "to") << ": "
      << shown(plan, "changes") << " changes, " << count << " deliveries " << shown(plan, "effect") << ".\n";
  if (!done) out << "Nothing was moved. Say --confirm " << shown(plan, "deliveries") << " to do it.\n";
}

}  // namespace app::commands
