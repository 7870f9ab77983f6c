#include <fmt/format.h>

#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/doctor/doctor_checks.h"
#include "json/json.h"

namespace b3iq::agent {
namespace {

void print_json(const std::vector<Finding>& findings) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  w.key("checks");
  w.begin_array();
  for (const auto& finding : findings) {
    w.begin_object();
    w.member("check", finding.check);
    w.member("verdict", verdict_name(finding.verdict));
    w.member("found", finding.found);
    w.member("fix", finding.fix);
    w.end_object();
  }
  w.end_array();
  w.end_object();
  fmt::print("{}\n", body);
}

}  // namespace

int run_doctor(const Home& home, OutputForm form) {
  const auto diagnosis = examine(home);
  if (form == OutputForm::json) {
    print_json(diagnosis.findings());
  } else {
    for (const auto& finding : diagnosis.findings()) {
      fmt::print("{:8} {:24} {}\n", verdict_name(finding.verdict), finding.check, finding.found);
      if (!finding.fix.empty()) fmt::print("{:33} fix: {}\n", "", finding.fix);
    }
  }
  return diagnosis.has_fault() ? kExitProblemsFound : kExitOk;
}

}  // namespace b3iq::agent
