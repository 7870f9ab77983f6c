// Installs the node as a systemd service: for the whole machine when run as root, else for the
// user.
#pragma once

#include <string>
#include <vector>

#include "agent/home.h"
#include "agent/service/service_unit.h"
#include "base/result.h"

namespace b3iq::agent {

// Where the unit's file goes.
base::Result<std::string> unit_path(ServiceScope scope);

// One program, run to its end without a shell, its output passed on. Errors: file_failed when it
// cannot be started or ends with another code than 0, naming it.
base::Status run_program(const std::vector<std::string>& words);

// Writes the unit and starts it (enable --now). As root the user b3iq is made when it is missing,
// and the node's folder is given to it. Errors name what failed and what to do.
base::Status install_service(const ServiceUnit& unit);
// Stops the service and removes the unit; the node's folder stays.
base::Status uninstall_service(ServiceScope scope);

}  // namespace b3iq::agent
