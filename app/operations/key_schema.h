#pragma once
// Every key that operations keep in the store, all in the family `operations` (access/key_schema.h).
//
//   key                    value                                            read by
//   "t"                    traffic counters                                 TrafficKeeper, at start
//   "p"                    a number that changes                            StoreProbe
//   "i" | thing            first seen: seconds u64                          IncidentHistory
//   "n" | id:u64           notification row (notification_row.h)            NotificationLog
//   "d" | 16 bytes         id:u64 of the newest row with that fingerprint   NotificationLog
//   "l"                    newest dead letter looked at: u64                DeadLetterWatch
//   "s" | monitor          state of a monitor                               StatusMonitor
//
// Layouts are on disk: add a tag or a version, never reuse one.

#include <string_view>

namespace app::operations::keys {

inline constexpr std::string_view kTraffic = "t";
inline constexpr std::string_view kProbe = "p";
inline constexpr std::string_view kSighting = "i";
inline constexpr std::string_view kNotification = "n";
inline constexpr std::string_view kFingerprint = "d";
inline constexpr std::string_view kDeadLetter = "l";
inline constexpr std::string_view kMonitor = "s";

}  // namespace app::operations::keys
