// The reference page of a table, in Markdown: every option with type, bounds, default, variable,
// example and text.
#pragma once

#include <string>

#include "config/options.h"

namespace b3iq::config {

std::string reference_page(const Table& table, std::string_view title);

}  // namespace b3iq::config
