#include "control/wake/nats_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "crypto/secret_file.h"
#include "http/client.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

constexpr std::string_view kPlainScheme = "nats://";
constexpr std::string_view kTlsScheme = "tls://";
constexpr std::string_view kJwtMark = "-----BEGIN NATS USER JWT-----";
constexpr std::size_t kMaxUserBytes = 256;

Error invalid(std::string_view option, std::string detail) {
  return Error(ErrorCode::config_invalid, std::move(detail), std::string(option));
}

bool names_port(std::string_view authority) {
  const auto bracket = authority.rfind(']');
  return authority.find(':', bracket == std::string_view::npos ? 0 : bracket) !=
         std::string_view::npos;
}

Result<NatsServer> parse_server(std::string_view url) {
  const bool tls = url.starts_with(kTlsScheme);
  if (url.find('@') != std::string_view::npos) {
    return invalid("nats.servers",
                   "An entry of 'nats.servers' holds a name or a password (it is not shown). Put "
                   "USER:PASSWORD into a file (chmod 600) and name it in nats.credentials_file.");
  }
  const auto wrong = [&] {
    return invalid("nats.servers",
                   fmt::format("'{}' in 'nats.servers' is no NATS server. Write nats://HOST:{} or "
                               "tls://HOST:{}.",
                               url.substr(0, 200), kNatsPort, kNatsPort));
  };
  if (!tls && !url.starts_with(kPlainScheme)) return wrong();
  const auto authority = url.substr(tls ? kTlsScheme.size() : kPlainScheme.size());
  const auto origin = http::parse_origin("http://" + std::string(authority));
  if (!origin.ok() || !origin->prefix.empty() || authority.ends_with('/')) return wrong();
  return NatsServer{tls, origin->host, names_port(authority) ? origin->port : kNatsPort};
}

// Tokens between dots, without the wildcards that only subscribers may use.
Status check_subject(std::string_view subject) {
  const auto wrong = [&] {
    return invalid("nats.subject",
                   "'nats.subject' must be words of letters, digits, '-' and '_' with dots between "
                   "them, at most 100 bytes, such as b3iq.wake.");
  };
  if (subject.empty() || subject.size() > kMaxNatsSubjectBytes || subject.starts_with('.') ||
      subject.ends_with('.') || subject.find("..") != std::string_view::npos)
    return wrong();
  const bool plain = std::ranges::all_of(subject, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
  if (!plain) return wrong();
  return {};
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || http::classify_address(host) == http::AddressClass::loopback;
}

Status read_tls(const config::Config& values, NatsSettings& settings) {
  settings.tls_ca = values.text("nats.tls.ca");
  settings.tls_certificate = values.text("nats.tls.certificate");
  settings.tls_key = values.text("nats.tls.key");
  if (settings.tls_certificate.empty() != settings.tls_key.empty()) {
    return invalid(
        "nats.tls.certificate",
        "nats.tls.certificate and nats.tls.key belong together. Set both or none of them.");
  }
  const bool any = !settings.tls_ca.empty() || !settings.tls_key.empty();
  const bool plain = std::ranges::any_of(settings.servers, [](const auto& s) { return !s.tls; });
  if (any && plain) {
    return invalid("nats.servers",
                   "nats.tls is set, and an entry of 'nats.servers' begins with nats://, which "
                   "speaks without TLS. Write tls:// in each entry.");
  }
  return {};
}

Status check_credentials(const NatsSettings& settings) {
  if (settings.credentials_file.empty()) return {};
  TRY(const auto credentials, read_nats_credentials(settings.credentials_file));
  if (credentials.form == NatsCredentials::Form::jwt) return {};  // signs a nonce, tells no secret
  for (const auto& server : settings.servers) {
    if (server.tls || is_loopback(server.host)) continue;
    return invalid("nats.servers",
                   fmt::format("nats.credentials_file holds a password or a token, which would "
                               "cross the network to {} in the clear. Write tls:// in "
                               "'nats.servers', or use a NATS credentials file (JWT and nkey).",
                               server.name()));
  }
  return {};
}

Status refuse_without_servers(const config::Config& values) {
  for (const auto* option :
       {"nats.credentials_file", "nats.tls.ca", "nats.tls.certificate", "nats.tls.key"}) {
    if (values.text(option).empty()) continue;
    return invalid(option, fmt::format("'{}' is set, and 'nats.servers' is not. Name the servers, "
                                       "or leave '{}' out.",
                                       option, option));
  }
  return {};
}

}  // namespace

