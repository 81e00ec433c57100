#include "app/surfaces/craft_agents/resources.h"

#include <algorithm>

#include "app/surfaces/craft_agents/projection.h"
#include "engine/net/validation.h"

namespace app::craft_agents {

namespace {

using engine::net::Parameter;
using engine::net::ParameterType;

constexpr std::string_view kHandlePattern = "^[a-zA-Z0-9_-]+$";
constexpr std::string_view kUidPattern = "^[a-zA-Z0-9-]+$";
constexpr std::string_view kCountryPattern = "^[a-zA-Z]{2}$";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_uid(std::string_view text) { return std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '-'; }); }
bool is_handle(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; });
}
bool is_country(std::string_view text) { return text.size() == 2 && is_letter(text[0]) && is_letter(text[1]); }

std::string any_is_all(std::string text) { return text.empty() || text == "any" ? "all" : text; }
std::string lower_status(std::string_view text) { return any_is_all(engine::net::ascii_lower(text)); }
/// Contract 9.6: lower case, other characters than a handle's dropped.
std::string status_handle(std::string_view text) {
  auto handle = engine::net::ascii_lower(text);
  std::erase_if(handle, [](char c) { return !is_letter(c) && !is_digit(c) && c != '-' && c != '_'; });
  return any_is_all(std::move(handle));
}
std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

ListParameter status(std::vector<std::string_view> values, std::string_view otherwise) {
  return {.declared = {.name = "status", .type = ParameterType::kEnum, .values = std::move(values), .aliases = {{"any", "all"}}, .default_text = otherwise},
          .use = Use::kStatus, .field = "status", .echo = "status"};
}
ListParameter live_status() { return status({"live", "pending", "disabled", "expired", "all"}, "live"); }

ListParameter search(std::string_view name = "q", std::string_view echo = "search") {
  return {.declared = {.name = name, .description = "Words; each must begin a word of the resource."}, .use = Use::kSearch, .echo = echo};
}

Parameter handle_parameter(std::string_view name) { return {.name = name, .type = ParameterType::kPattern, .pattern = kHandlePattern, .accepts = is_handle}; }
Parameter id_parameter(std::string_view name) { return {.name = name, .type = ParameterType::kInteger, .min = 1}; }

ListParameter text(std::string_view name) { return {.declared = {.name = name}, .field = name, .echo = name}; }
ListParameter handle(std::string_view name) { return {.declared = handle_parameter(name), .field = name, .echo = name}; }
ListParameter id_of(std::string_view name) { return {.declared = id_parameter(name), .field = name, .echo = name}; }

ShowParameter key(std::string_view name) { return {.declared = {.name = name}, .field = name}; }
ShowParameter handle_key(std::string_view name, std::string_view with = {}) { return {.declared = handle_parameter(name), .field = name, .with = with}; }
ShowParameter id_key() { return {.declared = id_parameter("id")}; }
ShowParameter uid_key() { return {.declared = {.name = "uid", .type = ParameterType::kPattern, .pattern = kUidPattern, .accepts = is_uid}, .field = "uid"}; }
ShowParameter narrow(std::string_view name) { return {.declared = id_parameter(name), .field = name}; }

Resource products() {
  return {
      .path = "/products", .name = "products", .item = "product", .title = "Product", .scope = "products:read", .commerce = true, .meta = false, .counted_cursors = true,
      .integers_first = false, .order = {feed::Sort::kUpdated, false},
      .parameters = {search(),
                     live_status(),
                     {.declared = {.name = "sort", .type = ParameterType::kEnum, .values = {"updatedAt", "createdAt", "title"}, .default_text = "updatedAt",
                                   .description = "Order of a full list; an incremental one has its own."},
                      .use = Use::kSort},
                     {.declared = {.name = "lowStock", .type = ParameterType::kBoolean, .description = "Only products whose stock is at or below the threshold; full lists only."},
                      .use = Use::kLowStock},
                     {.declared = {.name = "lowStockThreshold", .type = ParameterType::kInteger, .min = 0, .max = 1000000, .default_integer = 10},
                      .use = Use::kThreshold}},
      .list_fields = "id:i title:s slug:s uri:s type:s? status:s? updatedAt:t? url:s? hasUnlimitedStock:b totalStock:i?"};
}

Resource variants() {
  return {.path = "/variants", .name = "variants", .item = "variant", .title = "Variant", .scope = "variants:read", .commerce = true,
          .parameters = {live_status(), search(), text("sku"), id_of("productId")},
          .keys = {id_key(), key("sku")}, .extras = {narrow("productId")},
          .list_fields = "id:i productId:i? sku:s title:s status:s? isDefault:b enabled:b dateCreated:t? updatedAt:t? url:s? stock:i hasUnlimitedStock:b "
                         "isAvailable:b? product:o*",
          .detail_fields = "price:n? minQty:i? maxQty:i? isPromotable:b? weight:n? length:n? width:n? height:n?"};
}

