#include "app/surfaces/admin/handlers.h"
#include "delivery/endpoint_book.h"

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

/// What create and update have in common.
std::vector<Parameter> endpoint_fields() {
  const auto whole = [](std::string_view name, std::int64_t min, std::int64_t max, std::string description) {
    Parameter parameter = field(name, ParameterType::kInteger, std::move(description));
    parameter.min = min;
    parameter.max = max;
    return parameter;
  };
  return {
      field("description", ParameterType::kString, "What it is for."),
      field("resourceTypes", ParameterType::kList, "Of entry, order, product, or * for these three; an empty list: the same. Further types of the feed by name: asset, user, retour.redirects, …"),
      field("actions", ParameterType::kList, "Of created, updated, deleted, or *; an empty list: all."),
      field("where", ParameterType::kList, "Tests on the document's fields, all of which hold: section=news|blog, status!=live, slug^=sale-, totalPrice>100, totalPrice<5, section?."),
      field("form", ParameterType::kString, "contract, standard-webhooks or cloudevents."),
      field("standardHeaders", ParameterType::kBoolean, "webhook-id, webhook-timestamp and webhook-signature too."),
      field("asymmetric", ParameterType::kBoolean, "A v1a (ed25519) signature among them; its public key is shown, the private one never leaves."),
      field("headers", ParameterType::kList, "NAME:VALUE, sent with each attempt; at most 16."),
      whole("timeoutSeconds", 1, 60, "For the whole exchange."),
      whole("concurrency", 1, 1024, "Attempts in flight at once at most."),
      whole("ratePerMinute", 0, 6'000'000, "Attempts a minute at most; 0: no bound."),
      whole("burst", 1, 100'000, "How many of them at once."),
      whole("maxAttempts", 1, 20, "Attempts before a delivery becomes a dead letter."),
      field("retrySchedule", ParameterType::kList, "Texts of whole seconds: the bound of the wait after each failed attempt; the last one goes on."),
      whole("maxAgeSeconds", 60, 2'592'000, "How long a failing endpoint may hold a delivery back."),
  };
}

std::vector<Parameter> endpoint_draft_fields() {
  auto fields = endpoint_fields();
  fields.insert(fields.begin(), {{.name = "name", .place = ParameterPlace::kBody, .required = true, .description = "Its name for good: 1 to 64 of a-z 0-9 _ -"},
                                 {.name = "owner", .place = ParameterPlace::kBody, .required = true, .description = "Handle of the credential it belongs to, for good."},
                                 {.name = "url", .place = ParameterPlace::kBody, .required = true, .description = "Where it is posted to."}});
  fields.push_back(field("secret", ParameterType::kString, "A signing secret of your own, 20 to 512 characters; one is made where absent."));
  return fields;
}

std::vector<Parameter> endpoint_edit_fields() {
  auto fields = endpoint_fields();
  fields.insert(fields.begin(), field("url", ParameterType::kString, "Where it is posted to."));
  return fields;
}

std::vector<trust::Route> endpoint_routes(const AdminRooms& rooms) {
  const auto get = Method::kGet, post = Method::kPost;
  const Parameter confirm{.name = "confirm", .type = ParameterType::kInteger, .place = ParameterPlace::kBody, .min = 0,
                          .description = "How many deliveries you have seen to be concerned; without it nothing is moved and the count is answered."};
  return {
      serve(rooms, list_endpoints, get, "/endpoints", "endpoints:view", "Receivers of webhooks and how far they are"),
      serve(rooms, create_endpoint, post, "/endpoints", "endpoints:manage", "Make an endpoint; its secret is in this answer only", endpoint_draft_fields()),
      serve(rooms, show_endpoint, get, "/endpoints/{name}", "endpoints:view", "One of them"),
      serve(rooms, update_endpoint, post, "/endpoints/{name}/update", "endpoints:manage", "Change what is given", endpoint_edit_fields()),
      serve(rooms, pause_endpoint, post, "/endpoints/{name}/pause", "endpoints:manage", "Send it nothing, keep everything",
            {field("reason", ParameterType::kString, "Why, for people.")}),
      serve(rooms, resume_endpoint, post, "/endpoints/{name}/resume", "endpoints:manage", "Go on where it stands"),
      serve(rooms, rotate_endpoint_secret, post, "/endpoints/{name}/rotate-secret", "endpoints:manage", "A new secret, in this answer only",
            {{.name = "overlapSeconds", .type = ParameterType::kInteger, .place = ParameterPlace::kBody, .min = 0, .max = delivery::EndpointBook::kLongestOverlap.count(),
              .default_integer = 0, .description = "How long the former ones still sign beside it."}}),
      serve(rooms, delete_endpoint, post, "/endpoints/{name}/delete", "endpoints:manage", "Remove it and what it is owed; dead letters stay"),
      serve(rooms, seek_endpoint, post, "/endpoints/{name}/seek", "endpoints:seek", "Move it to now, an offset or a time",
            {{.name = "to", .place = ParameterPlace::kBody, .required = true, .description = "now, an offset, or a time like 2026-01-31T12:00:00Z."}, confirm}),
  };
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
  if (rooms.endpoints) {
    for (auto& route : endpoint_routes(rooms)) all.push_back(std::move(route));
  }
  if (rooms.desk) {
    for (auto& route : desk_routes(rooms)) all.push_back(std::move(route));
  }
  if (rooms.check_status) {
    all.push_back(serve(rooms, check_status, post, "/notifications/check", "operations:manage", "Run the status monitor now; may send notifications"));
  }
  if (rooms.webhook_desk) {
    const Parameter which{.name = "endpoint", .description = "Name of the endpoint; none: the configured webhook."};
    Parameter which_sent = which;
    which_sent.place = ParameterPlace::kBody;
    all.push_back(serve(rooms, show_probe, get, "/webhooks/probe", "operations:read", "Runs of an endpoint's probe, and when the next may be", {which}));
    all.push_back(serve(rooms, run_probe, post, "/webhooks/probe", "operations:manage", "Send one signed probe to an endpoint's live URL; once in five minutes", {which_sent}));
    all.push_back(serve(rooms, show_sink, get, "/webhooks/test-sink", "operations:read", "What the development test sink has captured"));
    all.push_back(serve(rooms, clear_sink, post, "/webhooks/test-sink/clear", "operations:manage", "Remove every capture"));
    all.push_back(serve(rooms, test_sink, post, "/webhooks/test-sink/test", "operations:manage", "Send a test event to the sink through an endpoint's real delivery path", {which_sent}));
  }
  if (rooms.prometheus) {
    all.push_back(serve(rooms, prometheus, get, "/metrics", "operations:read", "Metrics as Prometheus text"));
    all.back().absolute = true;
  }
  return all;
}

}  // namespace app::admin
