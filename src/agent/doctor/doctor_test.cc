// What cannot be induced from outside: a machine's GPUs, its clock, its memory. The rest is in
// tests/e2e/doctor.test.mjs.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "agent/doctor/doctor_checks.h"

namespace b3iq::agent {
namespace {

constexpr std::uint64_t kGiB = std::uint64_t{1024} * 1024 * 1024;

Finding only(const Diagnosis& diagnosis) {
  EXPECT_EQ(diagnosis.findings().size(), 1u);
  return diagnosis.findings().empty() ? Finding{} : diagnosis.findings().front();
}

TEST(Doctor, AModelLargerThanTheMemoryIsAFault) {
  Diagnosis small, large, unknown;
  judge_memory("m", 8 * kGiB, 8 * kGiB, small);
  judge_memory("m", 8 * kGiB + 1, 8 * kGiB, large);
  judge_memory("m", 8 * kGiB, std::nullopt, unknown);
  EXPECT_EQ(only(small).verdict, Verdict::good);
  EXPECT_EQ(only(large).verdict, Verdict::fault);
  EXPECT_NE(only(large).fix.find("context_tokens"), std::string::npos);
  EXPECT_EQ(only(unknown).verdict, Verdict::good);
}

TEST(Doctor, GpuLayersNeedAGpuAndItsLibrary) {
  Diagnosis none, bare, whole, unknown;
  judge_gpu("g", 0, true, none);
  judge_gpu("g", 1, false, bare);
  judge_gpu("g", 1, true, whole);
  judge_gpu("g", std::nullopt, true, unknown);
  EXPECT_NE(only(none).fix.find("to 0"), std::string::npos);
  EXPECT_NE(only(bare).fix.find("gpu.md"), std::string::npos);
  EXPECT_EQ(only(whole).verdict, Verdict::good);
  EXPECT_EQ(only(unknown).verdict, Verdict::warning);
}

TEST(Doctor, AClockFromBeforeTheProgramIsAFault) {
  Diagnosis early, now;
  check_clock(0, early);
  check_clock(1'790'000'000'000, now);
  EXPECT_EQ(only(early).verdict, Verdict::fault);
  EXPECT_EQ(only(now).verdict, Verdict::good);
}

// The codes that inventory_types.h lists for doctor.
std::vector<std::string> inventory_codes() {
  std::ifstream in(std::string(B3IQ_SOURCE_DIR) + "/src/agent/inventory/inventory_types.h");
  std::string text{std::istreambuf_iterator<char>(in), {}};
  text = text.substr(text.find("Codes are for doctor:"));
  text = text.substr(text.find('\n'));
  text = text.substr(0, text.find("struct Note"));
  const std::regex word("[a-z]+_[a-z_]+");
  return {std::sregex_token_iterator(text.begin(), text.end(), word), {}};
}

TEST(Doctor, EveryNoteOfTheInventoryHasAMeaning) {
  const auto codes = inventory_codes();
  ASSERT_GE(codes.size(), 11u);
  for (const auto& code : codes) {
    Diagnosis out;
    judge_notes({{code, "text"}}, out);
    const auto finding = only(out);
    EXPECT_EQ(finding.check, "machine." + code);
    EXPECT_NE(finding.fix, "b3iq-host inventory") << code << " has no meaning of its own";
    EXPECT_EQ(finding.fix.empty(), finding.verdict == Verdict::good) << code;
  }
}

TEST(Doctor, AFixCanBePastedIntoAShell) {
  EXPECT_EQ(shell_word("/home/me/.b3iq"), "/home/me/.b3iq");
  EXPECT_EQ(shell_word("/a b"), "'/a b'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word("$(x)"), "'$(x)'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace b3iq::agent
