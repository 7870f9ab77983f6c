// One request to the control plane and its answer: bounded in size and time, over TLS whose
// certificate is checked (or plain on loopback), and no redirect is ever followed. Loop thread
// only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/sync/control_errors.h"
#include "agent/sync/wake_timer.h"
#include "base/cancel.h"
#include "base/task.h"
#include "http/client.h"

namespace b3iq::agent {

inline constexpr std::int64_t kControlConnectMs = 10'000;
inline constexpr std::int64_t kControlDeadlineMs = 20'000;

struct ControlRequest {
  http::Method method = http::Method::post;
  std::string path;  // behind the address
  std::string body;  // JSON
  std::vector<http::Header> headers;
  std::size_t max_answer_bytes = 0;
  std::int64_t deadline_ms = kControlDeadlineMs;  // for all of it
};

// The body of a 2xx answer, or why there is none.
using ControlAnswer = std::variant<std::string, Refusal>;

class ControlClient {
 public:
  struct Needs {
    http::EventLoop& loop;
    WakeClock& wake;
    std::string ca_file;            // "": the system's authorities
    const std::uint16_t& own_port;  // this node's listener: never dialled
  };
  ControlClient(const Needs& needs, ControlAddress address);

  const ControlAddress& address() const { return address_; }
  // Refusals: control_plane_unreachable, the control plane's own (control_errors.h), cancelled.
  base::Task<ControlAnswer> send(ControlRequest request, base::CancelToken cancel);

 private:
  struct Exchange;
  base::Task<ControlAnswer> ask(const ControlRequest& request, base::CancelToken stop);
  base::Task<void> run(const ControlRequest& request, Exchange& exchange);
  static base::Task<void> watch(Exchange& exchange, std::int64_t until_ms);

  WakeClock& wake_;
  ControlAddress address_;
  http::Client client_;
};

}  // namespace b3iq::agent
