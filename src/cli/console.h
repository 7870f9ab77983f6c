// What commands print: tables, times, and errors in one form on standard error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace b3iq::cli {

// Columns are padded to their widest cell; the first row is the heading.
void print_table(const std::vector<std::vector<std::string>>& rows);
// "error: <detail>" and the code; returns the exit code that fits it.
int print_error(const base::Error& error);
// A value of the command line that cannot be meant; returns kExitUsage.
int print_usage_error(std::string_view detail);
bool is_terminal(int fd);

}  // namespace b3iq::cli
