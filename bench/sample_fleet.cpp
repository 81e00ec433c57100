#include "bench/sample_fleet.h"

namespace bench {
namespace {

const trust::Actor kActor{"system", "system:bench", "", ""};

}  // namespace

using engine::Result;

Result<std::unique_ptr<SampleFleet>> SampleFleet::open(SampleLog& sample) {
  std::unique_ptr<SampleFleet> made(new SampleFleet(sample));
  auto vault = trust::Vault::open(sample.store(), engine::Secret(std::string(32, 'k')), {}, made->random_);
  if (!vault) return vault.take_error();
  made->vault_ = std::move(*vault);
  auto audit = trust::AuditLog::open(sample.store(), *made->vault_, sample.timers());
  if (!audit) return audit.take_error();
  made->audit_ = std::move(*audit);
  auto letters = delivery::DeadLetters::open(sample.store(), sample.timers());
  if (!letters) return letters.take_error();
  made->letters_ = std::move(*letters);
  auto book = delivery::EndpointBook::open({sample.store(), *made->vault_, *made->audit_, made->random_, sample.timers()});
  if (!book) return book.take_error();
  made->book_ = std::move(*book);
  engine::net::DialPolicy policy;
  policy.allow_private = true;
  made->client_.emplace(made->loop_.executor(0), sample.timers(), policy);
  return made;
}

Result<void> SampleFleet::add(const std::string& name, std::uint16_t port, delivery::EndpointEdit edit, std::optional<feed::Offset> from) {
  auto made = book_->create({name, "bench", "http://127.0.0.1:" + std::to_string(port) + "/" + name, engine::Secret(kFleetSecret)}, edit, from.value_or(sample_.log().high_watermark()), kActor);
  if (!made) return made.take_error();
  return engine::ok();
}

Result<void> SampleFleet::clear() {
  for (const auto& record : book_->list()) {
    if (auto removed = book_->remove(record.name, kActor); !removed) return removed;
  }
  return engine::ok();
}

Result<void> SampleFleet::start() {
  delivery::Fleet::Rooms rooms{.loop = loop_.executor(0), .blocking = pool_.get_executor(), .timers = sample_.timers(), .transport = *client_, .store = sample_.store(),
                               .log = sample_.log(), .book = *book_, .dead_letters = *letters_, .seed = 1};
  auto fleet = delivery::Fleet::open(std::move(rooms), {});
  if (!fleet) return fleet.take_error();
  fleet_ = std::move(*fleet);
  asio::co_spawn(loop_.executor(0), fleet_->run(), [this](std::exception_ptr) { ended_.set_value(); });
  loop_.run();
  started_ = true;
  return engine::ok();
}

void SampleFleet::resume_disabled() {
  for (const auto& record : book_->list()) {
    if (record.state == delivery::EndpointState::kDisabled) (void)asio::co_spawn(loop_.executor(0), fleet_->resume(record.name, kActor), asio::use_future).get();
  }
}

SampleFleet::~SampleFleet() {
  if (started_) {
    fleet_->stop();
    ended_.get_future().wait();
  }
  loop_.stop();
  loop_.join();
  pool_.join();
}

std::uint64_t SampleFleet::delivered(std::string_view prefix) const {
  std::uint64_t sum = 0;
  for (const auto& one : fleet_->list()) sum += one.record.name.starts_with(prefix) ? one.stats.delivered : 0;
  return sum;
}

}  // namespace bench
