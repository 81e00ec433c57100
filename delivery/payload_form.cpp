#include "delivery/payload_form.h"

#include <array>

namespace delivery {
namespace {

constexpr std::array kForms{PayloadForm::kContract, PayloadForm::kStandardWebhooks, PayloadForm::kCloudEvents};

}  // namespace

std::string_view name(PayloadForm form) {
  switch (form) {
    case PayloadForm::kContract: break;
    case PayloadForm::kStandardWebhooks: return "standard-webhooks";
    case PayloadForm::kCloudEvents: return "cloudevents";
  }
  return "contract";
}

std::optional<PayloadForm> parse_payload_form(std::string_view text) {
  for (const auto form : kForms) {
    if (text == name(form)) return form;
  }
  return std::nullopt;
}

std::string_view content_type(std::string_view body) {
  return body.starts_with(kCloudEventsStart) ? "application/cloudevents+json" : "application/json";
}

}  // namespace delivery
