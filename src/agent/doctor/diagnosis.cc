#include "agent/doctor/diagnosis.h"

#include <algorithm>
#include <utility>

namespace b3iq::agent {

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

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@%,=";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos)
    return std::string(text);
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

}  // namespace b3iq::agent
