#include "agent/sync/control_client.h"

#include "base/join.h"
#include "crypto/secret.h"
#include "runtimes/upstream/dial_policy.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Task;

namespace {

// Above every deadline that a request has: what is bounded is the whole, by the watch.
constexpr std::int64_t kSilenceMs = 120'000;
// A NAT on the way forgets a silent connection sooner or later.
constexpr std::int64_t kKeepIdleMs = 60'000;
constexpr std::size_t kMaxIdle = 4;
constexpr std::size_t kMaxAnswerHeaderBytes = 16 * 1024;
constexpr std::size_t kMaxErrorBytes = 16 * 1024;
constexpr int kFirstSuccess = 200;
constexpr int kFirstRedirect = 300;

http::ClientLimits limits() {
  http::ClientLimits limits;
  limits.connect_timeout_ms = kControlConnectMs;
  limits.first_byte_timeout_ms = kSilenceMs;
  limits.idle_timeout_ms = kSilenceMs;
  limits.max_header_bytes = kMaxAnswerHeaderBytes;
  limits.max_idle_per_origin = kMaxIdle;
  limits.keep_idle_ms = kKeepIdleMs;
  return limits;
}

http::AddressPolicy policy(const http::Origin& origin, std::uint16_t own_port) {
  return origin.tls ? runtimes::dial_policy(origin.host, own_port)
                    : runtimes::loopback_policy(own_port);
}

}  // namespace

struct ControlClient::Exchange {
  explicit Exchange(std::unique_ptr<WakeTimer> wake_timer) : timer(std::move(wake_timer)) {}
  std::unique_ptr<WakeTimer> timer;
  base::CancelSource stop;
  bool ended = false;
  bool late = false;
  ControlAnswer answer;
};

ControlClient::ControlClient(const Needs& needs, ControlAddress address)
    : wake_(needs.wake),
      address_(std::move(address)),
      client_(needs.loop, limits(), policy(address_.origin, needs.own_port), {needs.ca_file}) {}

Task<ControlAnswer> ControlClient::ask(const ControlRequest& request, base::CancelToken stop) {
  http::ClientRequest wire;
  wire.method = request.method;
  wire.path = request.path;
  wire.headers.push_back({"Accept", "application/json"});
  wire.headers.push_back({"Content-Type", "application/json"});
  for (const auto& header : request.headers) wire.headers.push_back({header.name, header.value});
  wire.body.push_back(request.body);
  auto sent = co_await client_.send(address_.origin, wire, stop);
  if (!sent.ok()) co_return Refusal{network_failure(address_, sent.error())};
  const int status = (*sent)->status();
  const bool success = status >= kFirstSuccess && status < kFirstRedirect;
  const std::string retry_after((*sent)->header("Retry-After").value_or(""));
  auto body = co_await (*sent)->read_all(success ? request.max_answer_bytes : kMaxErrorBytes);
  if (success) {
    if (body.ok()) co_return *std::move(body);
    if (body.error().code == ErrorCode::cancelled) co_return Refusal{body.error()};
    co_return Refusal{strange_answer(address_, body.error().detail)};
  }
  co_return answered_failure(address_, status, body.ok() ? std::string_view(*body) : "",
                             retry_after);
}

Task<void> ControlClient::run(const ControlRequest& request, Exchange& exchange) {
  exchange.answer = co_await ask(request, exchange.stop.token());
  exchange.ended = true;
  exchange.timer->wake();
}

Task<void> ControlClient::watch(Exchange& exchange, std::int64_t until_ms) {
  if (exchange.ended) co_return;
  co_await exchange.timer->wait_until(until_ms);
  if (exchange.ended) co_return;
  exchange.late = true;
  exchange.stop.cancel();
}

Task<ControlAnswer> ControlClient::send(ControlRequest request, base::CancelToken cancel) {
  if (cancel.cancelled())
    co_return Refusal{Error(ErrorCode::cancelled, "The node is stopping, or leaves.")};
  Exchange exchange(wake_.timer());
  base::CancelCallback on_cancel;
  cancel.on_cancel(on_cancel, [&exchange] { exchange.stop.cancel(); });
  std::vector<Task<void>> tasks;
  tasks.push_back(run(request, exchange));
  tasks.push_back(watch(exchange, wake_.now_ms() + request.deadline_ms));
  co_await base::join_all(std::move(tasks));
  // An enrollment token may be in it.
  crypto::wipe(request.body.data(), request.body.size());
  if (exchange.late) {
    co_return Refusal{network_failure(address_, Error(ErrorCode::deadline_exceeded, ""))};
  }
  co_return std::move(exchange.answer);
}

}  // namespace b3iq::agent
