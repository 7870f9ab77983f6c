// run/control.json: where the serving control plane of this home answers commands of the same user,
// and what they show it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "control/config/control_home.h"

namespace b3iq::control {

struct ControlFile {
  std::int64_t pid = 0;
  std::string url;              // for commands: http on loopback
  std::string listen_url;       // for everybody
  std::string operator_secret;  // b3iq_admin_…, new at every start
};

base::Status write_control_file(const ControlHome& home, const ControlFile& file);
void remove_control_file(const ControlHome& home);
// Nothing when nobody serves this home (no file, or its process is gone).
std::optional<ControlFile> read_control_file(const ControlHome& home);

}  // namespace b3iq::control
