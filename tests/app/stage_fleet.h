#pragma once
// Endpoints for a surface's stage: a fleet on its loop, over its store and log, whose receivers say 200.

#include "app/surfaces/admin/surface.h"
#include "delivery/fleet.h"
#include "tests/access/trust_stage.h"
#include "tests/app/surface_stage.h"

namespace test {

struct StageFleet {
  struct Receiver final : engine::net::Transport {
    engine::Task<engine::Result<engine::net::OutboundResponse>> post(engine::net::OutboundRequest request) override {
      urls.push_back(request.url->text());
      co_return engine::net::OutboundResponse{200, {}, ""};
    }
    std::vector<std::string> urls;
  };

  StageFleet(SurfaceStage& stage, trust::Vault& vault, trust::AuditLog& audit)
      : book(std::move(*delivery::EndpointBook::open({*stage.store, vault, audit, random, stage.timers}))),
        fleet(std::move(*delivery::Fleet::open({.loop = stage.loop.get_executor(), .blocking = stage.loop.get_executor(), .timers = stage.timers, .transport = receiver,
                                                .store = *stage.store, .log = stage.log, .book = *book, .dead_letters = *stage.letters},
                                               {}))) {}

  CountingRandom random;
  Receiver receiver;
  std::unique_ptr<delivery::EndpointBook> book;
  std::unique_ptr<delivery::Fleet> fleet;
  std::string problem;  ///< what owner_problem says
  app::admin::EndpointRooms rooms{*fleet, [this](const delivery::EndpointRecord&) { return problem; }};
};

}  // namespace test