std::string NatsServer::name() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

std::vector<config::Option> nats_options() {
  using config::Type;
  return {
      {.name = "nats.servers",
       .type = Type::list,
       .example = "[\"tls://nats-1.example:4222\", \"tls://nats-2.example:4222\"]",
       .help =
           "NATS servers by which replicas on one database wake each other's long polls; any "
           "one that can be reached is used. Without it a replica finds what another one queued "
           "by looking into the database. nats:// speaks without TLS.",
       .environment = "B3IQ_CONTROL_NATS_SERVERS",
       .max = kMaxNatsServers},
      {.name = "nats.subject",
       .type = Type::text,
       .fallback = "b3iq.wake",
       .example = "\"b3iq.staging.wake\"",
       .help = "The subject that all replicas of this control plane publish and hear. Control "
               "planes that share a NATS need one each."},
      {.name = "nats.credentials_file",
       .type = Type::text,
       .example = "\"/run/credentials/b3iq-control-plane.service/nats\"",
       .help = "File (mode 0600) by which the NATS server knows this replica: a NATS credentials "
               "file (JWT and nkey), or one line USER:PASSWORD or TOKEN. It is read again for each "
               "connection."},
      {.name = "nats.tls.ca",
       .type = Type::text,
       .example = "\"/etc/b3iq-control/nats-ca.pem\"",
       .help =
           "PEM file with the authorities that a NATS server's certificate must come from, in "
           "place of the machine's. The certificate must hold the host name of `nats.servers`."},
      {.name = "nats.tls.certificate",
       .type = Type::text,
       .example = "\"/etc/b3iq-control/nats-client.pem\"",
       .help = "PEM file with this replica's certificate, for NATS servers that ask for one."},
      {.name = "nats.tls.key",
       .type = Type::text,
       .example = "\"/etc/b3iq-control/nats-client-key.pem\"",
       .help = "PEM file with the private key of that certificate."},
  };
}

Result<std::optional<NatsSettings>> read_nats_settings(const config::Config& values) {
  if (values.list("nats.servers").empty()) {
    TRY_OK(refuse_without_servers(values));
    return std::optional<NatsSettings>();
  }
  NatsSettings settings;
  for (const auto& url : values.list("nats.servers")) {
    TRY(auto server, parse_server(url));
    settings.servers.push_back(std::move(server));
  }
  settings.subject = values.text("nats.subject");
  settings.credentials_file = values.text("nats.credentials_file");
  TRY_OK(check_subject(settings.subject));
  TRY_OK(read_tls(values, settings));
  TRY_OK(check_credentials(settings));
  return std::optional<NatsSettings>(std::move(settings));
}

Result<NatsCredentials> read_nats_credentials(const std::string& path) {
  NatsCredentials credentials;
  if (path.empty()) return credentials;
  TRY(const auto content, crypto::read_secret_file(path));
  const auto text = base::trimmed(content.reveal_text());
  if (text.find(kJwtMark) != std::string_view::npos) {
    credentials.form = NatsCredentials::Form::jwt;
    return credentials;
  }
  // libnats writes them into JSON as they are.
  const bool plain = std::ranges::all_of(
      text, [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; });
  const auto colon = text.find(':');
  if (text.empty() || !plain || colon == 0 || colon == text.size() - 1 ||
      (colon != std::string_view::npos && colon > kMaxUserBytes)) {
    return invalid("nats.credentials_file",
                   fmt::format("{} is neither a NATS credentials file nor one line USER:PASSWORD "
                               "or TOKEN of printable characters without spaces, quotation marks "
                               "and backslashes.",
                               path));
  }
  if (colon == std::string_view::npos) {
    credentials.form = NatsCredentials::Form::token;
    credentials.secret = crypto::Secret(text);
  } else {
    credentials.form = NatsCredentials::Form::password;
    credentials.user = text.substr(0, colon);
    credentials.secret = crypto::Secret(text.substr(colon + 1));
  }
  return credentials;
}

}  // namespace b3iq::control
