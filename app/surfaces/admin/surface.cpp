#include "app/surfaces/admin/surface.h"

#include "app/surfaces/admin/handlers.h"
#include "app/surfaces/craft_agents/envelope.h"

namespace app::admin {

namespace {

/// The envelope of the agents' dialect; an answer may name a form of its own.
class AdminEnvelope final : public trust::Surface {
 public:
  engine::net::Response refuse(const trust::Refusal& refusal, std::string_view request_id) const override { return envelope_.refuse(refusal, request_id); }
  void add_headers(engine::net::Response& response, std::string_view request_id, const trust::RateDecision*) const override {
    const auto own = engine::net::find_header(response.headers, "Content-Type");
    const std::string type(own.value_or(""));
    envelope_.add_headers(response, request_id, nullptr);
    if (type.empty()) return;
    std::erase_if(response.headers, [](const engine::net::Header& header) { return header.name == "Content-Type"; });
    response.headers.push_back({"Content-Type", type});
  }
  std::string request_id(const engine::net::Request& request) const override { return envelope_.request_id(request); }

 private:
  craft_agents::Envelope envelope_{false};
};

}  // namespace

struct AdminSurface::Parts {
  Parts(AdminRooms given, trust::GateSettings settings, std::shared_ptr<const trust::CredentialSet> operators, trust::RateLimiter& limiter)
      : rooms(std::move(given)), gate("/admin/v1", routes(rooms), std::move(settings), std::move(operators), limiter, envelope, rooms.clock) {}
  AdminRooms rooms;
  AdminEnvelope envelope;
  trust::Gate gate;
};

AdminSurface::AdminSurface(AdminRooms rooms, trust::GateSettings settings, std::shared_ptr<const trust::CredentialSet> operators, trust::RateLimiter& limiter)
    : parts_(std::make_unique<Parts>(std::move(rooms), std::move(settings), std::move(operators), limiter)) {}

AdminSurface::~AdminSurface() = default;

engine::Task<engine::net::Response> AdminSurface::handle(const engine::net::Request& request) { return parts_->gate.handle(request); }

trust::Gate& AdminSurface::gate() { return parts_->gate; }

}  // namespace app::admin
