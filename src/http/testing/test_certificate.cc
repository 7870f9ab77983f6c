#include "http/testing/test_certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>

namespace b3iq::http {
namespace {

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Everything but the issuer's name and signature.
X509* make_certificate(const TestCertificate& wanted, EVP_PKEY* key) {
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), wanted.begins_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate), wanted.ends_s);
  X509_set_pubkey(certificate, key);
  const std::string name = wanted.authority ? "test authority" : "test";
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  if (!wanted.names.empty()) add_extension(certificate, NID_subject_alt_name, wanted.names);
  if (wanted.authority) add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  return certificate;
}

void write_files(const TestCertificate& wanted, X509* certificate, EVP_PKEY* key) {
  FILE* out = std::fopen(wanted.certificate_path.c_str(), "w");
  PEM_write_X509(out, certificate);
  std::fclose(out);
  out = std::fopen(wanted.key_path.c_str(), "w");
  PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
}

}  // namespace

void write_test_certificate(const TestCertificate& wanted) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = make_certificate(wanted, key);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  X509_sign(certificate, key, EVP_sha256());
  write_files(wanted, certificate, key);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

void write_test_certificate(const TestCertificate& wanted, const TestCertificate& issuer) {
  FILE* in = std::fopen(issuer.certificate_path.c_str(), "r");
  X509* issuer_certificate = PEM_read_X509(in, nullptr, nullptr, nullptr);
  std::fclose(in);
  in = std::fopen(issuer.key_path.c_str(), "r");
  EVP_PKEY* issuer_key = PEM_read_PrivateKey(in, nullptr, nullptr, nullptr);
  std::fclose(in);
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = make_certificate(wanted, key);
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer_certificate));
  X509_sign(certificate, issuer_key, EVP_sha256());
  write_files(wanted, certificate, key);
  X509_free(certificate);
  EVP_PKEY_free(key);
  EVP_PKEY_free(issuer_key);
  X509_free(issuer_certificate);
}

}  // namespace b3iq::http
