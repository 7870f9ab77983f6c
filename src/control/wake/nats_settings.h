// Where the NATS servers are by which replicas wake each other, and how they know this one. Read
// once from config.json; then only read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "crypto/secret.h"

namespace b3iq::control {

inline constexpr std::int64_t kMaxNatsServers = 16;
inline constexpr std::size_t kMaxNatsSubjectBytes = 100;
inline constexpr std::uint16_t kNatsPort = 4222;

struct NatsServer {
  bool tls = false;
  std::string host;
  std::uint16_t port = kNatsPort;
  // HOST:PORT, for logs and for people.
  std::string name() const;
};

struct NatsSettings {
  std::vector<NatsServer> servers;  // at least one
  std::string subject = "b3iq.wake";
  std::string credentials_file;  // "" for none; see read_nats_credentials()
  std::string tls_ca;            // PEM; "" for the machine's authorities
  std::string tls_certificate;   // of this replica, with tls_key; "" for none
  std::string tls_key;
};

// Their rows of the control plane's table.
std::vector<config::Option> nats_options();
// nullopt when no server is configured. Errors: config_invalid naming the option and the fix;
// those of read_nats_credentials().
base::Result<std::optional<NatsSettings>> read_nats_settings(const config::Config& values);

// How this replica says who it is. The file is one of
//   a NATS credentials file (a user's JWT and nkey seed), which libnats reads by itself;
//   one line USER:PASSWORD;
//   one line with a token, which has no colon.
struct NatsCredentials {
  enum class Form : std::uint8_t { none, jwt, password, token };
  Form form = Form::none;
  std::string user;
  crypto::Secret secret;  // password or token
};
// The file is read again for each connection, so that it may be replaced. Errors: not_found,
// file_failed (open to others: chmod 600), config_invalid.
base::Result<NatsCredentials> read_nats_credentials(const std::string& path);

}  // namespace b3iq::control
