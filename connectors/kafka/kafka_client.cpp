#include "connectors/kafka/kafka_client.h"

#include "engine/telemetry/log.h"

namespace connectors {

using engine::Errc;
using engine::telemetry::Level;
using engine::telemetry::log_event;

namespace {

constexpr int kSyslogWarning = 4;
constexpr std::string_view kAlert = "SSL alert number";  // the broker ended the handshake: to the library no more than a lost connection

std::string security_protocol(const std::string& ours) {
  if (ours == "tls") return "ssl";
  if (ours == "sasl_tls") return "sasl_ssl";
  return ours;
}

bool refuses(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED: return true;
    default: return false;
  }
}

/// Our fields that decide about what the library complains of, with `prefix` in front; empty: none.
std::string fields_to_check(rd_kafka_resp_err_t error, std::string_view reason, const std::string& prefix) {
  const auto says = [reason](std::string_view words) { return reason.find(words) != std::string_view::npos; };
  const auto list = [&prefix](std::initializer_list<const char*> names) {
    std::string out;
    for (const char* name : names) out.append(out.empty() ? "" : ", ").append(prefix + "." + name);
    return out;
  };
  if (says("certificate verify failed")) return list({"tls_ca", "tls_check_host"});  // the library does not tell an unknown authority from a name that differs
  if (says("ssl.ca.location")) return list({"tls_ca"});
  if (says(kAlert) || says("ssl.certificate.location") || says("ssl.key.location")) return list({"tls_certificate", "tls_key"});
  if (says("security.protocol") || says("sasl.mechanism") || says("SASL mechanism") || error == RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM) {
    return says("invalid credentials") ? list({"user", "password"}) : list({"protocol", "sasl_mechanism"});
  }
  switch (error) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED: return list({"user", "password", "sasl_mechanism"});
    case RD_KAFKA_RESP_ERR__SSL: return list({"protocol", "tls_ca", "tls_certificate"});
    default: return {};
  }
}

std::string with_fields(std::string_view reason, const std::string& fields) { return fields.empty() ? std::string(reason) : std::string(reason) + "; check " + fields; }

void on_error(rd_kafka_t*, int code, const char* reason, void* opaque) {
  auto& context = *static_cast<KafkaClient::Context*>(opaque);
  auto& trouble = context.trouble;
  const auto error = static_cast<rd_kafka_resp_err_t>(code);
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    trouble.all_brokers_down = true;
    return;  // its reason is only that; the brokers' own came before
  }
  {
    const std::lock_guard lock(trouble.mutex);
    trouble.text = with_fields(reason, fields_to_check(error, reason, context.fields));
  }
  if (refuses(error) || std::string_view(reason).find(kAlert) != std::string_view::npos) trouble.refused = true;
}

void on_log(const rd_kafka_t*, int level, const char* facility, const char* text) {
  if (level <= kSyslogWarning) log_event(Level::kWarn, "kafka_client", {{"facility", facility}, {"detail", text}});
}

void on_delivered(rd_kafka_t* client, const rd_kafka_message_t* message, void* opaque) {
  const auto* context = static_cast<KafkaClient::Context*>(opaque);
  context->delivered(client, message, context->opaque);
}

std::vector<std::pair<std::string, std::string>> settings_of(const KafkaConnection& connection) {
  std::vector<std::pair<std::string, std::string>> settings = {{"bootstrap.servers", connection.brokers},
                                                               {"client.id", connection.client_id},
                                                               {"security.protocol", security_protocol(connection.protocol)},
                                                               {"allow.auto.create.topics", "false"}};
  if (connection.protocol.starts_with("sasl_")) {
    settings.emplace_back("sasl.mechanism", connection.sasl_mechanism);
    settings.emplace_back("sasl.username", connection.user);
    settings.emplace_back("sasl.password", connection.password.reveal());
  }
  const auto where_given = [&](const char* name, std::string_view value) {
    if (!value.empty()) settings.emplace_back(name, value);
  };
  where_given("ssl.ca.location", connection.tls_ca);
  where_given("ssl.certificate.location", connection.tls_certificate);
  where_given("ssl.key.location", connection.tls_key);
  where_given("ssl.key.password", connection.tls_key_password.reveal());
  if (!connection.tls_check_host) settings.emplace_back("ssl.endpoint.identification.algorithm", "none");
  return settings;
}

}  // namespace

engine::Result<KafkaClient> KafkaClient::open(const KafkaConnection& connection, Role role, const std::vector<std::pair<std::string, std::string>>& settings,
                                              void (*delivered)(rd_kafka_t*, const rd_kafka_message_t*, void*), void* opaque) {
  KafkaClient client;
  client.context_ = std::make_unique<Context>();
  client.context_->delivered = delivered;
  client.context_->opaque = opaque;
  client.context_->fields = connection.named;
  auto* conf = rd_kafka_conf_new();
  char why[512];
  const auto refuse = [&](const std::string& what) {
    rd_kafka_conf_destroy(conf);
    return engine::fail(Errc::kUnsupported, what);
  };
  auto all = settings_of(connection);
  all.insert(all.end(), settings.begin(), settings.end());
  all.insert(all.end(), connection.further.begin(), connection.further.end());
  for (const auto& [name, value] : all) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK) return refuse("kafka setting " + name + ": " + why);
  }
  rd_kafka_conf_set_opaque(conf, client.context_.get());
  rd_kafka_conf_set_error_cb(conf, on_error);
  rd_kafka_conf_set_log_cb(conf, on_log);
  if (delivered) rd_kafka_conf_set_dr_msg_cb(conf, on_delivered);
  client.handle_.reset(rd_kafka_new(role == Role::kConsumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, conf, why, sizeof why));
  if (!client.handle_) return refuse("kafka: " + with_fields(why, fields_to_check(RD_KAFKA_RESP_ERR__INVALID_ARG, why, connection.named)));  // the configuration is still ours
  return client;
}

tl::unexpected<engine::Error> KafkaClient::refusal() const { return engine::fail(Errc::kUnsupported, "the brokers refuse us: " + context_->trouble.reason()); }

tl::unexpected<engine::Error> kafka_failure(rd_kafka_resp_err_t error, const std::string& what) {
  return engine::fail(refuses(error) ? Errc::kUnsupported : Errc::kUnavailable, what + ": " + rd_kafka_err2str(error));
}

}  // namespace connectors
