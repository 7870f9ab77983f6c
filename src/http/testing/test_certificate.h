// Certificates for tests of TLS: P-256, valid for an hour unless a test asks for another time. A
// self-signed one is its own authority.
#pragma once

#include <string>

namespace b3iq::http {

struct TestCertificate {
  std::string certificate_path;
  std::string key_path;
  std::string names;  // as OpenSSL's subjectAltName has them: "DNS:localhost,IP:127.0.0.1"
  // Of its validity; seconds from now.
  long begins_s = -60;
  long ends_s = 3600;
  bool authority = false;  // may sign others
};

// Write certificate and key as PEM, self-signed or signed by `issuer`, which is written already.
void write_test_certificate(const TestCertificate& wanted);
void write_test_certificate(const TestCertificate& wanted, const TestCertificate& issuer);

inline void write_test_certificate(const std::string& certificate_path, const std::string& key_path,
                                   const std::string& names) {
  write_test_certificate({certificate_path, key_path, names});
}

}  // namespace b3iq::http
