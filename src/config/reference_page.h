// The reference page docs/config.md, made from the table alone.
#pragma once

#include <string>

#include "config/option_table.h"

namespace b3iq::config {

// Markdown. The same table gives the same bytes.
std::string reference_page(const OptionTable& table, std::string_view title,
                           std::string_view introduction);

}  // namespace b3iq::config
