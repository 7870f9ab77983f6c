// What the doctor found, check by check.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/output_form.h"

namespace b3iq::cli {

enum class Verdict : std::uint8_t { good, warning, fault };
std::string_view verdict_name(Verdict verdict);

struct Finding {
  std::string check;  // stable id: "home.mode" (docs/operating/troubleshooting.md lists them)
  Verdict verdict = Verdict::good;
  std::string found;  // what is; never a secret
  std::string fix;    // a command, or what to change; empty when good
};

class Diagnosis {
 public:
  void good(std::string check, std::string found);
  void warning(std::string check, std::string found, std::string fix);
  void fault(std::string check, std::string found, std::string fix);
  bool has_fault() const;
  const std::vector<Finding>& findings() const { return findings_; }

 private:
  std::vector<Finding> findings_;
};

// What `doctor` prints: a line for each finding, with the fix below it; or JSON. Returns the exit
// code.
int print_diagnosis(const Diagnosis& diagnosis, OutputForm form);

// `text` as one word of a shell's command line.
std::string shell_word(std::string_view text);

}  // namespace b3iq::cli