Resource subscriptions() {
  return {.path = "/subscriptions", .name = "subscriptions", .item = "subscription", .title = "Subscription", .scope = "subscriptions:read", .commerce = true,
          .parameters = {status({"active", "expired", "suspended", "canceled", "all"}, "active"), search(), text("reference"), id_of("userId"), id_of("planId")},
          .keys = {id_key(), key("reference")},
          .list_fields = "id:i reference:s status:s? userId:i? planId:i? gatewayId:i? orderId:i? dateCreated:t? updatedAt:t?",
          .detail_fields = "nextPaymentDate:t? isCanceled:b isSuspended:b isExpired:b onTrial:b plan:o* subscriber:o*"};
}

Resource transfers() {
  auto any_status = handle("status");
  any_status.use = Use::kStatus;
  any_status.declared.default_text = "all";
  any_status.spelled = lower_status;
  return {.path = "/transfers", .name = "transfers", .item = "transfer", .title = "Transfer", .scope = "transfers:read", .commerce = true,
          .parameters = {std::move(any_status), search(), id_of("originLocationId"), id_of("destinationLocationId")},
          .keys = {id_key()},
          .list_fields = "id:i label:s status:s? originLocationId:i? destinationLocationId:i? dateCreated:t? updatedAt:t?",
          .detail_fields = "originLocation:o* destinationLocation:o* detailsCount:i*"};
}

Resource donations() {
  return {.path = "/donations", .name = "donations", .item = "donation", .title = "Donation", .scope = "donations:read", .commerce = true,
          .parameters = {live_status(), search(), text("sku")},
          .keys = {id_key(), key("sku")},
          .list_fields = "id:i sku:s title:s status:s? enabled:b availableForPurchase:b dateCreated:t? updatedAt:t? url:s?",
          .detail_fields = "price:n? salePrice:n? promotable:b freeShipping:b taxCategoryId:i? shippingCategoryId:i?"};
}

Resource orders() {
  return {.path = "/orders", .name = "orders", .item = "order", .title = "Order", .scope = "orders:read", .sensitive_scope = "orders:read_sensitive",
          .redaction = "redactEmail", .commerce = true, .order = {feed::Sort::kCreated, true},
          .parameters = {{.declared = {.name = "status", .default_text = "all", .lenient = true, .description = "Handle of an order status."},
                          .use = Use::kStatus, .field = "status", .echo = "status", .spelled = status_handle},
                         {.declared = {.name = "lastDays", .type = ParameterType::kInteger, .min = 0, .max = 3650,
                                       .description = "Created within so many days; 0: whenever. Default: 30, and 0 for an incremental list."},
                          .use = Use::kLastDays, .echo = "lastDays"}},
          .keys = {id_key(), key("number")},
          .list_fields = "id:i number:s reference:s email:s? emailRedacted:b status:s? statusName:s? isCompleted:b isPaid:b itemSubtotal:n? itemTotal:n? "
                         "totalTax:n? totalShippingCost:n? totalPrice:n? dateCreated:t? updatedAt:t?",
          .detail_fields = "lineItems:O"};
}

Resource entries() {
  return {.path = "/entries", .name = "entries", .item = "entry", .title = "Entry", .scope = "entries:read", .statuses_scope = "entries:read_all_statuses",
          .schema_of_show = false,
          .parameters = {live_status(), search("search"), search("q", ""), text("section"), text("type")},
          .unelevated = {{"status", "live"}, {"ownersLive", "1", false}},
          .keys = {id_key(), key("slug")}, .extras = {{.declared = {.name = "section"}, .field = "section", .with = "slug"}},
          .list_fields = "id:i title:s slug:s uri:s status:s? section:s? type:s? updatedAt:t? url:s?",
          .detail_fields = "postDate:t? expiryDate:t? dateCreated:t? dateUpdated:t? authorId:i? enabled:b"};
}

Resource assets() {
  return {.path = "/assets", .name = "assets", .item = "asset", .title = "Asset", .scope = "assets:read",
          .parameters = {search(), handle("volume"), handle("kind")},
          .keys = {id_key(), key("filename")}, .extras = {handle_key("volume")},
          .list_fields = "id:i title:s filename:s kind:s? mimeType:s? size:i? volume:s? folderId:i? uploaderId:i? status:s? updatedAt:t? url:s?",
          .detail_fields = "alt:s? extension:s dateModified:t? dateCreated:t? dateUpdated:t? height:i? width:i?"};
}

Resource grouped(std::string_view path, std::string_view name, std::string_view item, std::string_view title, std::string_view scope) {
  return {.path = path, .name = name, .item = item, .title = title, .scope = scope,
          .parameters = {search(), handle("group")},
          .keys = {id_key(), key("slug")}, .extras = {handle_key("group")},
          .list_fields = "id:i title:s slug:s uri:s group:s? status:s? updatedAt:t? url:s?",
          .detail_fields = "dateCreated:t? dateUpdated:t? enabled:b groupId:i?"};
}

Resource categories() {
  auto resource = grouped("/categories", "categories", "category", "Category", "categories:read");
  resource.always = {{"enabled", "1"}};
  return resource;
}

