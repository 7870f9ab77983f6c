#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/diagnosis.h"
#include "control/cli/admin_channel.h"
#include "control/cli/control_commands.h"
#include "control/cli/control_file.h"
#include "control/config/control_settings.h"
#include "json/json.h"
#include "protocol/control_plane_identity.h"

namespace b3iq::control {
namespace {

void check_home(const ControlHome& home, cli::Diagnosis& diagnosis) {
  struct stat info{};
  if (::stat(home.root.c_str(), &info) != 0) {
    diagnosis.fault("home", fmt::format("{} is missing", home.root),
                    fmt::format("b3iq-control-plane --home {} init", cli::shell_word(home.root)));
  } else if ((info.st_mode & 077) != 0) {
    diagnosis.fault("home", fmt::format("others can enter {}", home.root),
                    fmt::format("chmod 700 {}", cli::shell_word(home.root)));
  } else {
    diagnosis.good("home", home.root);
  }
}

void check_identity(const ControlHome& home, cli::Diagnosis& diagnosis) {
  const auto identity = protocol::ControlPlaneIdentity::load(home.identity_key());
  if (identity.ok()) {
    diagnosis.good("identity", identity->id().text());
  } else {
    diagnosis.fault("identity", identity.error().detail,
                    "restore secrets/identity.key from a backup; on a new control plane: "
                    "b3iq-control-plane init");
  }
}

void check_addresses(const ControlSettings& settings, cli::Diagnosis& diagnosis) {
  if (const auto rules = check_listen_rules(settings); !rules.ok()) {
    diagnosis.fault("listen", rules.error().detail, "change config.json");
  } else {
    diagnosis.good("listen", fmt::format("{}:{}", settings.listen.host, settings.listen.port));
  }
  if (settings.public_url.empty()) {
    diagnosis.warning("public_url", "none is set: nodes cannot be told where to enroll",
                      "set public_url in config.json");
  } else {
    diagnosis.good("public_url", settings.public_url);
  }
  if (!settings.tls) return;
  for (const auto& file : {settings.tls->certificate_chain, settings.tls->private_key}) {
    if (::access(file.c_str(), R_OK) == 0) {
      diagnosis.good("tls", file);
    } else {
      diagnosis.fault("tls", fmt::format("{} cannot be read", file),
                      "name a file that this user can read in tls.certificate and tls.key");
    }
  }
}

// What only the database can tell; a running control plane is asked, else it is opened.
void check_records(const ControlHome& home, cli::Diagnosis& diagnosis) {
  AdminTarget target;
  target.home = home.root;
  auto channel = AdminChannel::open(target);
  if (!channel.ok()) {
    diagnosis.fault("database", channel.error().detail, "see the text");
    return;
  }
  const auto status = (*channel)->call(http::Method::get, "/v1/admin/status", {});
  if (!status.ok()) {
    diagnosis.fault("database", status.error().detail, "see the text");
    return;
  }
  diagnosis.good("database", "answers");
  const auto audit = (*channel)->call(http::Method::get, "/v1/admin/audit/verification", {});
  const auto verdict = audit.ok() ? json::Document::parse(*audit) : audit.error();
  if (!verdict.ok()) {
    diagnosis.fault("audit_log", verdict.error().detail, "see the text");
  } else if (verdict->root().find("holds").boolean().value_or(false)) {
    diagnosis.good("audit_log", fmt::format("the chain of {} entries holds",
                                            verdict->root().find("entries").integer().value_or(0)));
  } else {
    diagnosis.fault("audit_log",
                    fmt::format("the chain is broken at entry {}",
                                verdict->root().find("first_broken_seq").integer().value_or(0)),
                    "compare with an export; find out who can write to the database");
  }
  const auto list = (*channel)->call(http::Method::get, "/v1/admin/credentials?limit=500", {});
  const auto credentials = list.ok() ? json::Document::parse(*list) : list.error();
  bool has_admin = false;
  if (credentials.ok()) {
    const auto data = credentials->root().find("data");
    for (std::size_t i = 0; i < data.size(); ++i) {
      has_admin = has_admin || (data.at(i).find("role").string() == "admin" &&
                                data.at(i).find("status").string() == "active");
    }
  }
  if (has_admin) {
    diagnosis.good("admin", "a credential with the role admin can be used");
  } else {
    diagnosis.warning("admin", "no credential with the role admin can be used",
                      "b3iq-control-plane admin bootstrap --out FILE");
  }
}

}  // namespace

int run_doctor(const ControlHome& home, OutputForm form) {
  cli::Diagnosis diagnosis;
  check_home(home, diagnosis);
  check_identity(home, diagnosis);
  const auto settings = load_control_settings(home, {});
  if (settings.ok()) {
    diagnosis.good("config", home.config());
    check_addresses(*settings, diagnosis);
    if (!diagnosis.has_fault()) check_records(home, diagnosis);
  } else {
    diagnosis.fault("config", settings.error().detail, "see the text");
  }
  if (const auto file = read_control_file(home)) {
    diagnosis.good("serving", fmt::format("process {} at {}", file->pid, file->listen_url));
  } else {
    diagnosis.warning("serving", "nobody serves this home", "b3iq-control-plane serve");
  }
  return cli::print_diagnosis(diagnosis, form);
}

}  // namespace b3iq::control
