#include "tests/support/kafka_broker.h"

#include <arpa/inet.h>
#include <librdkafka/rdkafka.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace test {

using namespace std::chrono_literals;

namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "kafka: %s\n", why.c_str());
  std::abort();
}

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) give_up("no free port");
  ::close(fd);
  return ntohs(address.sin_port);
}

bool answers(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool open = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return open;
}

std::filesystem::path jars() { return std::filesystem::path(MILLRACE_SOURCE_DIR) / "build/kafka/libs"; }

std::string java() {
  for (const char* place : {"/usr/bin/java", "/usr/local/bin/java"}) {
    if (std::filesystem::exists(place)) return place;
  }
  return "java";
}

std::vector<std::string> command(const std::string& main_class, std::vector<std::string> arguments) {
  std::vector<std::string> all = {java(), "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", (jars() / "*").string(), main_class};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

}  // namespace

std::optional<std::string> KafkaBroker::absent() {
  const auto script = std::string(MILLRACE_SOURCE_DIR) + "/tests/kafka/fetch_kafka.sh 2>&1";
  FILE* pipe = ::popen(script.c_str(), "r");
  if (!pipe) return "skipped: no shell";
  std::string said;
  std::array<char, 256> part{};
  while (std::fgets(part.data(), part.size(), pipe)) said += part.data();
  return ::pclose(pipe) == 0 ? std::nullopt : std::optional(said);
}

void KafkaBroker::write_certificates() const {
  const auto broker = authority_->issue("127.0.0.1");
  std::ofstream(directory_.path() / "broker.pem") << broker.key << broker.certificate;
  std::ofstream(authority_file()) << authority_->certificate();
}

Issued KafkaBroker::client_certificate() {
  const auto client = authority_->issue("client.test");
  const Issued files{(directory_.path() / "client.pem").string(), (directory_.path() / "client.key").string()};
  std::ofstream(files.certificate) << client.certificate;
  std::ofstream(files.key) << client.key;
  return files;
}

std::string KafkaBroker::listeners() const {
  const auto self = "127.0.0.1:" + std::to_string(controller_port_);
  const auto open = "PLAINTEXT://" + brokers() + (authority_ ? ",SASL_SSL://" + sasl_brokers() + ",SSL://" + tls_brokers() : "");
  auto out = "listeners=" + open + ",CONTROLLER://" + self + "\nadvertised.listeners=" + open + "\ncontroller.quorum.voters=1@" + self + "\ncontroller.listener.names=CONTROLLER\n";
  if (!authority_) return out;
  const auto modules = std::string("org.apache.kafka.common.security.");
  out += "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL\ninter.broker.listener.name=PLAINTEXT\n"
         "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512\nlistener.name.sasl_ssl.plain.sasl.jaas.config=" + modules + "plain.PlainLoginModule required user_" + kUser + "=\"" +
         kPassword + "\";\n";
  for (const char* mechanism : {"scram-sha-256", "scram-sha-512"}) out.append("listener.name.sasl_ssl.").append(mechanism).append(".sasl.jaas.config=" + modules + "scram.ScramLoginModule required;\n");
  return out + "ssl.keystore.type=PEM\nssl.keystore.location=" + (directory_.path() / "broker.pem").string() + "\nssl.truststore.type=PEM\nssl.truststore.location=" + authority_file() +
         "\nlistener.name.ssl.ssl.client.auth=required\n";
}

KafkaBroker::KafkaBroker(Security security) : port_(free_port()), controller_port_(free_port()) {
  const auto data = directory_.path() / "data";
  const auto properties = directory_.path() / "server.properties";
  std::vector<std::string> format_arguments = {"format", "-t", "MkU3OEVBNTcwNTJENDM2Qk", "-c", properties.string()};
  if (security == Security::kSecured) {
    authority_.emplace();
    sasl_port_ = free_port();
    tls_port_ = free_port();
    write_certificates();
    for (const char* mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-512"}) {
      format_arguments.insert(format_arguments.end(), {"-S", std::string(mechanism) + "=[name=" + kUser + ",password=" + kPassword + "]"});
    }
  }
  std::ofstream(properties) << "process.roles=broker,controller\nnode.id=1\n" << listeners() << "log.dirs=" << data.string()
                            << "\nnum.partitions=1\noffsets.topic.replication.factor=1\ntransaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n"
                               "auto.create.topics.enable=false\noffsets.topic.num.partitions=1\ntransaction.state.log.num.partitions=1\nlog.cleaner.dedupe.buffer.size=2097152\n";
  auto format = app::demo::ChildProcess::start(command("kafka.tools.StorageTool", format_arguments), directory_.path() / "format.log");
  if (!format) give_up(format.error().detail);
  if (!app::demo::wait_until(60s, [&] { return (*format)->ended().has_value(); }) || *(*format)->ended() != 0) give_up((*format)->log_tail());
  start();
}

void KafkaBroker::start() {
  auto started = app::demo::ChildProcess::start(command("kafka.Kafka", {(directory_.path() / "server.properties").string()}), directory_.path() / "broker.log");
  if (!started) give_up(started.error().detail);
  process_ = std::move(*started);
  if (!app::demo::wait_until(90s, [&] { return process_->ended() || answers(port_); }) || process_->ended()) give_up(process_->log_tail());
}

void KafkaBroker::kill() {
  ::kill(process_->pid(), SIGKILL);
  app::demo::wait_until(10s, [&] { return process_->ended().has_value(); });
}

