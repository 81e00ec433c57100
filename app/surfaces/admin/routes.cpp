#include "app/surfaces/admin/handlers.h"

namespace app::admin {

namespace {

using engine::net::Method;
using engine::net::Parameter;
using engine::net::ParameterPlace;
using engine::net::ParameterType;
using engine::net::Shape;

Parameter field(std::string_view name, ParameterType type, std::string description) {
  return {.name = name, .type = type, .place = ParameterPlace::kBody, .description = std::move(description)};
}

/// What create and update have in common.
std::vector<Parameter> credential_fields() {
  std::vector<Parameter> fields{
      field("displayName", ParameterType::kString, "For people; the handle where empty."),
      field("description", ParameterType::kString, "What it is for."),
      field("owner", ParameterType::kString, "Who answers for it."),
      field("scopes", ParameterType::kList, "What it may do; the five basics where absent at creation."),
      field("webhookResourceTypes", ParameterType::kList, "Of entry, order, product, or *."),
      field("webhookActions", ParameterType::kList, "Of created, updated, deleted, or *."),
      field("ipAllowlist", ParameterType::kList, "Addresses and CIDRs it may come from; an empty list: anywhere."),
      field("forceHumanApproval", ParameterType::kBoolean, "No governed action without an approval."),
      field("approvalRecipients", ParameterType::kList, "E-mail addresses told of its approvals."),
      field("ttlDays", ParameterType::kInteger, "Days until it expires; 0: never expires; negative: no expiry."),
      field("expiryReminderDays", ParameterType::kInteger, "How many days before that it counts as expiring soon."),
  };
  return fields;
}

std::vector<Parameter> draft_fields() {
  auto fields = credential_fields();
  fields.insert(fields.begin(), {.name = "handle", .place = ParameterPlace::kBody, .required = true, .description = "Its name for good: a-z 0-9 : _ - . "});
  fields.push_back(field("token", ParameterType::kString, "A token of your own, at least 20 characters; one is made where absent."));
  return fields;
}

std::vector<Parameter> audit_parameters() {
  return {
      {.name = "category", .description = "Only this category."},
      {.name = "actorId", .description = "Only what this actor did."},
      {.name = "entityType", .description = "Only what was done to things of this type."},
      {.name = "entityId", .description = "Only what was done to this one."},
      {.name = "limit", .type = ParameterType::kInteger, .min = 1, .max = 1000, .default_integer = 100, .description = "Rows at most."},
      {.name = "before", .type = ParameterType::kInteger, .min = 1, .description = "Only rows older than this id."},
  };
}

}  // namespace

trust::Route serve(const AdminRooms& rooms, HandlerFunction handler, Method method, std::string_view path, std::string_view permission, std::string_view summary,
                   std::vector<Parameter> parameters) {
  trust::Route route;
  route.method = method;
  route.path = path;
  route.summary = summary;
  route.scopes.required = {permission};
  route.parameters = std::move(parameters);
  route.handler = [&rooms, handler](CallContext& call) { return handler(rooms, call); };
  return route;
}

std::vector<trust::Route> routes(const AdminRooms& rooms) {
  const auto get = Method::kGet, post = Method::kPost;
  std::vector<trust::Route> all{
      serve(rooms, list_credentials, get, "/credentials", "credentials:view", "Managed credentials"),
      serve(rooms, create_credential, post, "/credentials", "credentials:manage", "Make a credential; its token is in this answer only", draft_fields()),
      serve(rooms, show_credential, get, "/credentials/{id}", "credentials:view", "One credential, by id or handle"),
      serve(rooms, update_credential, post, "/credentials/{id}/update", "credentials:manage", "Change what is given", credential_fields()),
      serve(rooms, rotate_credential, post, "/credentials/{id}/rotate", "credentials:rotate", "A new token, in this answer only",
            {{.name = "overlapSeconds", .type = ParameterType::kInteger, .place = ParameterPlace::kBody, .min = 0,
              .max = trust::ManagedCredentials::kLongestOverlap.count(), .default_integer = 0, .description = "How long the old token still works."}}),
      serve(rooms, revoke_and_rotate_credential, post, "/credentials/{id}/revoke-and-rotate", "credentials:rotate", "End the old token and give a new one"),
      serve(rooms, revoke_credential, post, "/credentials/{id}/revoke", "credentials:revoke", "End its token"),
      serve(rooms, pause_credential, post, "/credentials/{id}/pause", "credentials:manage", "Refuse its token until it is resumed"),
      serve(rooms, resume_credential, post, "/credentials/{id}/resume", "credentials:manage", "End the pause"),
      serve(rooms, delete_credential, post, "/credentials/{id}/delete", "credentials:delete", "Remove it for good"),
      serve(rooms, list_audit, get, "/audit", "audit:read", "Audit log, newest first", audit_parameters()),
      serve(rooms, verify_audit, get, "/audit/verify", "audit:read", "Does the chain hold?"),
      serve(rooms, export_audit, get, "/audit/export", "audit:read", "Everything as JSON lines, oldest first",
            {{.name = "from", .type = ParameterType::kInteger, .min = 1, .default_integer = 1, .description = "First row id."},
             {.name = "limit", .type = ParameterType::kInteger, .min = 1, .max = 10'000, .default_integer = 10'000, .description = "Rows at most."}}),
  };
  if (rooms.desk) {
    for (auto& route : desk_routes(rooms)) all.push_back(std::move(route));
  }
  if (rooms.check_status) {
    all.push_back(serve(rooms, check_status, post, "/notifications/check", "operations:manage", "Run the status monitor now; may send notifications"));
  }
  if (rooms.prometheus) {
    all.push_back(serve(rooms, prometheus, get, "/metrics", "operations:read", "Metrics as Prometheus text"));
    all.back().absolute = true;
  }
  return all;
}

}  // namespace app::admin
