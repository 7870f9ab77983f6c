// What `version` and `--version` of every program print.
#pragma once

#include <string>
#include <string_view>

#include "cli/output_form.h"

namespace b3iq::cli {

struct BuildFacts {
  std::string_view program;
  std::string_view version;
  std::string_view compiler;
  std::string_view build_type;
};

std::string version_line(const BuildFacts& build);
void print_version(const BuildFacts& build, OutputForm form);

}  // namespace b3iq::cli
