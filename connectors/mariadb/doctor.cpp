#include "connectors/mariadb/doctor.h"

#include "connectors/mariadb/examination.h"

namespace connectors {

std::vector<DoctorCheck> examine_mariadb(const MariaDbOptions& options, const std::optional<feed::SourcePosition>& from) {
  using State = DoctorCheck::State;
  StopSignal stop;
  auto connection = MariaDbConnection::open(options, stop);
  if (!connection) return {{"connection", State::kFailed, connection.error().detail, ""}};
  std::vector<DoctorCheck> checks{{"connection", State::kOk, "connected as " + options.user, ""}};
  auto settings = examine_settings(**connection, options);
  if (!settings) {
    checks.push_back({"settings", State::kFailed, settings.error().detail, ""});
    return checks;
  }
  checks.insert(checks.end(), settings->begin(), settings->end());
  if (!from) return checks;
  auto position = parse_position(from->token);
  if (!position) {
    checks.push_back({"same_server", State::kFailed, "the stored position is not one of a MariaDB source", ""});
    return checks;
  }
  const auto answers = examine_position(**connection, *position);
  if (!answers) {
    checks.push_back({"same_server", State::kFailed, answers.error().detail, ""});
    return checks;
  }
  checks.insert(checks.end(), answers->begin(), answers->end());
  return checks;
}

}  // namespace connectors
