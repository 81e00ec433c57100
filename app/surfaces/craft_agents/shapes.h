#pragma once
// The forms of this dialect's answers, for the route table. Descriptors are generated from them.

#include "engine/net/route.h"

namespace app::craft_agents {
struct Resource;
}

namespace app::craft_agents::shapes {

/// {ok, data, …more, requestId}
engine::net::Shape enveloped(engine::net::Shape data, std::vector<engine::net::Shape::Member> more = {});

engine::net::Shape health();
engine::net::Shape whoami();
engine::net::Shape changes();
engine::net::Shape lag();
engine::net::Shape checkpoint();
engine::net::Shape dead_letters();
engine::net::Shape replay();
engine::net::Shape capabilities();
engine::net::Shape openapi();
engine::net::Shape list(const Resource& resource);
engine::net::Shape show(const Resource& resource);
engine::net::Shape external_list(engine::net::Shape item);
engine::net::Shape external_show(engine::net::Shape item);
engine::net::Shape sections();
engine::net::Shape schema();
engine::net::Shape templates();
engine::net::Shape starter_packs();

/// "id:i title:s price:n? plan:o*": name and form of each member. i integer, n number, s text, b boolean, t timestamp, o object, O objects, S texts;
/// ? may be null, * may be absent. `all_optional`: every one may be absent (`fields` drops members). The names outlive the shape.
std::vector<engine::net::Shape::Member> fields(std::string_view notation, bool all_optional);

}  // namespace app::craft_agents::shapes
