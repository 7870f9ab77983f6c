#include <fmt/format.h>
#include <sys/stat.h>

#include "agent/doctor/doctor_checks.h"
#include "protocol/identity.h"

namespace b3iq::agent {

std::optional<std::string> check_identity(const Home& home, Diagnosis& out) {
  const auto path = home.identity_key();
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    out.fault("identity.file", fmt::format("{} is missing.", path),
              fmt::format("Put the key back from a backup, or make a new node of this home: remove "
                          "node_id from config.json, then b3iq-host --home {} init",
                          shell_word(home.root)));
    return std::nullopt;
  }
  out.good("identity.file", path);
  if ((info.st_mode & 077) != 0) {
    out.fault("identity.mode", fmt::format("Other users can read {}.", path),
              "chmod 600 " + shell_word(path));
    return std::nullopt;
  }
  out.good("identity.mode", path);
  const auto identity = protocol::NodeIdentity::load(path);
  if (!identity.ok()) {
    out.fault("identity.intact", identity.error().detail,
              fmt::format("Put {} back from a backup made with --with-identity.", path));
    return std::nullopt;
  }
  out.good("identity.intact", identity->node_id().text());
  return identity->node_id().text();
}

}  // namespace b3iq::agent
