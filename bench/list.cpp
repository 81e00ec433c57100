#include "bench/delivery_http.h"
#include "bench/feed_http.h"

namespace bench {

std::vector<Benchmark> benchmarks() {
  return {
      {"delivery_http", "CPU of one signed, durably recorded 1 KiB delivery, against a bare epoll POST loop", delivery_http},
      {"feed_page", "CPU of a /changes page of 200 x 1 KiB, against reading and sending the same bytes", feed_page},
      {"feed_empty", "CPU of /changes with nothing new, against nginx serving 49 bytes", feed_empty},
  };
}

}  // namespace bench
