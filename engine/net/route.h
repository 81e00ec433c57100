#pragma once
// HTTP is declared, not coded twice: a route is one value. The router dispatches from it, validation.h checks requests
// against it, and every descriptor is generated from it.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/net/http.h"
#include "engine/runtime/asio.h"

namespace engine::net {

enum class ParameterType : std::uint8_t { kInteger, kBoolean, kEnum, kPattern, kString, kTimestamp, kList, kJson };
enum class ParameterPlace : std::uint8_t { kQuery, kPath, kBody };

/// Appends a message per problem found in a trimmed, non-empty value.
using ValueCheck = std::function<void(std::string_view value, std::vector<std::string>& problems)>;

/// One parameter of a route. Texts are literals or outlive the table. Declared order is the order of the problems.
/// kList: texts separated by commas or white space, several "x[]=…", or a body's array of texts; kJson: any JSON value of a body, as text.
struct Parameter {
  std::string_view name;
  ParameterType type = ParameterType::kString;
  ParameterPlace place = ParameterPlace::kQuery;

  std::vector<std::string_view> values{};  ///< kEnum: what is allowed, canonical spelling; matched without regard to case
  std::vector<std::pair<std::string_view, std::string_view>> aliases{};  ///< accepted spelling -> canonical value
  std::optional<std::int64_t> min{};       ///< kInteger, inclusive
  std::optional<std::int64_t> max{};
  std::optional<std::int64_t> default_integer{};
  std::optional<std::string_view> default_text{};
  bool required = false;                   ///< published only; a handler words its own refusal
  bool lenient = false;                    ///< never refused: an unreadable or too small integer gives the default, a too large one `max`;
                                           ///< other types are handed over as sent
  bool late = false;                       ///< looked at only when every other parameter was fine; the first late problem ends the check
  std::string_view ignored_with{};         ///< not checked (and not given) when the parameter of this name is given
  std::string_view pattern{};              ///< kPattern: the published expression; `accepts` decides
  bool (*accepts)(std::string_view) = nullptr;
  ValueCheck check{};                      ///< kString, kList: a grammar of its own, over the whole text
  std::string_view range_message{};        ///< instead of the standard text for an integer outside [min, max]
  std::string description{};
};

/// Which permissions a route asks for. The names mean nothing to this folder.
struct ScopeRule {
  std::vector<std::string_view> required{};      ///< all of them ...
  std::vector<std::string_view> alternatives{};  ///< ... or any one of these
  std::vector<std::string_view> optional{};      ///< change the content, never refuse
};

/// The form that a member of the body takes for one kind of request, where kinds differ. Published only.
struct PayloadForm {
  std::string_view kind;                 ///< what the caller sends to ask for it
  std::string_view scope{};              ///< the permission this kind needs
  std::string_view description{};
  std::vector<Parameter> members{};
};

/// The form of a JSON answer, enough for a JSON Schema.
struct Shape {
  enum class Kind : std::uint8_t { kAny, kObject, kMap, kArray, kString, kInteger, kNumber, kBoolean, kTimestamp };
  struct Member;
  Kind kind = Kind::kAny;
  bool nullable = false;
  std::vector<Member> members;                 ///< kObject
  std::vector<Shape> item;                     ///< kArray, kMap: one
  std::vector<std::string_view> values;        ///< kString: allowed values

  static Shape any();
  static Shape text();
  static Shape one_of(std::vector<std::string_view> values);
  static Shape integer();
  static Shape number();
  static Shape boolean();
  static Shape timestamp();
  static Shape object(std::vector<Member> members);
  static Shape array(Shape item);
  static Shape map(Shape item);
  Shape or_null() const;

 private:
  static Shape of(Kind kind);
};

struct Shape::Member {
  std::string_view name;
  Shape shape;
  bool required = true;
};

/// Appends the shape as a JSON Schema (2020-12, as OpenAPI 3.1 uses it).
void append_json_schema(std::string& out, const Shape& shape);

/// Everything about a route but its handler.
struct Route {
  Method method = Method::kGet;              ///< kGet serves HEAD too
  std::string_view path;                     ///< below the base path; "{name}" stands for one segment
  std::string_view summary{};
  ScopeRule scopes{};
  std::string_view feature{};                ///< name of the flag that switches it; empty: always on
  std::string_view key{};                    ///< short name under which descriptors file it ("entries.list"); empty: by path only
  std::vector<Parameter> parameters{};
  std::vector<PayloadForm> payloads{};       ///< kinds whose payload has a known form
  std::vector<std::string_view> identifiers{};  ///< parameters of which exactly one must be given
  Shape response{};
  std::vector<std::pair<int, std::string_view>> errors{};  ///< statuses of its own and what they say; the pipeline's come on top
  std::string_view alias_of{};               ///< another name of this path: served, and listed only as an alias
  bool absolute = false;                     ///< `path` stands alone, not below the base path
  bool deprecated = false;
  std::string_view replaced_by{};

  bool reads() const { return method == Method::kGet; }
};

/// A route as one value: the declaration and the function that answers. `Call` is what the pipeline hands to handlers.
template <class Call, class Reply>
struct ServedRoute : Route {
  std::function<Task<Reply>(Call&)> handler;
};

}  // namespace engine::net
