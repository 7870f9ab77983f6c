// Changes one top-level member of a config file's text; the others stay as they are, in their
// order.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace b3iq::config {

// `json` is the new value. The result is indented by two spaces. Errors: config_invalid when `text`
// is no JSON object.
base::Result<std::string> with_member(std::string_view text, std::string_view name,
                                      std::string_view json);

}  // namespace b3iq::config
