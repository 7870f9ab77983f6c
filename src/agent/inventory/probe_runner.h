// Runs probe processes with a deadline and bounded output. Each is in its own process group, has
// nothing of the agent but a pipe, and is killed with its group. One that even a kill does not end
// (it hangs in the kernel, in a sick driver) is left behind and not started a second time until it
// is gone. Not the loop thread: run() blocks up to the deadline.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace b3iq::agent::inventory {

struct ProbeLimits {
  std::int64_t deadline_ms = 3'000;
  std::size_t max_output_bytes = 256 * 1024;
  // How long a killed process may take to go.
  std::int64_t kill_grace_ms = 500;
};

struct ProbeCommand {
  std::string name;                    // unique in a run
  std::vector<std::string> arguments;  // [0]: the program's path
};

struct ProbeResult {
  std::string output;
  std::string failure;  // in words; empty: it ended well
};

class ProbeRunner {
 public:
  explicit ProbeRunner(ProbeLimits limits) : limits_(limits) {}

  // All at once; the results in the order of `commands`. `stop` ends it early.
  std::vector<ProbeResult> run(const std::vector<ProbeCommand>& commands,
                               const std::atomic<bool>& stop);
  // Killed processes that are still there.
  std::size_t left_behind() const { return left_behind_.size(); }

 private:
  void collect_left_behind();

  ProbeLimits limits_;
  std::map<std::string, pid_t> left_behind_;  // by the command's name
};

}  // namespace b3iq::agent::inventory
