// Asks a server once what it is, as the runtime that it would become: what an operator sees before
// the server is added. Nothing is kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/runtimes/runtime_request.h"
#include "base/task.h"
#include "http/event_loop.h"

namespace b3iq::agent {

inline constexpr std::int64_t kTrialMs = 15'000;
inline constexpr int kMaxTrials = 4;  // at once

struct TrialResult {
  bool reachable = false;  // something answered at the address
  std::string version;     // "" unknown
  std::vector<std::string> models;
  std::optional<base::Error> error;  // why it cannot be used
};

// Loop thread only.
class RuntimeTrials {
 public:
  // `loop` outlives this.
  explicit RuntimeTrials(http::EventLoop& loop) : loop_(loop) {}

  // Within kTrialMs. A server that cannot be used is no error of the trial. Errors: invalid_request
  // for an address that is never dialled; overloaded past kMaxTrials.
  base::Task<base::Result<TrialResult>> run(RuntimeRequest request, std::uint16_t own_port);

 private:
  struct Trial;
  base::Task<void> ask(std::shared_ptr<Trial> trial);

  http::EventLoop& loop_;
  int running_ = 0;
};

}  // namespace b3iq::agent
