// Runs corpora without libFuzzer: each file as it is, then mutated. The same files give the same
// inputs. Should a target crash, the input is left in crash-TARGET in the working folder, ready for
// `b3iq_fuzz TARGET crash-TARGET`.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "targets.h"

namespace b3iq::fuzz {

inline constexpr int kMutationsOfATarget = 20'000;
inline constexpr std::size_t kMaxMutatedBytes = 16 * 1024;

// `root` has a folder for each target. All targets, or the one called `only`. The exit status.
int run_corpus(const std::string& root, const std::string& only);
int run_files(const Target& target, const std::vector<std::string>& paths);

}  // namespace b3iq::fuzz
