#pragma once
// The inside of a Fleet. Only fleet*.cpp include this.

#include "delivery/fleet.h"

namespace delivery {

struct Fleet::Unit {
  Unit(std::string unit_name, const asio::any_io_executor& loop) : name(std::move(unit_name)), changed(loop) {}

  const std::string name;
  engine::WallTime created{};  // of one that operators made
  std::optional<Standard> standard;
  std::shared_ptr<EndpointInterests> interests;  // of one that operators made
  WakeSignal changed;
  bool again = false;    // on the loop: what runs is out of date
  bool removed = false;  // on the loop
  bool ended = true;     // on the loop: nobody tends it

  // Under the fleet's lock.
  std::shared_ptr<Dispatcher> dispatcher;
  DispatcherStats resting;       // where there is none; its counters are in `earlier`
  DispatcherStats earlier;       // counters of lives that have ended
  feed::Offset resting_needed;
};

struct Fleet::Turn {
  explicit Turn(Fleet& fleet) : fleet_(&fleet) { fleet.busy_ = true; }
  Turn(Turn&& other) noexcept : fleet_(std::exchange(other.fleet_, nullptr)) {}
  Turn& operator=(Turn&&) = delete;
  ~Turn() {
    if (!fleet_) return;
    fleet_->busy_ = false;
    fleet_->turns_.wake_all();
  }

 private:
  Fleet* fleet_;
};

}  // namespace delivery
