// Finds the runtimes that run on this machine: asks the well-known ports, and takes for a runtime
// only what answers as one at the endpoints that are its own. A stranger's service is left alone: a
// few GET requests without credentials, no redirects, small answers, a short time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "http/event_loop.h"

namespace b3iq::runtimes {

enum class ProbedServer : std::uint8_t { ollama, lmstudio, llama_server, vllm, sglang };

// As config.json names them: `kind` of a runtime, and its `profile` ("" where it has none).
std::string_view probed_kind(ProbedServer server);
std::string_view probed_profile(ProbedServer server);

struct ProbeCandidate {
  std::string url;          // the server's root: http://127.0.0.1:11434
  ProbedServer likely;      // asked for first; each is tried
  bool configured = false;  // the owner wrote the address: it may be beyond this machine
};

// 127.0.0.1 at the ports that Ollama, LM Studio, llama-server, vLLM and SGLang take by default.
std::vector<ProbeCandidate> well_known_candidates();

struct FoundRuntime {
  ProbedServer server;
  std::string base_url;  // as a runtime's base_url in config.json
  std::string version;   // "" unknown
  std::vector<std::string> models;
};

struct ProbeLimits {
  std::uint16_t own_port = 0;        // this node's listener is never asked
  std::int64_t deadline_ms = 2'000;  // for all of it
};
inline constexpr std::size_t kMaxProbeBytes = std::size_t{1} * 1024 * 1024;
inline constexpr std::size_t kMaxProbeCandidates = 64;

// All at once, in the candidates' order; what does not answer in time is not there. Never an error.
// On the loop's thread.
base::Task<std::vector<FoundRuntime>> probe_runtimes(http::EventLoop& loop,
                                                     std::vector<ProbeCandidate> candidates,
                                                     ProbeLimits limits);

}  // namespace b3iq::runtimes
