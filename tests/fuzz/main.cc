// One binary for every fuzz target.
//
// With libFuzzer (preset fuzz):  b3iq_fuzz TARGET [libFuzzer's options] [corpus folder]
//   The target may also come from B3IQ_FUZZ_TARGET or from the name the binary is called by (a link
//   named `json`).
// Without it:                    b3iq_fuzz --corpus FOLDER [TARGET]   every corpus file, and
// mutations of it that are the
//                                                                     same in each run; this is the
//                                                                     ctest fuzz_corpus
//                                b3iq_fuzz TARGET FILE…               these files alone
#include <cstdlib>
#include <cstring>

#include "corpus_runner.h"
#include "targets.h"

namespace {

using b3iq::fuzz::Target;

void list_targets(std::FILE* out) {
  std::fputs("targets:", out);
  for (const Target& target : b3iq::fuzz::kTargets) std::fprintf(out, " %s", target.name);
  std::fputs("\n", out);
}

}  // namespace

#ifdef B3IQ_LIBFUZZER

namespace {
const Target* chosen = nullptr;
}

extern "C" int LLVMFuzzerInitialize(int* count, char*** values) {
  char** const v = *values;
  if (*count > 1 && (chosen = b3iq::fuzz::find_target(v[1])) != nullptr) {
    std::memmove(v + 1, v + 2, static_cast<std::size_t>(*count - 1) * sizeof *v);
    --*count;
  }
  const char* const variable = std::getenv("B3IQ_FUZZ_TARGET");
  if (chosen == nullptr && variable != nullptr) chosen = b3iq::fuzz::find_target(variable);
  const std::string_view own(v[0]);
  if (chosen == nullptr) chosen = b3iq::fuzz::find_target(own.substr(own.rfind('/') + 1));
  if (chosen == nullptr) {
    list_targets(stderr);
    std::exit(2);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return chosen->run(data, size);
}

#else

int main(int count, char** values) {
  const std::vector<std::string> arguments(values + 1, values + count);
  if (arguments.size() >= 2 && arguments[0] == "--corpus") {
    return b3iq::fuzz::run_corpus(arguments[1], arguments.size() > 2 ? arguments[2] : "");
  }
  const Target* const target = arguments.empty() ? nullptr : b3iq::fuzz::find_target(arguments[0]);
  if (target == nullptr || arguments.size() < 2) {
    std::fputs("use: b3iq_fuzz --corpus FOLDER [TARGET], or b3iq_fuzz TARGET FILE...\n", stderr);
    list_targets(stderr);
    return 2;
  }
  return b3iq::fuzz::run_files(*target, {arguments.begin() + 1, arguments.end()});
}

#endif
