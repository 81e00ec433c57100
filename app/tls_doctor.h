#pragma once
// Can this certificate, this key and these authorities serve TLS, and until when? Asked by `millrace doctor`.

#include "app/tls_files.h"
#include "connectors/doctor_check.h"

namespace app {

/// tls_certificate, tls_key (readable, of this certificate, closed to others), tls_expiry and, where configured, tls_client_ca; what an
/// earlier failure makes impossible to judge is left out. Empty where TLS is not configured. Blocking.
std::vector<connectors::DoctorCheck> examine_tls(const TlsConfig& config, engine::WallTime now);

}  // namespace app
