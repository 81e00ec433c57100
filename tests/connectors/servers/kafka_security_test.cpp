// A real broker that wants TLS and a password or a certificate: source and sink come in, and say which field is wrong where they do not.

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "connectors/kafka/kafka_sink.h"
#include "connectors/kafka/kafka_source.h"
#include "feed/memory_change_log.h"
#include "tests/connectors/servers/kafka_site.h"
#include "tests/support/fake_timers.h"

namespace {

using namespace test;
using namespace std::chrono_literals;
using connectors::KafkaConnection;

class KafkaSecurity : public KafkaSite {
 protected:
  static void SetUpTestSuite() {
    if (absent()) return;
    broker_ = new KafkaBroker(KafkaBroker::Security::kSecured);
    KafkaPeer peer(broker_->brokers());
    peer.create_topic("shop.craft.notes", 1, true);
    peer.create_topic("feed", 1, false);
    peer.publish("shop.craft.notes", R"({"id":1})", R"({"op":"c","before":null,"after":{"id":1,"words":"a"},"source":{"table":"notes","ts_ms":1000}})");
    peer.flush();
  }
  void SetUp() override {
    if (absent()) GTEST_SKIP() << *absent();
    std::ofstream(schema()) << "CREATE TABLE notes (id int NOT NULL PRIMARY KEY, words varchar(20));";
    feed::Change change;
    change.key = {"entry", "1"};
    change.visible.feed = true;
    change.parts.feed = R"({"id":1})";
    ASSERT_TRUE(log_.append(std::vector{change}, {"cms", 1, "x"}));
  }
  std::string schema() const { return (directory_.path() / "schema.sql").string(); }

  static KafkaConnection with_password(const std::string& mechanism) {
    KafkaConnection connection;
    connection.named = "source.kafka";
    connection.brokers = broker_->sasl_brokers();
    connection.protocol = "sasl_tls";
    connection.sasl_mechanism = mechanism;
    connection.user = KafkaBroker::kUser;
    connection.password = engine::Secret(KafkaBroker::kPassword);
    connection.tls_ca = broker_->authority_file();
    return connection;
  }
  static KafkaConnection with_certificate() {
    KafkaConnection connection;
    connection.named = "source.kafka";
    connection.brokers = broker_->tls_brokers();
    connection.protocol = "tls";
    connection.tls_ca = broker_->authority_file();
    const auto files = broker_->client_certificate();
    connection.tls_certificate = files.certificate;
    connection.tls_key = files.key;
    return connection;
  }
  engine::Result<std::optional<connectors::Slice>> read_first(const KafkaConnection& connection) {
    connectors::KafkaSourceOptions options;
    options.connection = connection;
    options.topics = "shop.craft.{table}";
    options.debezium.schema_file = schema();
    options.timeout = 5000ms;
    connectors::KafkaSource source(options, clock_);
    if (auto connected = source.connect({}); !connected) return connected.take_error();
    return source.next(10'000ms);
  }
  /// The sink's end state: published, or what it says.
  connectors::KafkaSinkStats publish(KafkaConnection connection) {
    connectors::KafkaSinkOptions options;
    connection.named = "sink.kafka";
    options.connection = std::move(connection);
    options.topic = "feed";
    options.timeout = 5000ms;
    std::optional<feed::Offset> cursor;
    const connectors::SinkProgress progress{[&] { return engine::Result<std::optional<feed::Offset>>(cursor); }, [&](feed::Offset next) {
                                              cursor = next;
                                              return engine::ok();
                                            }};
    connectors::KafkaSink sink(options, log_, progress, clock_, incidents_);
    std::thread running([&] { sink.run(); });
    EXPECT_TRUE(app::demo::wait_until(40s, [&] { return sink.stats().lag == 0 || sink.stats().failures > 0; }));
    sink.stop();
    running.join();
    return sink.stats();
  }
  void expect_in(const KafkaConnection& connection) {
    const auto read = read_first(connection);
    ASSERT_TRUE(read && *read) << (read ? "nothing came" : read.error().detail);
    EXPECT_EQ((*read)->rows.size(), 1u);
    const auto stats = publish(connection);
    EXPECT_EQ(stats.lag, 0u) << stats.last_error;
    EXPECT_EQ(stats.published, 1u);
  }
  /// Both are refused, naming `field` and telling no secret.
  void expect_refused(const KafkaConnection& connection, const std::string& field) {
    const auto read = read_first(connection);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, engine::Errc::kUnsupported) << read.error().detail;
    EXPECT_NE(read.error().detail.find("source.kafka." + field), std::string::npos) << read.error().detail;
    const auto stats = publish(connection);
    EXPECT_EQ(stats.lag, 1u);
    EXPECT_NE(stats.last_error.find("sink.kafka." + field), std::string::npos) << stats.last_error;
    for (const auto& text : {read.error().detail, stats.last_error}) EXPECT_EQ(text.find(connection.password.reveal()), connection.password.empty() ? 0 : std::string::npos) << text;
  }

  TemporaryDirectory directory_;
  engine::SystemTimers clock_;
  engine::telemetry::OpenIncidents incidents_{clock_};
  feed::MemoryChangeLog log_;
};

TEST_F(KafkaSecurity, EveryMechanismOverTlsComesIn) {
  for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
    SCOPED_TRACE(mechanism);
    expect_in(with_password(mechanism));
  }
}

TEST_F(KafkaSecurity, ACertificateOfOursComesIn) { expect_in(with_certificate()); }

TEST_F(KafkaSecurity, AWrongPasswordNamesTheField) {
  for (const char* mechanism : {"PLAIN", "SCRAM-SHA-512"}) {
    SCOPED_TRACE(mechanism);
    auto connection = with_password(mechanism);
    connection.password = engine::Secret("not-the-password");
    expect_refused(connection, "password");
  }
}

TEST_F(KafkaSecurity, AnotherAuthorityNamesTheField) {
  const auto file = (directory_.path() / "other-ca.pem").string();
  std::ofstream(file) << TestAuthority("Another Authority").certificate();
  auto connection = with_password("SCRAM-SHA-512");
  connection.tls_ca = file;
  expect_refused(connection, "tls_ca");
}

TEST_F(KafkaSecurity, AnAuthorityFileThatIsNotThereNamesTheField) {
  auto connection = with_password("SCRAM-SHA-512");
  connection.tls_ca = (directory_.path() / "nowhere.pem").string();
  expect_refused(connection, "tls_ca");
}

TEST_F(KafkaSecurity, NoCertificateOfOursWhereOneIsWantedNamesTheField) {
  auto connection = with_certificate();
  connection.tls_certificate.clear();
  connection.tls_key.clear();
  expect_refused(connection, "tls_certificate");
}

TEST_F(KafkaSecurity, ANameThatTheBrokersCertificateLacksNamesTheField) {
  auto connection = with_password("SCRAM-SHA-512");
  connection.brokers.replace(0, connection.brokers.find(':'), "localhost");
  expect_refused(connection, "tls_check_host");
  connection.tls_check_host = false;
  expect_in(connection);
}

}  // namespace
