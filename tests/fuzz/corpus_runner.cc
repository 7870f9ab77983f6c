#include "corpus_runner.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string_view>

namespace b3iq::fuzz {
namespace {

using Input = std::vector<std::uint8_t>;

// What runs now, for the signal handler.
const Input* current_input = nullptr;
char crash_path[64] = "crash";

void on_crash(int signal) {
  const int fd = ::open(crash_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd >= 0 && current_input != nullptr) {
    [[maybe_unused]] auto n = ::write(fd, current_input->data(), current_input->size());
    constexpr std::string_view kText = "fuzz target crashed; its input is in ";
    n = ::write(2, kText.data(), kText.size());
    n = ::write(2, crash_path, std::string_view(crash_path).size());
    n = ::write(2, "\n", 1);
  }
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

void run_one(const Target& target, const Input& input) {
  // A copy of exactly this size, so that a sanitizer sees a read past its end. Never null, as with
  // libFuzzer.
  const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[input.size()]);
  std::copy(input.begin(), input.end(), exact.get());
  current_input = &input;
  target.run(exact.get(), input.size());
  current_input = nullptr;
}

Input read_input(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::size_t below(std::mt19937_64& random, std::size_t limit) {
  return limit == 0 ? 0 : random() % limit;
}

void mutate_once(Input& input, const Input& other, std::mt19937_64& random) {
  constexpr std::string_view kTelling = "\0\r\n\"\\{}[]:,;=%+-.0e9\xff\x80\x7f";
  const std::size_t at = below(random, input.size() + 1);
  const std::size_t length = std::min(below(random, 32) + 1, input.size() - at);
  const auto begin = input.begin() + static_cast<std::ptrdiff_t>(at);
  const auto end = begin + static_cast<std::ptrdiff_t>(length);
  switch (random() % 7) {
    case 0:
      if (at < input.size())
        input[at] = static_cast<std::uint8_t>(input[at] ^ (1u << random() % 8));
      break;
    case 1:
      if (at < input.size()) input[at] = static_cast<std::uint8_t>(random());
      break;
    case 2:
      input.insert(begin, static_cast<std::uint8_t>(kTelling[below(random, kTelling.size())]));
      break;
    case 3:
      input.erase(begin, end);
      break;
    case 4: {
      const Input piece(begin, end);
      input.insert(input.begin() + static_cast<std::ptrdiff_t>(below(random, input.size() + 1)),
                   piece.begin(), piece.end());
      break;
    }
    case 5: {
      const std::size_t from = below(random, other.size() + 1);
      const std::size_t count = std::min(below(random, 256), other.size() - from);
      const auto start = other.begin() + static_cast<std::ptrdiff_t>(from);
      input.insert(begin, start, start + static_cast<std::ptrdiff_t>(count));
      break;
    }
    default:
      input.resize(at);
  }
}

std::vector<Input> read_folder(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  if (std::filesystem::is_directory(folder)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Input> inputs;
  inputs.reserve(paths.size());
  for (const auto& path : paths) inputs.push_back(read_input(path));
  return inputs;
}

bool run_target(const Target& target, const std::filesystem::path& folder) {
  std::snprintf(crash_path, sizeof crash_path, "crash-%s", target.name);
  const std::vector<Input> inputs = read_folder(folder);
  for (const Input& input : inputs) run_one(target, input);
  std::printf("%-16s %3zu files", target.name, inputs.size());
  if (inputs.empty()) {
    std::printf("  NO CORPUS in %s\n", folder.c_str());
    return false;
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < kMutationsOfATarget; ++i) {
    Input input = inputs[below(random, inputs.size())];
    if (input.size() > kMaxMutatedBytes) input.resize(kMaxMutatedBytes);
    for (auto rounds = 1 + random() % 4; rounds > 0; --rounds) {
      mutate_once(input, inputs[below(random, inputs.size())], random);
    }
    run_one(target, input);
  }
  std::printf("  %d mutations\n", kMutationsOfATarget);
  return true;
}

void catch_crashes() {
  for (const int signal : {SIGABRT, SIGILL, SIGSEGV, SIGFPE, SIGBUS, SIGTRAP})
    ::signal(signal, &on_crash);
}

}  // namespace

int run_corpus(const std::string& root, const std::string& only) {
  catch_crashes();
  bool good = true, any = false;
  for (const Target& target : kTargets) {
    if (!only.empty() && target.name != only) continue;
    any = true;
    good = run_target(target, std::filesystem::path(root) / target.name) && good;
  }
  return good && any ? 0 : 1;
}

int run_files(const Target& target, const std::vector<std::string>& paths) {
  for (const auto& path : paths) {
    std::printf("%s %s\n", target.name, path.c_str());
    run_one(target, read_input(path));
  }
  return 0;
}

}  // namespace b3iq::fuzz
