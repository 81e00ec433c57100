#pragma once
// The envelope of the dialect (contract craft-agents-api section 3, TARGET) and its words for refusals.

#include <span>
#include <string>
#include <string_view>

#include "engine/base/json_writer.h"
#include "engine/net/http.h"
#include "access/gate/surface.h"

namespace app::craft_agents {

/// One row of the contract's table of error codes (Appendix C), as the descriptors list them.
struct ErrorCode {
  int status;
  std::string_view code;
  std::string_view description;
};
/// The contract's nine in its order, then ours.
std::span<const ErrorCode> error_codes();

/// {"ok":true,"data":<data>[,"meta":<meta>],"requestId":…}; `data` and `meta` are finished JSON.
std::string success(std::string_view data, std::string_view request_id, std::string_view meta = {});

/// {"error":{"code":…,"message":…[,"details":…]},"status":…,"requestId":…[,"details":[…]][,"requiredScope":…][,"retryAfter":…]}
std::string failure(int status, std::string_view code, std::string_view message, std::string_view request_id,
                    const trust::Refusal& refusal);

/// The dialect's part in the pipeline.
class Envelope final : public trust::Surface {
 public:
  /// `strict_production`: the 503 for missing credentials says that guarded endpoints are refused.
  explicit Envelope(bool strict_production) : strict_production_(strict_production) {}
  engine::net::Response refuse(const trust::Refusal& refusal, std::string_view request_id) const override;
  void add_headers(engine::net::Response& response, std::string_view request_id, const trust::RateDecision* rate) const override;
  std::string request_id(const engine::net::Request& request) const override;

 private:
  bool strict_production_;
};

}  // namespace app::craft_agents
