// What a server's certificate file says of itself. Pure but for the file read; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace b3iq::http {

struct CertificateFacts {
  std::int64_t valid_from_ms = 0;  // wall clock
  std::int64_t valid_until_ms = 0;
};

// Of the first certificate in the PEM file. Errors: not_found; config_invalid when there is none in
// it.
base::Result<CertificateFacts> read_certificate(const std::string& path);

}  // namespace b3iq::http
