#include "cli/diagnosis.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/exit_status.h"
#include "cli/print_object.h"

namespace b3iq::cli {
namespace {

void print_json(const std::vector<Finding>& findings) {
  print_object([&](json::Writer& w) {
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
  });
}

}  // namespace

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

void Diagnosis::good(std::string check, std::string found) {
  findings_.push_back({std::move(check), Verdict::good, std::move(found), ""});
}

void Diagnosis::warning(std::string check, std::string found, std::string fix) {
  findings_.push_back({std::move(check), Verdict::warning, std::move(found), std::move(fix)});
}

void Diagnosis::fault(std::string check, std::string found, std::string fix) {
  findings_.push_back({std::move(check), Verdict::fault, std::move(found), std::move(fix)});
}

bool Diagnosis::has_fault() const {
  return std::ranges::find(findings_, Verdict::fault, &Finding::verdict) != findings_.end();
}

int print_diagnosis(const Diagnosis& diagnosis, OutputForm form) {
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

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%,=";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos)
    return std::string(text);
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

}  // namespace b3iq::cli
