// How a worker process begins: what it was told on its command line, and ties to the agent that
// started it.
//
//   b3iq-worker --parent PID --lib-dir DIR [--gpu]
//
// Inherited descriptors: 3 the stream socket to the agent, 4 the model file, open for reading.
#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

namespace b3iq::runtimes::worker {

inline constexpr int kSocketFd = 3;
inline constexpr int kModelFd = 4;
// Higher is killed earlier when memory runs out: the worker must go before the agent.
inline constexpr int kOomScoreAdjust = 500;

struct Options {
  pid_t parent = 0;
  std::string lib_dir;
  bool gpu = false;
};

std::optional<Options> parse_options(int argc, char** argv);

// The kernel kills this process when the agent's thread that started it ends. False when the agent
// is gone already.
bool die_with_parent(pid_t parent);

// No core files, no debugger, no descriptors beyond the two, first in line when memory runs out.
void limit_process();

}  // namespace b3iq::runtimes::worker
