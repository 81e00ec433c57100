#pragma once
// In which shape an event is told.

#include <cstdint>
#include <optional>
#include <string_view>

namespace delivery {

/// The contract's payload (16.2) is in all of them: whole, or as the `data` of an envelope.
enum class PayloadForm : std::uint8_t {
  kContract,          ///< the payload itself
  kStandardWebhooks,  ///< {"type":"entry.updated","timestamp":…,"data":payload}: Standard Webhooks 1.0, "Payload structure"
  kCloudEvents,       ///< CloudEvents 1.0 in JSON, structured mode: specversion, id, source, type, time, subject, datacontenttype, data
};

/// "contract", "standard-webhooks", "cloudevents".
std::string_view name(PayloadForm form);
/// nullopt: none of these names.
std::optional<PayloadForm> parse_payload_form(std::string_view text);

/// What Content-Type a body of ours is sent as. Told from the bytes: a dead letter is replayed with the body it was made with, also where its endpoint has
/// changed its form since.
std::string_view content_type(std::string_view body);

/// How every body in CloudEvents form begins, and no other.
inline constexpr std::string_view kCloudEventsStart = R"({"specversion":"1.0",)";

}  // namespace delivery
