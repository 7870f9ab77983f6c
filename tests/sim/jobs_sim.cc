// jobs_sim [--seed N] [--seeds COUNT] [--steps M] [--kept FILE] [--verbose]: the simulator of
// private jobs. Each seed is a world of its own. With --seeds each has M steps; without it there
// are as many worlds as M steps need. A seed whose run shows a fault is printed with the step and
// the command that runs it the same again.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "sim_world.h"

namespace b3iq::control::sim {
namespace {

constexpr std::uint64_t kStepsOfWorld = 10'000;

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t seeds = 0;  // 0: as many as the steps are worth
  std::uint64_t steps = 100'000;
  std::string kept;
  bool verbose = false;
};

struct Total {
  std::uint64_t worlds = 0, steps = 0, commits = 0, crashes = 0;
  std::int64_t jobs = 0, receipts = 0;
  std::map<std::string, std::int64_t> ends;
  std::map<std::string, std::int64_t> met;
  int faults = 0;
};

// What runs now, for the last words of a process that a check of the program itself ends.
struct Running {
  const SimWorld* world = nullptr;
  std::uint64_t seed = 0;
};
Running running;

extern "C" void tell_seed_and_end(int /*signal*/) {
  if (running.world == nullptr) return;
  const auto line = fmt::format("FAULT seed {} step {}: the program ended itself\n", running.seed,
                                running.world->steps());
  static_cast<void>(!::write(STDOUT_FILENO, line.data(), line.size()));
}

void run_world(std::uint64_t seed, std::uint64_t steps, bool verbose, Total& total) {
  SimWorld world(seed);
  running = {&world, seed};
  const auto result = world.run(steps);
  running = {};
  ++total.worlds;
  total.steps += result.steps;
  total.commits += result.commits;
  total.crashes += result.crashes;
  total.jobs += result.jobs;
  total.receipts += result.receipts;
  for (const auto& [end, count] : result.jobs_by_status) total.ends[end] += count;
  for (const auto& [what, count] : result.met) total.met[what] += count;
  if (verbose)
    fmt::print("seed {}: {} steps, {} jobs, {} receipts, {} crashes\n", seed, result.steps,
               result.jobs, result.receipts, result.crashes);
  if (result.fault.empty()) return;
  ++total.faults;
  fmt::print("FAULT seed {} step {}: {}\n  again: jobs_sim --seed {} --seeds 1 --steps {}\n", seed,
             result.steps, result.fault, seed, steps);
  std::fflush(stdout);
}

// What a run of so many steps has met, or it proved less than it says.
constexpr std::uint64_t kStepsThatMeetAll = 200'000;
constexpr std::array<std::string_view, 44> kMust = {
    "job: queued > claimed",
    "job: claimed > running",
    "job: claimed > queued",
    "job: running > queued",
    "job: running > completed",
    "job: running > failed",
    "job: running > cancelled",
    "job: running > expired",
    "job: running > awaiting_receipt",
    "job: awaiting_receipt > completed",
    "job: awaiting_receipt > failed",
    "job: stopping > succeeded",
    "job: stopping > failed",
    "job: stopping > cancelled",
    "job: hour over > succeeded",
    "customer's cancel: stopping",
    "another customer's job: not_found",
    "stream: frame",
    "stream: end",
    "stream: end behind frames",
    "frames: open",
    "frames: closed",
    "frames: request_replayed",
    "frames: wrong kind 1",
    "frames: wrong kind 2",
    "frames: wrong kind 3",
    "frames: wrong kind 4",
    "frames: wrong kind 5",
    "queue: envelope_replayed",
    "queue: insufficient_balance",
    "queue: gateway_spend_cap_exceeded",
    "other body under a key: idempotency_key_reused",
    "lease: lost",
    "lease: cancelled",
    "result: ok",
    "result: conflict",
    "result: lease_lost",
    "receipt by itself: accepted",
    "receipt by itself: refused",
    "receipt by itself: already_there",
    "refund: ok",
    "refund again: ok",
    "recovery: done",
    "purge: some"};

void check_met(Total& total) {
  for (const auto what : kMust) {
    if (total.met.contains(std::string(what))) continue;
    ++total.faults;
    fmt::print("FAULT never met: {}\n", what);
  }
}

// Lines "SEED STEPS what it found"; '#' begins a comment.
bool run_kept(const std::string& path, Total& total) {
  std::ifstream file(path);
  if (!file) return false;
  std::string line;
  while (std::getline(file, line)) {
    if (line.empty() || line.front() == '#') continue;
    char* rest = nullptr;
    const auto seed = std::strtoull(line.c_str(), &rest, 10);
    const auto steps = std::strtoull(rest, nullptr, 10);
    if (steps == 0) return false;
    run_world(seed, steps, false, total);
  }
  return true;
}

bool read(int argc, char** argv, Options& out) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--verbose") {
      out.verbose = true;
      continue;
    }
    if (i + 1 == argc) return false;
    const std::string value = argv[++i];
    if (name == "--kept") {
      out.kept = value;
    } else if (name == "--seed") {
      out.seed = std::strtoull(value.c_str(), nullptr, 10);
    } else if (name == "--seeds") {
      out.seeds = std::strtoull(value.c_str(), nullptr, 10);
    } else if (name == "--steps") {
      out.steps = std::strtoull(value.c_str(), nullptr, 10);
    } else {
      return false;
    }
  }
  return out.steps > 0;
}

int run(const Options& options) {
  const auto begun = std::chrono::steady_clock::now();
  Total total;
  if (!options.kept.empty() && !run_kept(options.kept, total)) {
    fmt::print("cannot read {}\n", options.kept);
    return 2;
  }
  const auto before = total.steps;
  const auto each = options.seeds == 0 ? std::min(kStepsOfWorld, options.steps) : options.steps;
  const auto goes_on = [&](std::uint64_t seed) {
    if (options.seeds != 0) return seed < options.seed + options.seeds;
    return total.steps - before < options.steps;
  };
  for (auto seed = options.seed; goes_on(seed); ++seed)
    run_world(seed, each, options.verbose, total);
  if (total.steps >= kStepsThatMeetAll && total.faults == 0) check_met(total);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  fmt::print(
      "{} steps in {} worlds: {} jobs, {} receipts, {} commits, {} crashes of the control plane, "
      "{:.1f} s, {} faults\n",
      total.steps, total.worlds, total.jobs, total.receipts, total.commits, total.crashes,
      took.count(), total.faults);
  fmt::print("How jobs ended, and what was met:\n");
  for (const auto& [end, count] : total.ends) fmt::print("  {:<40} {}\n", end, count);
  for (const auto& [what, count] : total.met) fmt::print("    {:<38} {}\n", what, count);
  return total.faults == 0 ? 0 : 1;
}

}  // namespace
}  // namespace b3iq::control::sim

int main(int argc, char** argv) {
  b3iq::control::sim::Options options;
  if (!b3iq::control::sim::read(argc, argv, options)) {
    fmt::print("jobs_sim [--seed N] [--seeds COUNT] [--steps M] [--kept FILE] [--verbose]\n");
    return 64;
  }
  std::signal(SIGABRT, b3iq::control::sim::tell_seed_and_end);
  return b3iq::control::sim::run(options);
}