void KafkaBroker::create_topic(const std::string& name, int partitions, bool compact) { KafkaPeer(brokers()).create_topic(name, partitions, compact); }

struct KafkaPeer::State {
  std::string brokers;
  rd_kafka_t* producer = nullptr;
};

namespace {

rd_kafka_t* client(const std::string& brokers, rd_kafka_type_t type) {
  auto* conf = rd_kafka_conf_new();
  char why[256];
  rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), why, sizeof why);
  rd_kafka_conf_set(conf, "enable.partition.eof", "true", why, sizeof why);
  rd_kafka_conf_set(conf, "log_level", "2", why, sizeof why);
  if (type == RD_KAFKA_PRODUCER) {
    rd_kafka_conf_set(conf, "enable.idempotence", "true", why, sizeof why);
    rd_kafka_conf_set(conf, "queue.buffering.max.messages", "2000000", why, sizeof why);
    rd_kafka_conf_set(conf, "linger.ms", "1", why, sizeof why);
  }
  auto* made = rd_kafka_new(type, conf, why, sizeof why);
  if (!made) give_up(why);
  return made;
}

}  // namespace

KafkaPeer::KafkaPeer(std::string brokers) : state_(std::make_unique<State>()) {
  state_->brokers = std::move(brokers);
  state_->producer = client(state_->brokers, RD_KAFKA_PRODUCER);
}
KafkaPeer::~KafkaPeer() { rd_kafka_destroy(state_->producer); }

void KafkaPeer::publish(const std::string& topic, const std::string& key, const std::optional<std::string>& value, int partition) {
  void* const bytes = value ? const_cast<char*>(value->data()) : nullptr;
  const std::size_t size = value ? value->size() : 0;
  const auto error = rd_kafka_producev(state_->producer, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                       RD_KAFKA_V_KEY(key.data(), key.size()), RD_KAFKA_V_VALUE(bytes, size), RD_KAFKA_V_END);
  if (error) give_up(topic + ": " + rd_kafka_err2str(error));
}

void KafkaPeer::flush() {
  if (const auto error = rd_kafka_flush(state_->producer, 60'000)) give_up(rd_kafka_err2str(error));
}

void KafkaPeer::create_topic(const std::string& name, int partitions, bool compact) {
  char why[256];
  auto* topic = rd_kafka_NewTopic_new(name.c_str(), partitions, 1, why, sizeof why);
  rd_kafka_NewTopic_set_config(topic, "cleanup.policy", compact ? "compact" : "delete");
  auto* queue = rd_kafka_queue_new(state_->producer);
  auto* options = rd_kafka_AdminOptions_new(state_->producer, RD_KAFKA_ADMIN_OP_CREATETOPICS);
  rd_kafka_AdminOptions_set_operation_timeout(options, 30'000, why, sizeof why);
  rd_kafka_AdminOptions_set_request_timeout(options, 30'000, why, sizeof why);
  rd_kafka_CreateTopics(state_->producer, &topic, 1, options, queue);
  auto* event = rd_kafka_queue_poll(queue, 60'000);
  if (!event || rd_kafka_event_error(event)) give_up("topic " + name + ": " + (event ? rd_kafka_event_error_string(event) : "no answer"));
  std::size_t count = 0;
  const auto* const* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (rd_kafka_topic_result_error(results[i])) give_up("topic " + name + ": " + rd_kafka_topic_result_error_string(results[i]));
  }
  rd_kafka_event_destroy(event);
  rd_kafka_AdminOptions_destroy(options);
  rd_kafka_queue_destroy(queue);
  rd_kafka_NewTopic_destroy(topic);
}

std::vector<KafkaPeer::Record> KafkaPeer::read_all(const std::string& name) {
  auto* consumer = client(state_->brokers, RD_KAFKA_CONSUMER);
  auto* topic = rd_kafka_topic_new(consumer, name.c_str(), nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  if (const auto error = rd_kafka_metadata(consumer, 0, topic, &metadata, 30'000)) give_up(rd_kafka_err2str(error));
  const int partitions = metadata->topics[0].partition_cnt;
  rd_kafka_metadata_destroy(metadata);
  std::vector<Record> records;
  for (int partition = 0; partition < partitions; ++partition) {
    rd_kafka_consume_start(topic, partition, RD_KAFKA_OFFSET_BEGINNING);
    for (bool ended = false; !ended;) {
      auto* message = rd_kafka_consume(topic, partition, 30'000);
      if (!message) give_up("topic " + name + ": no answer");
      ended = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
      if (message->err && !ended) give_up("topic " + name + ": " + rd_kafka_err2str(message->err));
      if (!ended) {
        Record record{partition, static_cast<long>(message->offset), std::string(static_cast<const char*>(message->key), message->key_len), std::nullopt, {}};
        if (message->payload) record.value.emplace(static_cast<const char*>(message->payload), message->len);
        rd_kafka_headers_t* headers = nullptr;
        if (!rd_kafka_message_headers(message, &headers)) {
          const char* header = nullptr;
          const void* value = nullptr;
          std::size_t size = 0;
          for (std::size_t i = 0; !rd_kafka_header_get_all(headers, i, &header, &value, &size); ++i) record.headers.emplace_back(header, std::string(static_cast<const char*>(value), size));
        }
        records.push_back(std::move(record));
      }
      rd_kafka_message_destroy(message);
    }
    rd_kafka_consume_stop(topic, partition);
  }
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(consumer);
  return records;
}

}  // namespace test
