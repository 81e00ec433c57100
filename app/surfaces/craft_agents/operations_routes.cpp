#include "app/surfaces/craft_agents/operations_routes.h"

#include "app/surfaces/craft_agents/handlers.h"
#include "app/surfaces/craft_agents/operations_shapes.h"

namespace app::craft_agents {

std::vector<trust::Route> operations_routes(const Service& service) {
  using engine::net::ParameterType;
  if (!service.rooms.operations) return {};
  return {
      serve(service, readiness,
            {.path = "/readiness",
             .summary = "Whether the service can do its work, as a score",
             .scopes = {.required = {"readiness:read"}},
             .response = shapes::readiness()}),
      serve(service, metrics,
            {.path = "/metrics",
             .summary = "Counters and gauges, and what they mean for reliability",
             .scopes = {.required = {"metrics:read"}},
             .key = "metrics.snapshot",
             .response = shapes::metrics()}),
      serve(
          service, incidents,
          {.path = "/incidents",
           .summary = "What is wrong now",
           .scopes = {.required = {"incidents:read"}},
           .key = "incidents.snapshot",
           .parameters = {{.name = "severity",
                           .type = ParameterType::kEnum,
                           .values = {"all", "warn", "critical"},
                           .default_text = "all",
                           .description = "Only incidents of this severity."},
                          {.name = "limit", .type = ParameterType::kInteger, .min = 1, .max = 200, .default_integer = 50, .description = "Incidents at most."}},
           .response = shapes::incidents(),
           .errors = {{400, "Invalid request"}}}),
      serve(service, lifecycle,
            {.path = "/lifecycle",
             .summary = "Which managed credentials deserve attention",
             .scopes = {.required = {"lifecycle:read"}},
             .key = "lifecycle.snapshot",
             .response = shapes::lifecycle()}),
      serve(service, diagnostics,
            {.path = "/diagnostics/bundle",
             .summary = "Everything to send along when asking for help, redacted",
             .scopes = {.required = {"diagnostics:read"}},
             .key = "diagnostics.bundle",
             .response = shapes::diagnostics()}),
      serve(service, adoption,
            {.path = "/adoption/metrics",
             .summary = "Whether credentials are used, and how soon after they were made",
             .scopes = {.required = {"adoption:read"}},
             .response = shapes::adoption()}),
  };
}

}  // namespace app::craft_agents
