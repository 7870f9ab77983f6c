// A certificate for tests of TLS: self-signed, P-256, valid for an hour. It is its own authority.
#pragma once

#include <string>

namespace b3iq::http {

// Writes both as PEM. `names` as OpenSSL's subjectAltName has them: "DNS:localhost,IP:127.0.0.1".
void write_test_certificate(const std::string& certificate_path, const std::string& key_path,
                            const std::string& names);

}  // namespace b3iq::http
