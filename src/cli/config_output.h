// What `config show` and `config check` print.
#pragma once

#include <string>

#include "cli/output_form.h"
#include "config/config.h"

namespace b3iq::cli {

// Every option with its value, a secret as "(secret)", in the table's order. As text with where
// each value came from only if `with_origin`; as JSON always.
void print_config(const config::Config& values, bool with_origin, OutputForm form);
// That the file at `path` is right.
void print_config_is_right(const std::string& path, OutputForm form);

}  // namespace b3iq::cli
