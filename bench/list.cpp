#include "bench/backlog_memory.h"
#include "bench/commit_to_receiver.h"
#include "bench/delivery_http.h"
#include "bench/feed_http.h"
#include "bench/ingest_mariadb.h"

namespace bench {

std::vector<Benchmark> benchmarks() {
  return {
      {"delivery_http", "CPU of one signed, durably recorded 1 KiB delivery, against a bare epoll POST loop", delivery_http},
      {"feed_page", "CPU of a /changes page of 200 x 1 KiB, against reading and sending the same bytes", feed_page},
      {"feed_empty", "CPU of /changes with nothing new, against nginx serving 49 bytes", feed_empty},
      {"ingest_mariadb", "CPU of one transaction from the binlog into the fsynced feed, against draining the same binlog", ingest_mariadb},
      {"commit_to_receiver", "from COMMIT to the receiver at 500 transactions/s of 10 documents, against a bare binlog -> POST program", commit_to_receiver},
      {"backlog_memory", "anonymous memory 1 M changes behind, against a process that has caught up", backlog_memory},
  };
}

}  // namespace bench
