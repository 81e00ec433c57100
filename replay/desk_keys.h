#pragma once
// Every key this room writes. Numbers are big-endian.
//
//   column family  key           value        read by
//   webhook_desk   'p' | id:u64  ProbeRun v1  WebhookProbe
//   webhook_desk   's' | id:u64  Capture v1   TestSink
//
// Layouts are on disk: add a tag or a version, never reuse one. Pinned by webhook_desk_test.cpp.

#include <string_view>

namespace replay {

inline constexpr std::string_view kDeskFamily = "webhook_desk";
inline constexpr std::string_view kProbePrefix = "p", kCapturePrefix = "s";

}  // namespace replay
