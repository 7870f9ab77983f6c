#include "http/certificate.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>

namespace b3iq::http {
namespace {

struct CloseFile {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

base::Result<std::int64_t> wall_ms_of(const ASN1_TIME* time, const std::string& path) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) {
    return base::Error(base::ErrorCode::config_invalid,
                       fmt::format("The certificate {} holds a time that is none.", path));
  }
  return static_cast<std::int64_t>(::timegm(&parts)) * 1000;
}

}  // namespace

base::Result<CertificateFacts> read_certificate(const std::string& path) {
  ERR_clear_error();
  errno = 0;
  const std::unique_ptr<BIO, CloseFile> file(BIO_new_file(path.c_str(), "re"));
  if (!file) {
    const int error = errno;
    ERR_clear_error();
    return base::Error(base::ErrorCode::not_found,
                       fmt::format("{} cannot be read: {}.", path, std::strerror(error)));
  }
  const std::unique_ptr<X509, FreeCertificate> certificate(
      PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  if (!certificate) {
    return base::Error(base::ErrorCode::config_invalid,
                       fmt::format("{} holds no certificate in the PEM form.", path));
  }
  CertificateFacts facts;
  TRY(facts.valid_from_ms, wall_ms_of(X509_get0_notBefore(certificate.get()), path));
  TRY(facts.valid_until_ms, wall_ms_of(X509_get0_notAfter(certificate.get()), path));
  return facts;
}

}  // namespace b3iq::http
