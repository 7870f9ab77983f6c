#include <fmt/format.h>
#include <sys/stat.h>

#include "agent/doctor/doctor_checks.h"
#include "base/clock.h"
#include "http/certificate.h"
#include "http/tls.h"

namespace b3iq::agent {
namespace {

constexpr std::int64_t kSoonMs = std::int64_t{14} * 24 * 3600 * 1000;

void check_validity(const http::CertificateFacts& facts, std::int64_t now_ms, Diagnosis& out) {
  const std::string fix =
      "Renew the certificate (its file is tls.certificate in config.json) and start the node "
      "again.";
  const auto until = base::format_rfc3339(facts.valid_until_ms);
  if (facts.valid_until_ms <= now_ms) {
    out.fault("tls.validity", fmt::format("The certificate has expired: {}.", until), fix);
  } else if (facts.valid_from_ms > now_ms) {
    out.fault("tls.validity",
              fmt::format("The certificate is valid only from {}.",
                          base::format_rfc3339(facts.valid_from_ms)),
              "Set the clock (timedatectl set-ntp true), or get another certificate.");
  } else if (facts.valid_until_ms - now_ms < kSoonMs) {
    out.warning("tls.validity", fmt::format("The certificate expires soon: {}.", until), fix);
  } else {
    out.good("tls.validity", "until " + until);
  }
}

// True when the key is there.
bool check_key_file(const std::string& path, Diagnosis& out) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    out.fault("tls.key", fmt::format("The certificate's key {} is missing.", path),
              "Put it there, or correct tls.key in config.json.");
    return false;
  }
  if ((info.st_mode & 077) != 0) {
    out.fault("tls.key_mode", fmt::format("Other users can read the key {}.", path),
              "chmod 600 " + shell_word(path));
  } else {
    out.good("tls.key_mode", path);
  }
  return true;
}

}  // namespace

void check_tls(const Settings& settings, std::int64_t now_ms, Diagnosis& out) {
  if (!settings.tls) return;
  const auto& files = *settings.tls;
  const auto certificate = http::read_certificate(files.certificate_chain);
  if (certificate.ok()) {
    out.good("tls.certificate", files.certificate_chain);
    check_validity(*certificate, now_ms, out);
  } else {
    out.fault("tls.certificate", certificate.error().detail,
              "Put the certificate there, or correct tls.certificate in config.json.");
  }
  if (!check_key_file(files.private_key, out) || !certificate.ok()) return;
  const auto both = http::TlsContext::server(files.certificate_chain, files.private_key);
  if (both.ok()) {
    out.good("tls.key", "It is the certificate's.");
  } else {
    out.fault("tls.key",
              fmt::format("{} is not the key of {}.", files.private_key, files.certificate_chain),
              "Name the key that the certificate was made for as tls.key in config.json.");
  }
}

}  // namespace b3iq::agent
