#include <fmt/format.h>

#include <algorithm>

#include "agent/cli/commands.h"
#include "agent/cli/doctor_checks.h"
#include "agent/cli/exit_codes.h"
#include "json/json.h"

namespace b3iq::agent {
namespace {

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::good:
      return "good";
    case Verdict::warning:
      return "warning";
    case Verdict::fault:
      return "fault";
  }
  return "fault";
}

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
  const auto findings = examine(home);
  if (form == OutputForm::json) {
    print_json(findings);
  } else {
    for (const auto& finding : findings) {
      fmt::print("{:8} {:18} {}\n", verdict_name(finding.verdict), finding.check, finding.found);
      if (!finding.fix.empty()) fmt::print("{:27} fix: {}\n", "", finding.fix);
    }
  }
  const bool fault = std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.verdict == Verdict::fault;
  });
  return fault ? kExitProblemsFound : kExitOk;
}

}  // namespace b3iq::agent
