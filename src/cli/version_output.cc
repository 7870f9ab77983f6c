#include "cli/version_output.h"

#include <fmt/format.h>

#include "cli/print_object.h"

namespace b3iq::cli {

std::string version_line(const BuildFacts& build) {
  return fmt::format("{} {} ({}, {})", build.program, build.version, build.compiler,
                     build.build_type);
}

void print_version(const BuildFacts& build, OutputForm form) {
  if (form == OutputForm::text) {
    fmt::print("{}\n", version_line(build));
    return;
  }
  print_object([&](json::Writer& w) {
    w.member("version", build.version);
    w.member("compiler", build.compiler);
    w.member("build_type", build.build_type);
  });
}

}  // namespace b3iq::cli