Resource global_sets() {
  return {.path = "/global-sets", .name = "globalsets", .item = "globalset", .title = "Global set", .scope = "globalsets:read",
          .parameters = {search()},
          .keys = {id_key(), handle_key("handle")},
          .list_fields = "id:i name:s handle:s status:s? updatedAt:t?",
          .detail_fields = "dateCreated:t? dateUpdated:t? sortOrder:i? enabled:b"};
}

Resource addresses() {
  return {.path = "/addresses", .name = "addresses", .item = "address", .title = "Address", .scope = "addresses:read",
          .sensitive_scope = "addresses:read_sensitive", .redaction = "redactSensitive", .feature = "addresses",
          .parameters = {search(), id_of("ownerId"),
                         {.declared = {.name = "countryCode", .type = ParameterType::kPattern, .pattern = kCountryPattern, .accepts = is_country},
                          .field = "countryCode", .echo = "countryCode", .spelled = upper},
                         text("postalCode")},
          .keys = {id_key(), uid_key()}, .extras = {narrow("ownerId")},
          .list_fields = "id:i title:s countryCode:s status:s? ownerId:i? updatedAt:t? sensitiveRedacted:b fullName:s? organization:s? postalCode:s? locality:s? "
                         "administrativeArea:s?",
          .detail_fields = "dateCreated:t? dateUpdated:t? fieldId:i? primaryOwnerId:i? sortOrder:i? firstName:s? lastName:s? organizationTaxId:s? addressLine1:s? "
                           "addressLine2:s? addressLine3:s? dependentLocality:s? sortingCode:s? latitude:s? longitude:s?"};
}

Resource content_blocks() {
  return {.path = "/content-blocks", .name = "contentblocks", .item = "contentblock", .title = "Content block", .scope = "contentblocks:read",
          .parameters = {search(), id_of("ownerId"), id_of("fieldId")},
          .keys = {id_key(), uid_key()}, .extras = {narrow("ownerId"), narrow("fieldId")},
          .list_fields = "id:i title:s fieldId:i? field:s? ownerId:i? primaryOwnerId:i? sortOrder:i? status:s? updatedAt:t?",
          .detail_fields = "dateCreated:t? dateUpdated:t? enabled:b"};
}

Resource users() {
  return {.path = "/users", .name = "users", .item = "user", .title = "User", .scope = "users:read", .sensitive_scope = "users:read_sensitive",
          .redaction = "redactEmail", .feature = "users",
          .parameters = {status({"active", "inactive", "pending", "suspended", "locked", "credentialed", "all"}, "active"), search(), text("group")},
          .keys = {id_key(), key("username")},
          .list_fields = "id:i username:s? status:s? admin:b active:b email:s? emailRedacted:b updatedAt:t?",
          .detail_fields = "dateCreated:t? dateUpdated:t? lastLoginDate:t? pending:b suspended:b locked:b credentialed:b groupHandles:S firstName:s? lastName:s? "
                           "unverifiedEmail:s? friendlyName:s?"};
}

bool is_integer(const Parameter& parameter) { return parameter.type == ParameterType::kInteger; }

}  // namespace

const std::vector<Resource>& resources() {
  static const std::vector<Resource> kResources{products(), variants(), subscriptions(), transfers(), donations(), orders(), entries(), assets(), categories(),
                                                grouped("/tags", "tags", "tag", "Tag", "tags:read"), global_sets(), addresses(), content_blocks(), users()};
  return kResources;
}

Parameter limit_parameter() {
  return {.name = "limit", .type = ParameterType::kInteger, .min = 1, .max = 200, .default_integer = 50,
          .range_message = "Query parameter `limit` must be between 1 and 200", .description = "Items per page."};
}

std::vector<Parameter> projection_parameters() {
  return {{.name = "fields", .check = check_fields, .description = "Comma-separated dot paths; only these parts of each item are returned."},
          {.name = "filter", .check = check_filter,
           .description = "Comma-separated `path:value` expressions that all hold. `~value` contains, `*` stands for any characters."}};
}

std::vector<Parameter> window_parameters() {
  return {{.name = "updatedSince", .type = ParameterType::kTimestamp, .late = true, .ignored_with = "cursor",
           .description = "Only resources changed at or after this instant."},
          {.name = "cursor", .late = true, .description = "`page.nextCursor` or `page.resumeCursor` of an earlier answer."}};
}

std::vector<Parameter> list_parameters(const Resource& resource) {
  std::vector<Parameter> declared{limit_parameter()};
  for (const auto& parameter : resource.parameters) declared.push_back(parameter.declared);
  if (resource.integers_first) std::stable_partition(declared.begin(), declared.end(), is_integer);
  for (auto& parameter : projection_parameters()) declared.push_back(std::move(parameter));
  for (auto& parameter : window_parameters()) declared.push_back(std::move(parameter));
  return declared;
}

std::vector<Parameter> show_parameters(const Resource& resource) {
  std::vector<Parameter> declared;
  for (const auto& parameter : resource.keys) declared.push_back(parameter.declared);
  for (const auto& parameter : resource.extras) declared.push_back(parameter.declared);
  std::stable_partition(declared.begin(), declared.end(), is_integer);
  return declared;
}

}  // namespace app::craft_agents
