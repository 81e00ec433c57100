#include "bench/backlog_memory.h"
#include "bench/client_mix.h"
#include "bench/cold_start.h"
#include "bench/commit_to_feed.h"
#include "bench/commit_to_receiver.h"
#include "bench/delivery_http.h"
#include "bench/delivery_tls.h"
#include "bench/feed_from_zero.h"
#include "bench/feed_http.h"
#include "bench/idle_tls_memory.h"
#include "bench/ingest_kafka.h"
#include "bench/ingest_mariadb.h"
#include "bench/ingest_postgres.h"
#include "bench/isolation.h"
#include "bench/list_index.h"
#include "bench/long_poll_idle.h"
#include "bench/search.h"
#include "bench/soak.h"

namespace bench {

std::vector<Benchmark> benchmarks() {
  return {
      {"delivery_http", "CPU of one signed, durably recorded 1 KiB delivery, against a bare epoll POST loop", delivery_http},
      {"delivery_tls", "the same over TLS, against OpenSSL itself over epoll", delivery_tls},
      {"isolation", "time to bring 1,000 changes to 90 healthy endpoints beside 10 that never answer, against the same without those", isolation},
      {"feed_page", "CPU of a /changes page of 200 x 1 KiB, against reading and sending the same bytes", feed_page},
      {"feed_empty", "CPU of /changes with nothing new, against nginx serving 49 bytes", feed_empty},
      {"client_mix", "CPU of a request while 16 clients poll, page, list, show, search and record checkpoints, against one kind after the other", client_mix},
      {"long_poll_idle", "CPU of 5,000 idle waits while 100 changes/s of another type arrive, against the same without them", long_poll_idle},
      {"ingest_mariadb", "CPU of one transaction from the binlog into the fsynced feed, against draining the same binlog", ingest_mariadb},
      {"ingest_postgres", "time from the WAL into the fsynced feed of one transaction, against draining the same slot", ingest_postgres},
      {"ingest_kafka", "CPU of one Debezium record from a topic into the fsynced feed, against a bare consumer of the same topic", ingest_kafka},
      {"commit_to_feed", "from COMMIT in PostgreSQL to the readable feed at 1,000 transactions/s, against draining a slot up to the end of each transaction", commit_to_feed},
      {"commit_to_receiver", "from COMMIT to the receiver at 500 transactions/s of 10 documents, against a bare binlog -> POST program", commit_to_receiver},
      {"list_index", "CPU of the 50 newest of 200,000 entries (scale 5: 1 M), against the 50 newest of 10,000", list_index},
      {"search", "CPU of a search's first page over 100,000 entries, against the same work on a bare RocksDB", search},
      {"feed_from_zero", "CPU of all pages of /changes over 100,000 resources (scale 10: 1 M), against reading and sending them", feed_from_zero},
      {"cold_start", "opening a log of 200,000 changes (scale 50: 10 M) after kill -9, against opening its store alone", cold_start},
      {"backlog_memory", "anonymous memory 1 M changes behind, against a process that has caught up; one endpoint at work, and 100 whose receivers are away", backlog_memory},
      {"idle_tls_memory", "anonymous memory of a kept-alive TLS connection to a receiver that is not in use, against OpenSSL's own", idle_tls_memory},
      {"soak", "10 minutes of commits for 50 endpoints whose receivers misbehave, the sender killed now and then: lost, repeated, out of order (fails where any is without a reason)", soak, true},
  };
}

}  // namespace bench
