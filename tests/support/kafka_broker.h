#pragma once
// A real Apache Kafka for tests: one process in KRaft mode in a temporary directory.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/demo/child_process.h"
#include "tests/support/certificates.h"
#include "tests/support/fixtures.h"

namespace test {

/// Threads: one, which must outlive the broker. Aborts the test program with the broker's words where it does not start.
class KafkaBroker {
 public:
  /// Why there is none ("no Java"); nullopt: there is. May fetch the jars.
  static std::optional<std::string> absent();

  enum class Security : std::uint8_t { kNone, kSecured };
  /// kSecured: beside the plain listener one with SASL over TLS and one with TLS that wants certificates of clients.
  explicit KafkaBroker(Security security = Security::kNone);
  std::string brokers() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string sasl_brokers() const { return "127.0.0.1:" + std::to_string(sasl_port_); }
  std::string tls_brokers() const { return "127.0.0.1:" + std::to_string(tls_port_); }
  /// The user of PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512, and the file of the authority that certifies the broker and clients.
  static constexpr const char* kUser = "millrace";
  static constexpr const char* kPassword = "secret-of-the-broker";
  std::string authority_file() const { return (directory_.path() / "ca.pem").string(); }
  /// Files of a certificate for a client, and its key.
  Issued client_certificate();
  /// kill -9, and up again on the same port with the same data.
  void kill();
  void start();
  void create_topic(const std::string& name, int partitions, bool compact = true);

 private:
  void write_certificates() const;
  std::string listeners() const;

  TemporaryDirectory directory_;
  std::optional<TestAuthority> authority_;  // where it is secured
  int port_, controller_port_, sasl_port_ = 0, tls_port_ = 0;
  std::unique_ptr<app::demo::ChildProcess> process_;
};

/// Publishes and reads back in order; for what a test compares. Aborts where the broker refuses.
class KafkaPeer {
 public:
  explicit KafkaPeer(std::string brokers);
  ~KafkaPeer();
  KafkaPeer(const KafkaPeer&) = delete;
  KafkaPeer& operator=(const KafkaPeer&) = delete;
  /// `value`: nullopt is a tombstone. Partition -1: by key. Returns at once; flush() waits for acknowledgements.
  void publish(const std::string& topic, const std::string& key, const std::optional<std::string>& value, int partition = -1);
  void flush();
  void create_topic(const std::string& name, int partitions, bool compact);

  struct Record {
    int partition = 0;
    long offset = 0;
    std::string key;
    std::optional<std::string> value;
    std::vector<std::pair<std::string, std::string>> headers;
  };
  /// Everything the topic holds now, by partition and offset.
  std::vector<Record> read_all(const std::string& topic);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace test
