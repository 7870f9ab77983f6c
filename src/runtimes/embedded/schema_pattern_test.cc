#include "runtimes/embedded/schema_pattern.h"

#include <gtest/gtest.h>

namespace b3iq::runtimes {
namespace {

using Kind = PatternVerdict::Kind;

TEST(SchemaPattern, WhatTheGrammarKeepsIsEnforced) {
  for (const char* pattern :
       {"^[0-9]{5}$", "^abc$", "^$", "^(a|bc)+$", "^(?:ab)?c$", "^[a-zA-Z0-9._%+-]+$", "^a{2,}$",
        "^a{0,1000}$", "^\\.\\*$", "^[^\"\\\\\\x00-\\x1F]*$", "^ab*c?$", "^a\\.b$", "^\\u00e9$",
        "^é$", "^[é-ü]+$", "^[\\-\\[\\]]$", "^(\\.)?$", "^\\.?$"}) {
    const auto verdict = judge_pattern(pattern);
    EXPECT_EQ(verdict.kind, Kind::enforced) << pattern << ": " << verdict.reason;
  }
}

TEST(SchemaPattern, WhatTheGrammarWouldIgnoreIsSaid) {
  for (const char* pattern :
       {"", "a", "[0-9]{5}", "^abc", "abc$", "^\\d+$", "^a\\b$", "^(?=a)b$", "^(?!a)b$",
        "^(?<n>a)$", "^a$|^b$", "^[\\w.]+$", "^[a\\.]$", "^a]$", "^a\\/b$", "^a{2$"}) {
    const auto verdict = judge_pattern(pattern);
    EXPECT_EQ(verdict.kind, Kind::ignored) << pattern;
    EXPECT_FALSE(verdict.reason.empty()) << pattern;
  }
}

TEST(SchemaPattern, WhatWouldBreakTheAnswerOrTheWorkerIsRefused) {
  for (const char* pattern :
       {"^.*$",   "^[^a]*$",        "^[ -~]+$", "^\"$",      "^\\\\$",
        "^\\n$",  "^a{1,1000000}$", "^a{5,3}$", "^a{1001}$", "^a{99999999999999999999}$",
        "^*$",    "^(a$",           "^a)$",     "^[a$",      "^[]$",
        "^a+?$",  "^ab\\.?$",       "^é*$",     "^a{,3}$",   "^abc\\$",
        "^[z-a]$"}) {
    const auto verdict = judge_pattern(pattern);
    EXPECT_EQ(verdict.kind, Kind::broken) << pattern;
    EXPECT_FALSE(verdict.reason.empty()) << pattern;
  }
  EXPECT_EQ(judge_pattern("^" + std::string(kMaxPatternBytes, 'a') + "$").kind, Kind::broken);
  const std::string deep = "^" + std::string(kMaxPatternGroups + 1, '(') + "a" +
                           std::string(kMaxPatternGroups + 1, ')') + "$";
  EXPECT_EQ(judge_pattern(deep).kind, Kind::broken);
}

}  // namespace
}  // namespace b3iq::runtimes
