// Commands that have something made whose secret the control plane tells once.
#pragma once

#include <functional>
#include <string_view>

#include "control/cli/control_commands.h"
#include "json/json.h"

namespace b3iq::control {

// What people are told beside the secret, on standard error.
using SayMade = std::function<void(json::Value answer)>;

// Sends `body` to `path`. The secret of the answer goes into the new file options.out (0600), which
// is made before anything is asked for, so that no secret is lost for want of a place; or to
// standard output when no file is named. With --json the answer is printed: whole, or only its
// member `made` when the secret went into a file. Returns the exit code.
int make_with_secret(const AdminOptions& options, std::string_view path, std::string_view body,
                     std::string_view made, const SayMade& say);

}  // namespace b3iq::control
