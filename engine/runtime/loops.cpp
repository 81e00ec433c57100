#include "engine/runtime/loops.h"

#include <pthread.h>

#include <algorithm>
#include <cassert>

namespace engine {

Loops::Loops(std::size_t count, std::string name) : name_(std::move(name)) {
  assert(count > 0);
  for (std::size_t i = 0; i < count; ++i) {
    contexts_.push_back(std::make_unique<asio::io_context>(1));  // one thread each: asio skips some locking
    work_.push_back(asio::make_work_guard(*contexts_.back()));
  }
}

Loops::~Loops() {
  stop();
  join();
}

asio::any_io_executor Loops::next() { return executor(turn_.fetch_add(1, std::memory_order_relaxed) % size()); }

void Loops::run() {
  assert(threads_.empty());
  for (std::size_t i = 0; i < size(); ++i) {
    threads_.emplace_back([this, i]() noexcept { contexts_[i]->run(); });
    auto label = name_ + "-" + std::to_string(i);
    label.resize(std::min<std::size_t>(label.size(), 15));  // the kernel's limit
    pthread_setname_np(threads_.back().native_handle(), label.c_str());
  }
}

void Loops::stop() {
  for (auto& context : contexts_) context->stop();
}

void Loops::join() {
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace engine
