#include "control/config/control_settings_table.h"

#include <vector>

#include "config/reference_page.h"
#include "control/approvals/approval_types.h"
#include "control/nodes/node_types.h"
#include "control/wake/nats_settings.h"
#include "protocol/messages/enrollment.h"

namespace b3iq::control {
namespace {

using config::Option;
using config::Type;

std::vector<Option> options() {
  std::vector<Option> all = {
      {.name = "listen",
       .type = Type::text,
       .fallback = "127.0.0.1:8840",
       .example = "\"0.0.0.0:8840\"",
       .help = "Address and port of all APIs; port 0 picks a free one. An address that other "
               "machines can reach needs TLS, or a proxy that is named in `trusted_proxies`.",
       .environment = "B3IQ_CONTROL_LISTEN",
       .flag = "--listen"},
      {.name = "public_url",
       .type = Type::text,
       .example = "\"https://control.example\"",
       .help = "How nodes and operators reach this control plane; `admin tokens create` prints it "
               "in the command that enrolls a node. https, or http on loopback.",
       .environment = "B3IQ_CONTROL_PUBLIC_URL"},
      {.name = "tls.certificate",
       .type = Type::text,
       .example = "\"/etc/b3iq-control/fullchain.pem\"",
       .help = "PEM file with the certificate chain. With `tls.key` everything is served over TLS "
               "1.2 or newer."},
      {.name = "tls.key",
       .type = Type::text,
       .example = "\"/etc/b3iq-control/key.pem\"",
       .help = "PEM file with the private key of the certificate, mode 0600."},
      {.name = "trusted_proxies",
       .type = Type::list,
       .example = "[\"10.0.0.7\", \"fd00::/8\"]",
       .help = "Addresses of reverse proxies whose X-Forwarded-For is believed, for rate limits by "
               "address. From anybody else the header is ignored.",
       .max = 64},
      {.name = "database",
       .type = Type::text,
       .example = "\"postgresql://b3iq@db.example/b3iq?sslmode=verify-full\"",
       .help = "URI of a server that speaks PostgreSQL's protocol; several control planes may "
               "share one. Without it the database is `control.db` in the home. A URI with a "
               "password belongs in `database_file` or the environment, never in arguments.",
       .environment = "B3IQ_CONTROL_DATABASE",
       .flag = "--database",
       .secrecy = config::Secrecy::secret},
      {.name = "database_file",
       .type = Type::text,
       .example = "\"/run/credentials/b3iq-control-plane.service/database\"",
       .help = "File (mode 0600) whose one line is the database's URI, in place of `database`."},
      {.name = "admin.second_approval",
       .type = Type::list,
       .example = "[\"credential.create\", \"node.remove\"]",
       .help = "Acts of the admin API that a second person has to approve: `node.remove`, "
               "`node.suspend`, `credential.create`, `credential.revoke`, `token.create`, "
               "`command.queue` (and retry), `customer.credit` (and adjustment). With any of them "
               "`credential.create` must be there. "
               "The same on every replica. The command line on the machine itself is not bound.",
       .max = std::ssize(kApprovalActs)},
      {.name = "limits.body",
       .type = Type::size,
       .fallback = "512KiB",
       .example = "\"1MiB\"",
       .help =
           "Largest body that an operator's request may have. What nodes send has limits of its "
           "own, which are part of the protocol.",
       .min = 16 * std::int64_t{1024},
       .max = 16 * std::int64_t{1024} * 1024},
      {.name = "limits.connections",
       .type = Type::integer,
       .fallback = "100000",
       .example = "20000",
       .help = "Connections held at once; more are answered 503 and closed. Each node that waits "
               "for commands holds one.",
       .min = 16,
       .max = 1'000'000},
      {.name = "limits.public_per_minute",
       .type = Type::integer,
       .fallback = "240",
       .example = "60",
       .help = "Requests of the public API that one address (one /64 of IPv6) may make in a "
               "minute; 0: no limit.",
       .min = 0,
       .max = 1'000'000},
      {.name = "limits.enrollment_per_minute",
       .type = Type::integer,
       .fallback = "60",
       .example = "600",
       .help = "Enrollment challenges and enrollments that one address may ask for in a minute; 0: "
               "no limit.",
       .min = 0,
       .max = 1'000'000},
      {.name = "limits.node_per_minute",
       .type = Type::integer,
       .fallback = "6000",
       .example = "600",
       .help = "Signed requests that one node may make in a minute, of all kinds together; 0: no "
               "limit. A node without work makes fewer than 20; each private job takes it two or "
               "three.",
       .min = 0,
       .max = 1'000'000},
      {.name = "limits.admin_failures_per_minute",
       .type = Type::integer,
       .fallback = "20",
       .example = "5",
       .help =
           "Requests with a credential that is unknown, expired or revoked that one address may "
           "make in a minute before it is refused with 429; 0: no limit.",
       .min = 0,
       .max = 1'000'000},
      {.name = "heartbeat_interval",
       .type = Type::duration,
       .fallback = "15s",
       .example = "\"5s\"",
       .help =
           "How often a node tells that it lives, with a tenth of jitter. Shorter: a node that "
           "lost its control plane is back sooner, for more work here. A node counts as online "
           "for a minute after its last heartbeat. While heartbeats come faster than they can be "
           "written, nodes are asked for up to four times this, and count as online for longer.",
       .min = protocol::kMinHeartbeatIntervalMs,
       .max = kHeartbeatIntervalMs},
      {.name = "drain",
       .type = Type::duration,
       .fallback = "30s",
       .example = "\"10s\"",
       .help = "How long running requests may take after SIGTERM before they are cut.",
       .min = 0,
       .max = 3'600'000},
      {.name = "log.level",
       .type = Type::choice,
       .fallback = "info",
       .example = "\"debug\"",
       .help = "The least serious event that is logged. `debug` logs every request: id, operation, "
               "status, code, bytes, time; never a body, a credential or an address.",
       .environment = "B3IQ_LOG_LEVEL",
       .choices = {"debug", "info", "warn", "error", "off"}},
      {.name = "log.format",
       .type = Type::choice,
       .fallback = "json",
       .example = "\"text\"",
       .help = "Form of the log lines on standard error.",
       .environment = "B3IQ_LOG_FORMAT",
       .choices = {"text", "json"}},
  };
  for (auto& option : nats_options()) all.push_back(std::move(option));
  return all;
}

}  // namespace

const config::OptionTable& control_settings_table() {
  static const config::OptionTable table(options());
  return table;
}

std::string control_settings_reference_page() {
  return config::reference_page(
      control_settings_table(), "Configuration of the control plane",
      "`config.json` in the control plane's folder (`B3IQ_CONTROL_HOME`, default "
      "`~/.b3iq-control`). Generated from the table in "
      "`src/control/config/control_settings_table.cc`; a test compares them.");
}

}  // namespace b3iq::control
